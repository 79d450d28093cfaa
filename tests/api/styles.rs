//! `GET /products/:id/styles` and `GET /styles?product_id`.

use insta::assert_snapshot;

use crate::support::{Site, run};

#[tokio::test]
async fn styles_photos_and_skus_are_ordered_by_id() {
    let site = Site::start().await;
    assert_snapshot!(site.get("/products/1/styles").await, @r#"
    200 OK
    access-control-allow-origin: *
    access-control-expose-headers: link,etag,x-total-count,x-request-id
    cache-control: public, max-age=60, stale-while-revalidate=60, stale-if-error=86400
    content-length: 736
    content-type: application/json
    etag: "994a220794d66bf8b889dd14f45eec05"
    vary: accept-encoding
    x-accel-expires: 1
    x-content-type-options: nosniff

    {"product_id":"1","results":[{"style_id":1,"name":"Forest Green & Black","original_price":"140.00","sale_price":null,"default?":true,"photos":[{"thumbnail_url":"https://images.example/1-1.jpg?w=300&q=60","url":"https://images.example/1-1.jpg?w=900&q=60"},{"thumbnail_url":"https://images.example/1-2.jpg?w=300&q=60","url":"https://images.example/1-2.jpg?w=900&q=60"}],"skus":{"9":{"quantity":8,"size":"XS"},"10":{"quantity":16,"size":"M"},"11":{"quantity":17,"size":"M"}}},{"style_id":2,"name":"Desert Brown & Tan","original_price":"140.00","sale_price":"100.00","default?":false,"photos":[{"thumbnail_url":"https://images.example/2-1-small.jpg","url":"https://images.example/2-1.jpg"}],"skus":{"12":{"quantity":0,"size":"One Size"}}}]}
    "#);
}

#[tokio::test]
async fn a_style_without_photos_or_skus_has_a_null_photo_or_sku() {
    let site = Site::start().await;
    assert_snapshot!(site.get("/products/2/styles").await.text(), @r#"{"product_id":"2","results":[{"style_id":7,"name":"Black Lenses & Gold Frame","original_price":"69.50","sale_price":null,"default?":false,"photos":[{"thumbnail_url":null,"url":null}],"skus":{"40":{"quantity":2147483647,"size":"7.5 \"W\""}}},{"style_id":8,"name":"Gold \"Lenses\"","original_price":"69.50","sale_price":"0.00","default?":false,"photos":[{"thumbnail_url":"","url":"not a \"url\""}],"skus":{"null":{"quantity":null,"size":null}}}]}"#);
}

#[tokio::test]
async fn a_style_without_photos_and_skus_has_a_null_photo_and_sku() {
    let site = Site::start().await;
    assert_snapshot!(site.get("/products/8/styles").await.text(), @r#"{"product_id":"8","results":[{"style_id":20,"name":"White","original_price":"9999999999.99","sale_price":"9999999999.99","default?":true,"photos":[{"thumbnail_url":null,"url":null}],"skus":{"null":{"quantity":null,"size":null}}}]}"#);
}

#[tokio::test]
async fn a_product_without_styles_has_no_results() {
    let site = Site::start().await;
    assert_snapshot!(site.get("/products/5/styles").await.text(), @r#"{"product_id":"5","results":[]}"#);
}

#[tokio::test]
async fn styles_of_two_products_may_have_the_same_id() {
    let site = Site::start().await;
    // Keys begin with product_id: the photos and skus of style 1 of product 5 are not those of style 1 of product 1.
    let insert = "insert into styles (product_id, id, name, original_price, is_default) values (5, 1, 'Twin', 1, true);
                insert into photos (product_id, style_id, id, url, thumbnail_url) values (5, 1, 1, 'u', 't');
                insert into skus (product_id, style_id, id, quantity, size) values (5, 1, 99, 1, 'S')";
    let before = site.get("/products/1/styles").await;
    run(&mut site.sql().await, insert).await;
    let other = Site::over(site.database(), |_| {}).await;
    assert_eq!(other.get("/products/1/styles").await.body, before.body);
    assert_snapshot!(other.get("/products/5/styles").await.text(), @r#"{"product_id":"5","results":[{"style_id":1,"name":"Twin","original_price":"1.00","sale_price":null,"default?":true,"photos":[{"thumbnail_url":"t","url":"u"}],"skus":{"99":{"quantity":1,"size":"S"}}}]}"#);
}

#[tokio::test]
async fn an_unknown_product_is_a_404() {
    let site = Site::start().await;
    assert_snapshot!(site.get("/products/4/styles").await.text(), @r#"{"type":"about:blank","title":"Not Found","status":404,"detail":"product 4 does not exist"}"#);
    assert_snapshot!(site.get("/styles?product_id=4").await.text(), @r#"{"type":"about:blank","title":"Not Found","status":404,"detail":"product 4 does not exist"}"#);
}

#[tokio::test]
async fn the_flat_path_has_the_same_response() {
    let site = Site::start().await;
    for id in [1, 2, 4, 5, 8] {
        let nested = site.get(&format!("/products/{id}/styles")).await;
        let flat = site.get(&format!("/styles?product_id={id}")).await;
        assert_eq!(nested.to_string(), flat.to_string());
    }
}

#[tokio::test]
async fn the_flat_path_requires_a_product_id() {
    let site = Site::start().await;
    assert_snapshot!(site.get("/styles").await, @r#"
    422 Unprocessable Entity
    access-control-allow-origin: *
    access-control-expose-headers: link,etag,x-total-count,x-request-id
    cache-control: no-store
    content-length: 202
    content-type: application/problem+json
    x-content-type-options: nosniff

    {"type":"about:blank","title":"Unprocessable Entity","status":422,"detail":"product_id must be a positive 64-bit integer","errors":[{"field":"product_id","message":"must be a positive 64-bit integer"}]}
    "#);
}
