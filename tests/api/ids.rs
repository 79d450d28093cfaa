//! Ids in paths and in parameters.

use insta::assert_snapshot;

use crate::support::Site;

/// Path segments that are not ids.
const INVALID_IDS: [&str; 25] = [
    "0",
    "00",
    "-1",
    "-0",
    "+1",
    "abc",
    "1.5",
    "1.0",
    "1e3",
    "0x1",
    "%00",
    "1%00",
    "%ff",
    "%31%ff",
    "%20",
    "1%20",
    "%201",
    "1%2F",
    "9223372036854775808",
    "18446744073709551617",
    "99999999999999999999999999999999999999999999",
    "NaN",
    "undefined",
    "%22",
    "%D9%A1",
];

#[tokio::test]
async fn an_invalid_id_in_a_path_is_a_404() {
    let site = Site::start().await;
    for id in INVALID_IDS {
        for view in ["", "/styles", "/related"] {
            let response = site.get(&format!("/products/{id}{view}")).await;
            assert_eq!(response.status, 404, "{id}{view}: {response}");
            assert_eq!(response.header("content-type"), "application/problem+json", "{id}{view}");
        }
    }
    assert_snapshot!(site.get("/products/abc").await, @r#"
    404 Not Found
    access-control-allow-origin: *
    access-control-expose-headers: link,etag,x-total-count,x-request-id
    cache-control: no-store
    content-length: 96
    content-type: application/problem+json
    x-content-type-options: nosniff

    {"type":"about:blank","title":"Not Found","status":404,"detail":"there is nothing at this path"}
    "#);
}

#[tokio::test]
async fn the_largest_ids_do_not_exist() {
    let site = Site::start().await;
    for id in ["9223372036854775807", "9223372036854775806"] {
        assert!(site.get(&format!("/products/{id}")).await.text().contains("does not exist"));
    }
}

#[tokio::test]
async fn percent_encoded_ids_are_decoded() {
    let site = Site::start().await;
    assert_eq!(site.get("/products/%31").await.body, site.get("/products/1").await.body);
    assert_eq!(site.get("/%70roducts/1").await.status, 404, "other segments are not decoded");
}

#[tokio::test]
async fn an_empty_id_in_a_path_is_a_404() {
    let site = Site::start().await;
    for path in ["/products//styles", "/products//related", "/products//1"] {
        assert_eq!(site.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn an_invalid_product_id_is_a_422() {
    let site = Site::start().await;
    for id in INVALID_IDS.into_iter().filter(|id| !["NaN", "undefined"].contains(id)) {
        for path in ["/styles", "/related"] {
            let response = site.get(&format!("{path}?product_id={id}")).await;
            assert_eq!(response.status, 422, "{id}: {response}");
        }
    }
    assert_snapshot!(site.get("/styles?product_id=abc").await, @r#"
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

#[tokio::test]
async fn an_empty_or_undefined_product_id_is_missing() {
    let site = Site::start().await;
    let missing = site.get("/styles").await;
    for id in ["", "undefined", "null", "NaN", "%22%22", "%22null%22"] {
        assert_eq!(site.get(&format!("/styles?product_id={id}")).await.text(), missing.text(), "{id}");
    }
    assert_eq!(site.get("/styles?product_id").await.text(), missing.text());
}

#[tokio::test]
async fn quotes_around_a_product_id_are_ignored() {
    let site = Site::start().await;
    assert_eq!(site.get("/related?product_id=%222%22").await.text(), "[2,1]");
}
