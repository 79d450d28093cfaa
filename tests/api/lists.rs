//! `GET /products`: order, pages and links.

use insta::assert_snapshot;

use crate::support::{Response, Site, run};

#[tokio::test]
async fn products_are_ordered_by_id_and_have_no_features() {
    let site = Site::start().await;
    assert_snapshot!(site.get("/products?count=2").await, @r#"
    200 OK
    access-control-allow-origin: *
    access-control-expose-headers: link,etag,x-total-count,x-request-id
    cache-control: public, max-age=60, stale-while-revalidate=60, stale-if-error=86400
    content-length: 366
    content-type: application/json
    etag: "0ebde2d0420b4e345c325ad3c6d7b12d"
    link: </products?page=1&count=2>; rel="first", </products?page=2&count=2>; rel="next"
    vary: accept-encoding
    x-accel-expires: 1
    x-content-type-options: nosniff
    x-total-count: 8

    [{"id":1,"name":"Camo Onesie","slogan":"Blend in to your crowd","description":"The So Fatigues will wake you up and fit you in.","category":"Jackets","default_price":"140.00"},{"id":2,"name":"Bright Future Sunglasses","slogan":"You've got to wear shades","description":"Where you're going you might not need roads.","category":"Accessories","default_price":"69.50"}]
    "#);
}

#[tokio::test]
async fn a_page_has_five_products_by_default() {
    let site = Site::start().await;
    assert_eq!(ids(&site.get("/products").await), [1, 2, 3, 5, 8]);
    assert_eq!(ids(&site.get("/products?page=2").await), [999, 1000, 2500]);
}

#[tokio::test]
async fn a_page_past_the_end_is_empty() {
    let site = Site::start().await;
    assert_snapshot!(site.get("/products?page=3").await, @r#"
    200 OK
    access-control-allow-origin: *
    access-control-expose-headers: link,etag,x-total-count,x-request-id
    cache-control: public, max-age=60, stale-while-revalidate=60, stale-if-error=86400
    content-length: 2
    content-type: application/json
    etag: "39347ff402b6c53d831154110e30ac6a"
    link: </products?page=1&count=5>; rel="first", </products?page=2&count=5>; rel="prev"
    vary: accept-encoding
    x-accel-expires: 1
    x-content-type-options: nosniff
    x-total-count: 8

    []
    "#);
}

#[tokio::test]
async fn a_shop_without_products_has_an_empty_list() {
    let site = Site::start().await;
    run(&mut site.sql().await, "truncate products cascade").await;
    let site = Site::over(site.database(), |_| {}).await;
    let response = site.get("/products").await;
    assert_eq!((response.text(), response.header("x-total-count")), ("[]", "0"));
    assert_eq!(response.header("link"), r#"</products?page=1&count=5>; rel="first""#);
}

#[tokio::test]
async fn links_lead_to_the_first_previous_and_next_page() {
    let site = Site::start().await;
    for (query, link) in [
        ("page=1&count=3", "page=1&count=3 first, page=2&count=3 next"),
        ("page=2&count=3", "page=1&count=3 first, page=1&count=3 prev, page=3&count=3 next"),
        ("page=3&count=3", "page=1&count=3 first, page=2&count=3 prev"),
        // No page follows a full one that is the last.
        ("page=2&count=4", "page=1&count=4 first, page=1&count=4 prev"),
        // From far past the end, the previous page is the last one with products.
        ("page=77&count=3", "page=1&count=3 first, page=3&count=3 prev"),
        ("count=0", "page=1&count=0 first"),
        ("page=2&count=0", "page=1&count=0 first, page=1&count=0 prev"),
        ("after=0&count=3", "after=0&count=3 first, after=3&count=3 next"),
        // No product has this id.
        ("after=4&count=3", "after=0&count=3 first, after=999&count=3 next"),
        ("after=8&count=3", "after=0&count=3 first"),
        ("after=2500", "after=0&count=5 first"),
        ("after=0&count=0", "after=0&count=0 first"),
        // `after` takes precedence over `page`.
        ("after=8&page=2&count=2", "after=0&count=2 first, after=1000&count=2 next"),
    ] {
        let expected: Vec<String> = link
            .split(", ")
            .map(|link| link.split_once(' ').unwrap())
            .map(|(query, relation)| format!("</products?{query}>; rel=\"{relation}\""))
            .collect();
        assert_eq!(
            site.get(&format!("/products?{query}")).await.header("link"),
            expected.join(", "),
            "{query}"
        );
    }
}

#[tokio::test]
async fn every_page_has_the_total_count() {
    let site = Site::start().await;
    for query in
        ["", "page=2", "page=99", "count=0", "count=1000", "after=0", "after=3&count=2", "after=9999"]
    {
        assert_eq!(site.get(&format!("/products?{query}")).await.header("x-total-count"), "8", "{query}");
    }
}

#[tokio::test]
async fn the_links_of_pages_lead_to_every_product_once_in_order() {
    let site = Site::start().await;
    for count in [1, 2, 3, 7, 8, 9] {
        let ids = follow_links(&site, &format!("/products?count={count}")).await;
        assert_eq!(ids, [1, 2, 3, 5, 8, 999, 1000, 2500], "{count} a page");
    }
}

#[tokio::test]
async fn the_links_of_key_pagination_lead_to_every_product_once_in_order() {
    let site = Site::start().await;
    for count in [1, 2, 3, 7, 8, 9] {
        let ids = follow_links(&site, &format!("/products?after=0&count={count}")).await;
        assert_eq!(ids, [1, 2, 3, 5, 8, 999, 1000, 2500], "{count} a page");
    }
}

#[tokio::test]
async fn the_links_of_a_long_list_with_gaps_lead_to_every_product() {
    let site = Site::start().await;
    // Thousands of ids, a third of them deleted, including whole buckets of the counts.
    let change = "insert into products select id, '', '', '', '', 1 from generate_series(3001, 9000) id;
                  delete from products where id > 3000 and (id % 3 = 0 or id between 4500 and 6700)";
    run(&mut site.sql().await, change).await;
    let site = Site::over(site.database(), |_| {}).await;
    let expected: Vec<i64> = sqlx::query_scalar("select id from products order by id")
        .fetch_all(&mut site.sql().await)
        .await
        .unwrap();
    assert_eq!(follow_links(&site, "/products?count=89").await, expected);
    assert_eq!(follow_links(&site, "/products?after=0&count=89").await, expected);
    for page in [1, 5, 11, 12, 13, 25, 26, 27] {
        let expected = expected.chunks(100).nth(page - 1).unwrap_or_default();
        assert_eq!(
            ids(&site.get(&format!("/products?page={page}&count=100")).await),
            expected,
            "page {page}"
        );
    }
}

fn ids(page: &Response) -> Vec<i64> {
    let products = page.json();
    products.as_array().unwrap().iter().map(|product| product["id"].as_i64().unwrap()).collect()
}

/// The ids of all products on this page and those that its `next` links lead to.
async fn follow_links(site: &Site, start: &str) -> Vec<i64> {
    let mut found = Vec::new();
    let mut next = Some(start.to_owned());
    while let Some(path) = next {
        let page = site.get(&path).await;
        found.extend(ids(&page));
        next = page.header("link").split(", ").find_map(|link| {
            link.strip_suffix(">; rel=\"next\"").and_then(|link| link.strip_prefix('<')).map(str::to_owned)
        });
    }
    found
}
