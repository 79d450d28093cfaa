//! Conditional requests: entity tags, and `304 Not Modified`.

use axum::body::Body;
use axum::http::Request;
use insta::assert_snapshot;

use crate::support::{PATHS, Site, eventually, run};

#[tokio::test]
async fn a_matching_entity_tag_is_a_304() {
    let site = Site::start().await;
    for path in PATHS {
        let etag = site.get(path).await.header("etag").to_owned();
        let response = site.get_with(path, &[("if-none-match", &etag)]).await;
        assert_eq!((response.status.as_u16(), response.text()), (304, ""), "{path}");
    }
}

#[tokio::test]
async fn a_304_has_the_headers_that_caches_update() {
    let site = Site::start().await;
    assert_snapshot!(site.get_with("/products?count=1", &[("if-none-match", "*")]).await, @r#"
    304 Not Modified
    access-control-allow-origin: *
    access-control-expose-headers: link,etag,x-total-count,x-request-id
    cache-control: public, max-age=60, stale-while-revalidate=60, stale-if-error=86400
    etag: "8554ac1ef8fa92fc79923cc5c9b1d3f4"
    link: </products?page=1&count=1>; rel="first", </products?page=2&count=1>; rel="next"
    vary: accept-encoding
    x-accel-expires: 1
    x-content-type-options: nosniff
    x-total-count: 8
    "#);
}

#[tokio::test]
async fn if_none_match_may_be_a_list_weak_or_a_star() {
    let site = Site::start().await;
    let etag = site.get("/products/1").await.header("etag").to_owned();
    for header in [
        etag.clone(),
        format!("W/{etag}"),
        format!("\"other\", {etag}"),
        format!("\"other\",W/{etag},\"another\""),
        format!("  {etag}  "),
        "*".to_owned(),
    ] {
        let response = site.get_with("/products/1", &[("if-none-match", &header)]).await;
        assert_eq!(response.status, 304, "{header}");
        assert_eq!(response.header("etag"), etag, "{header}");
    }
}

#[tokio::test]
async fn an_entity_tag_that_does_not_match_is_a_200() {
    let site = Site::start().await;
    let etag = site.get("/products/1").await.header("etag").to_owned();
    let bare = etag.trim_matches('"');
    for header in ["", "\"\"", "\"other\"", "W/\"other\"", bare, &format!("\"{bare}"), "\u{ff}"] {
        let response = site.get_with("/products/1", &[("if-none-match", header)]).await;
        assert_eq!(response.status, 200, "{header}");
    }
}

#[tokio::test]
async fn several_if_none_match_headers_are_one_list() {
    let site = Site::start().await;
    let etag = site.get("/products/1").await.header("etag").to_owned();
    let request =
        Request::get("/products/1").header("if-none-match", "\"other\"").header("if-none-match", &etag);
    assert_eq!(site.request(request.body(Body::empty()).unwrap()).await.status, 304);
}

#[tokio::test]
async fn an_error_is_never_a_304() {
    let site = Site::start().await;
    for path in ["/products/4", "/nowhere", "/products?page=0"] {
        let response = site.get_with(path, &[("if-none-match", "*")]).await;
        assert!(response.status.is_client_error(), "{path}");
        assert!(response.headers.get("etag").is_none(), "{path}");
    }
}

#[tokio::test]
async fn entity_tags_are_strong_and_equal_on_every_replica() {
    let site = Site::start().await;
    let replica = Site::over(site.database(), |_| {}).await;
    let mut tags = Vec::new();
    for path in ["/products", "/products?count=2", "/products/1", "/products/1/styles", "/products/1/related"]
    {
        let etag = site.get(path).await.header("etag").to_owned();
        assert!(etag.starts_with('"') && etag.ends_with('"'), "{etag}");
        assert_eq!(replica.get(path).await.header("etag"), etag, "{path} on another replica");
        tags.push(etag);
    }
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), 5);
}

#[tokio::test]
async fn an_entity_tag_changes_with_the_body_and_back() {
    let site = Site::start().await;
    let mut sql = site.sql().await;
    let first = site.get("/products/1").await.header("etag").to_owned();
    let matches =
        async |etag: &str| site.get_with("/products/1", &[("if-none-match", etag)]).await.status == 304;
    run(&mut sql, "update products set slogan = 'Other' where id = 1").await;
    eventually("the first tag does not match", async || !matches(&first).await).await;
    run(&mut sql, "update products set slogan = 'Blend in to your crowd' where id = 1").await;
    eventually("the first tag matches again", async || matches(&first).await).await;
}

#[tokio::test]
async fn products_are_cacheable_and_errors_and_health_are_not() {
    let site = Site::start().await;
    for path in PATHS {
        assert_eq!(
            site.get(path).await.header("cache-control"),
            "public, max-age=60, stale-while-revalidate=60, stale-if-error=86400",
            "{path}"
        );
    }
    for path in ["/products/4", "/products?page=0", "/styles", "/nowhere", "/health/live", "/health/ready"] {
        assert_eq!(site.get(path).await.header("cache-control"), "no-store", "{path}");
    }
}
