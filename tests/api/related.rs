//! `GET /products/:id/related` and `GET /related?product_id`.

use insta::assert_snapshot;

use crate::support::Site;

#[tokio::test]
async fn related_products_are_ordered_by_row_id_and_include_duplicates() {
    let site = Site::start().await;
    assert_snapshot!(site.get("/products/1/related").await, @r#"
    200 OK
    access-control-allow-origin: *
    access-control-expose-headers: link,etag,x-total-count,x-request-id
    cache-control: public, max-age=60, stale-while-revalidate=60, stale-if-error=86400
    content-length: 14
    content-type: application/json
    etag: "d572c21b7421bc620b512d22ca7ea5fb"
    vary: accept-encoding
    x-accel-expires: 1
    x-content-type-options: nosniff

    [2,3,8,1000,2]
    "#);
}

#[tokio::test]
async fn a_product_may_be_related_to_itself() {
    let site = Site::start().await;
    assert_eq!(site.get("/products/2/related").await.text(), "[2,1]");
}

#[tokio::test]
async fn relations_have_one_direction() {
    let site = Site::start().await;
    assert_eq!(site.get("/products/1000/related").await.text(), "[999]");
    assert_eq!(site.get("/products/999/related").await.text(), "[]");
}

#[tokio::test]
async fn a_product_without_relations_has_an_empty_list() {
    let site = Site::start().await;
    assert_eq!(site.get("/products/5/related").await.text(), "[]");
}

#[tokio::test]
async fn an_unknown_product_is_a_404() {
    let site = Site::start().await;
    assert_eq!(site.get("/products/4/related").await.status, 404);
    assert_eq!(site.get("/related?product_id=4").await.status, 404);
}

#[tokio::test]
async fn the_flat_path_has_the_same_response() {
    let site = Site::start().await;
    for id in [1, 2, 4, 5, 1000] {
        let nested = site.get(&format!("/products/{id}/related")).await;
        let flat = site.get(&format!("/related?product_id={id}")).await;
        assert_eq!(nested.to_string(), flat.to_string());
    }
}

#[tokio::test]
async fn the_flat_path_requires_a_product_id() {
    let site = Site::start().await;
    assert_snapshot!(site.get("/related").await.text(), @r#"{"type":"about:blank","title":"Unprocessable Entity","status":422,"detail":"product_id must be a positive 64-bit integer","errors":[{"field":"product_id","message":"must be a positive 64-bit integer"}]}"#);
}
