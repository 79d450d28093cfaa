//! Conventions of all paths: slashes, methods, request ids.

use axum::body::Body;
use axum::http::{HeaderValue, Method, Request};
use insta::assert_snapshot;

use crate::support::{PATHS, Site};

#[tokio::test]
async fn a_trailing_slash_makes_no_difference() {
    let site = Site::start().await;
    for path in
        PATHS.into_iter().chain(["/products?page=2&count=2", "/health/live", "/health/ready", "/products/4"])
    {
        let (name, query) = path.split_once('?').unwrap_or((path, ""));
        let plain = site.get(path).await;
        assert_eq!(site.get(&format!("{name}/?{query}")).await.to_string(), plain.to_string(), "{path}");
    }
}

#[tokio::test]
async fn an_unknown_path_is_a_404() {
    let site = Site::start().await;
    for path in
        ["/", "/product", "/Products", "/products/1/photos", "/products/1/styles/1", "/health", "/styles/1"]
    {
        let response = site.get(path).await;
        assert_eq!(response.status, 404, "{path}");
        assert_eq!(response.json()["status"], 404, "{path}");
    }
    assert_snapshot!(site.get("/nowhere").await, @r#"
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
async fn other_methods_are_a_405_that_lists_those_allowed() {
    let site = Site::start().await;
    for path in PATHS.into_iter().chain(["/products/abc", "/health/live", "/health/ready"]) {
        for method in ["POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"] {
            let response = site.send(method.parse().unwrap(), path, &[]).await;
            assert_eq!(response.status, 405, "{method} {path}");
            assert_eq!(response.header("allow"), "GET,HEAD", "{method} {path}");
            assert_eq!(response.header("content-type"), "application/problem+json", "{method} {path}");
        }
    }
    assert_snapshot!(site.send(Method::DELETE, "/products/1", &[]).await, @r#"
    405 Method Not Allowed
    access-control-allow-origin: *
    access-control-expose-headers: link,etag,x-total-count,x-request-id
    allow: GET,HEAD
    cache-control: no-store
    content-length: 146
    content-type: application/problem+json
    x-content-type-options: nosniff

    {"type":"about:blank","title":"Method Not Allowed","status":405,"detail":"this method is not allowed here; the Allow header lists those that are"}
    "#);
}

#[tokio::test]
async fn an_unknown_path_is_a_404_for_every_method() {
    let site = Site::start().await;
    for method in [Method::DELETE, Method::OPTIONS] {
        let response = site.send(method, "/nowhere", &[]).await;
        assert_eq!(response.status, 404);
        assert_eq!(response.json()["status"], 404);
    }
}

#[tokio::test]
async fn options_lists_the_methods_of_a_path() {
    let site = Site::start().await;
    assert_snapshot!(site.send(Method::OPTIONS, "/products/1", &[]).await, @"
    204 No Content
    access-control-allow-origin: *
    access-control-expose-headers: link,etag,x-total-count,x-request-id
    allow: GET,HEAD,OPTIONS
    content-length: 0
    x-content-type-options: nosniff
    ");
    for (path, methods) in [
        ("/products/", "GET,HEAD,OPTIONS"),
        ("/reviews", "GET,HEAD,POST,OPTIONS"),
        ("/reviews/1/helpful", "PUT,OPTIONS"),
        ("*", "GET,HEAD,POST,PUT,OPTIONS"),
    ] {
        let response = site.send(Method::OPTIONS, path, &[]).await;
        assert_eq!((response.status.as_u16(), response.header("allow")), (204, methods), "{path}");
    }
    // Without an origin, or without a method, it is no preflight request.
    for header in [("origin", "https://shop.example"), ("access-control-request-method", "GET")] {
        assert_eq!(site.send(Method::OPTIONS, "/products/1", &[header]).await.status, 204);
    }
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let site = Site::start().await;
    for path in PATHS.into_iter().chain(["/products/4", "/products?page=0", "/nowhere", "/health/live"]) {
        let (head, get) = (site.send(Method::HEAD, path, &[]).await, site.get(path).await);
        assert_eq!(head.body, "", "{path}");
        let whole = head.to_string() + get.text();
        assert_eq!(whole, get.to_string(), "{path}");
        assert_eq!(head.header("content-length"), get.body.len().to_string(), "{path}");
    }
}

#[tokio::test]
async fn the_body_of_a_get_is_ignored() {
    let site = Site::start().await;
    for (kind, body) in [("application/json", "{\"page\":2}"), ("application/json", "{"), ("text/plain", "x")]
    {
        let request = Request::get("/products").header("content-type", kind).body(Body::from(body)).unwrap();
        assert_eq!(site.request(request).await.to_string(), site.get("/products").await.to_string());
    }
}

#[tokio::test]
async fn every_response_disables_content_sniffing() {
    let site = Site::start().await;
    for path in PATHS.into_iter().chain(["/products/4", "/products?page=0", "/nowhere", "/health/live"]) {
        assert_eq!(site.get(path).await.header("x-content-type-options"), "nosniff", "{path}");
    }
    assert_eq!(site.send(Method::PUT, "/products", &[]).await.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn every_response_has_a_unique_request_id() {
    let site = Site::start().await;
    let mut ids = Vec::new();
    for path in ["/products", "/products", "/products/4", "/nowhere", "/health/live"] {
        ids.push(site.get(path).await.header("x-request-id").to_owned());
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 5, "{ids:?}");
    assert!(ids.iter().all(|id| !id.is_empty()), "{ids:?}");
}

#[tokio::test]
async fn the_request_id_of_a_client_is_adopted() {
    let site = Site::start().await;
    let longest = "x".repeat(128);
    for id in
        ["a", "2f1d9f0e-6f0c-4a0e-9d5e-0a6c1c9d1f11", "Root=1-67891233-abcdef012345678912345678", &longest]
    {
        for path in ["/products/1", "/products/4", "/nowhere"] {
            assert_eq!(
                site.get_with(path, &[("x-request-id", id)]).await.header("x-request-id"),
                id,
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn an_invalid_request_id_is_replaced() {
    let site = Site::start().await;
    let invalid = ["".into(), "x".repeat(129).into_bytes(), b"caf\xc3\xa9".to_vec(), vec![0xff]];
    for id in invalid.map(|id: Vec<u8>| HeaderValue::from_bytes(&id).unwrap()) {
        let request = Request::get("/products/1").header("x-request-id", &id).body(Body::empty()).unwrap();
        let response = site.request(request).await;
        assert_ne!(response.headers["x-request-id"], id);
        assert!(!response.header("x-request-id").is_empty());
    }
}
