//! CORS: requests of pages from other origins.

use atelier::config::Origins;
use axum::http::Method;
use insta::assert_snapshot;

use crate::support::{PATHS, Site};

const ORIGIN: (&str, &str) = ("origin", "https://shop.example");

#[tokio::test]
async fn every_origin_is_allowed_by_default() {
    let site = Site::start().await;
    for path in PATHS.into_iter().chain(["/products/4", "/products?page=0", "/nowhere", "/health/ready"]) {
        let response = site.get_with(path, &[ORIGIN]).await;
        assert_eq!(response.header("access-control-allow-origin"), "*", "{path}");
        assert_eq!(
            response.header("access-control-expose-headers"),
            "link,etag,x-total-count,x-request-id",
            "{path}"
        );
    }
}

#[tokio::test]
async fn every_origin_may_read_a_304() {
    let site = Site::start().await;
    let response = site.get_with("/products/1", &[ORIGIN, ("if-none-match", "*")]).await;
    assert_eq!(response.status, 304);
    assert_eq!(response.header("access-control-allow-origin"), "*");
}

#[tokio::test]
async fn a_preflight_request_allows_all_methods_and_headers() {
    let site = Site::start().await;
    let preflight = [
        ORIGIN,
        ("access-control-request-method", "PUT"),
        ("access-control-request-headers", "authorization,content-type,x-anything"),
    ];
    assert_snapshot!(site.send(Method::OPTIONS, "/products/1", &preflight).await, @"
    200 OK
    access-control-allow-headers: authorization,content-type,x-anything
    access-control-allow-methods: GET,HEAD,POST,PUT
    access-control-allow-origin: *
    access-control-max-age: 86400
    content-length: 0
    x-content-type-options: nosniff
    ");
}

#[tokio::test]
async fn only_configured_origins_are_allowed_and_may_send_cookies() {
    let origins = "https://shop.example, http://LOCALHOST:8080/,https://www.shop.example:443";
    let site = Site::start_with(|settings| settings.cors_origins = origins.parse().unwrap()).await;
    for path in ["/cart", "/products/1", "/nowhere"] {
        for origin in ["https://shop.example", "http://localhost:8080", "https://www.shop.example"] {
            let response = site.get_with(path, &[("origin", origin)]).await;
            assert_eq!(response.header("access-control-allow-origin"), origin, "{path}");
            assert_eq!(response.header("access-control-allow-credentials"), "true", "{path}");
            assert!(response.headers.get_all("vary").iter().any(|vary| vary == "origin"), "{path}");
        }
        for origin in
            ["http://shop.example", "https://shop.example.evil.example", "https://evil.example", "null"]
        {
            let response = site.get_with(path, &[("origin", origin)]).await;
            assert_eq!(response.header("access-control-allow-origin"), "", "{path} {origin}");
            assert!(response.headers.get_all("vary").iter().any(|vary| vary == "origin"), "{path}");
        }
    }
    let preflight = [
        ORIGIN,
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type,idempotency-key"),
    ];
    assert_snapshot!(site.send(Method::OPTIONS, "/cart", &preflight).await, @"
    200 OK
    access-control-allow-credentials: true
    access-control-allow-headers: content-type,idempotency-key
    access-control-allow-methods: GET,HEAD,POST,PUT
    access-control-allow-origin: https://shop.example
    access-control-max-age: 86400
    content-length: 0
    vary: origin
    x-content-type-options: nosniff
    ");
}

#[test]
fn an_invalid_origin_is_rejected() {
    for origins in [
        "",
        "shop.example",
        "https://",
        "https://shop.example/cart",
        "https://a@b.example",
        "ftp://a",
        "*,https://a",
    ] {
        assert!(origins.parse::<Origins>().is_err(), "{origins}");
    }
}

#[tokio::test]
async fn a_preflight_request_with_a_trailing_slash_is_not_redirected() {
    let site = Site::start().await;
    let preflight = [ORIGIN, ("access-control-request-method", "GET")];
    for path in ["/products/", "/products/1/styles/"] {
        assert_eq!(site.send(Method::OPTIONS, path, &preflight).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_preflight_request_for_an_unknown_path_is_a_404_that_a_page_may_read() {
    let site = Site::start().await;
    let preflight = [ORIGIN, ("access-control-request-method", "GET")];
    assert_snapshot!(site.send(Method::OPTIONS, "/nowhere", &preflight).await, @r#"
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
async fn preflight_requests_allow_the_methods_that_routes_have() {
    let services = "products".parse().unwrap();
    let site = Site::start_with(|settings| settings.services = services).await;
    let preflight = [ORIGIN, ("access-control-request-method", "GET")];
    let response = site.send(Method::OPTIONS, "/products", &preflight).await;
    assert_eq!(response.header("access-control-allow-methods"), "GET,HEAD");
}
