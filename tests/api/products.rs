//! `GET /products/:id`: a product with its features.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::{Site, run};

#[tokio::test]
async fn a_product_has_its_features() {
    let site = Site::start().await;
    assert_snapshot!(site.get("/products/1").await, @r#"
    200 OK
    access-control-allow-origin: *
    access-control-expose-headers: link,etag,x-total-count,x-request-id
    cache-control: public, max-age=60, stale-while-revalidate=60, stale-if-error=86400
    content-length: 263
    content-type: application/json
    etag: "d0d1b74369993bb1a66f33a2514ed663"
    vary: accept-encoding
    x-accel-expires: 1
    x-content-type-options: nosniff

    {"id":1,"name":"Camo Onesie","slogan":"Blend in to your crowd","description":"The So Fatigues will wake you up and fit you in.","category":"Jackets","default_price":"140.00","features":[{"feature":"Fabric","value":"Canvas"},{"feature":"Buttons","value":"Brass"}]}
    "#);
}

#[tokio::test]
async fn a_product_has_no_features_of_others() {
    let site = Site::start().await;
    assert_snapshot!(site.get("/products/2").await.text(), @r#"{"id":2,"name":"Bright Future Sunglasses","slogan":"You've got to wear shades","description":"Where you're going you might not need roads.","category":"Accessories","default_price":"69.50","features":[{"feature":"Lenses","value":"Ultrasheen"},{"feature":"UV Protection","value":null},{"feature":"Frames","value":"null"},{"feature":"Lenses","value":""}]}"#);
}

#[tokio::test]
async fn no_value_differs_from_the_text_null_and_from_empty_text() {
    let site = Site::start().await;
    let features = &site.get("/products/2").await.json()["features"];
    assert_eq!(features[1], json!({ "feature": "UV Protection", "value": null }));
    assert_eq!(features[2], json!({ "feature": "Frames", "value": "null" }));
    assert_eq!(features[3], json!({ "feature": "Lenses", "value": "" }));
}

#[tokio::test]
async fn a_product_without_features_has_an_empty_list() {
    let site = Site::start().await;
    assert_snapshot!(site.get("/products/5").await.text(), @r#"{"id":5,"name":"Morning Joggers","slogan":"","description":"","category":"Pants","default_price":"0.00","features":[]}"#);
}

#[tokio::test]
async fn text_is_returned_as_it_was_stored() {
    let site = Site::start().await;
    let product = site.get("/products/3").await.json();
    assert_eq!(product["name"], r#"Quote " back\slash / slash"#);
    assert_eq!(product["slogan"], "tab\t newline\n return\r bell\u{7} delete\u{7f}");
    assert_eq!(product["description"], "line\u{2028}paragraph\u{2029} <b>&amp;</b> 'two'  spaces  ");
    assert_eq!(product["category"], "\u{1F9E5} Mäntel 外套");
    assert_eq!(product["features"], json!([{ "feature": "a\"b\\c", "value": "\u{1F3BD}\u{2028}" }]));
}

#[tokio::test]
async fn text_is_escaped_only_where_json_requires_it() {
    let site = Site::start().await;
    let response = site.get("/products/3").await;
    assert!(response.text().contains(r#""name":"Quote \" back\\slash / slash""#), "{response}");
    assert!(response.text().contains(r"<b>&amp;</b> 'two'  spaces  "), "{response}");
}

#[tokio::test]
async fn prices_are_strings_with_two_decimals() {
    let site = Site::start().await;
    for (path, price) in [
        ("/products/1", "140.00"),
        ("/products/2", "69.50"),
        ("/products/3", "0.10"),
        ("/products/5", "0.00"),
        ("/products/8", "9999999999.99"),
    ] {
        assert_eq!(site.get(path).await.json()["default_price"], price, "{path}");
    }
}

#[tokio::test]
async fn the_largest_bigint_is_an_id() {
    let site = Site::start().await;
    let largest = "insert into products values (9223372036854775807, 'Last', '', '', '', 1)";
    run(&mut site.sql().await, largest).await;
    assert_snapshot!(site.get("/products/9223372036854775807").await.text(), @r#"{"id":9223372036854775807,"name":"Last","slogan":"","description":"","category":"","default_price":"1.00","features":[]}"#);
    assert_eq!(site.get("/products?after=9223372036854775806").await.json()[0]["name"], "Last");
    assert_eq!(site.get("/products?page=9&count=1").await.json()[0]["name"], "Last");
}

#[tokio::test]
async fn an_unknown_product_is_a_404() {
    let site = Site::start().await;
    assert_snapshot!(site.get("/products/4").await, @r#"
    404 Not Found
    access-control-allow-origin: *
    access-control-expose-headers: link,etag,x-total-count,x-request-id
    cache-control: no-store
    content-length: 91
    content-type: application/problem+json
    x-content-type-options: nosniff

    {"type":"about:blank","title":"Not Found","status":404,"detail":"product 4 does not exist"}
    "#);
}
