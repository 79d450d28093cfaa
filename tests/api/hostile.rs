//! Hostile requests: none of them causes a server error, and all errors have the same form.

use axum::body::Body;
use axum::http::{Method, Request, Uri};

use crate::support::Site;

#[tokio::test]
async fn no_byte_in_a_path_causes_a_server_error() {
    let site = Site::start().await;
    for byte in 0..=u8::MAX {
        for place in ["/products/?", "/products/1?", "/products/?/styles", "/?", "/products/1/st?les", "?"] {
            assert_no_server_error(
                &site,
                Method::GET,
                place.replace('?', &format!("%{byte:02x}")).as_bytes(),
            )
            .await;
            assert_no_server_error(&site, Method::GET, &with_byte(place, byte)).await;
        }
    }
}

#[tokio::test]
async fn no_byte_in_a_query_string_causes_a_server_error() {
    let site = Site::start().await;
    for byte in 0..=u8::MAX {
        for place in
            ["/products*page=?", "/products*count=1?", "/styles*product_id=?", "/related*?=1", "/products*?"]
        {
            let escaped = place.replace('?', &format!("%{byte:02X}")).replace('*', "?");
            assert_no_server_error(&site, Method::GET, escaped.as_bytes()).await;
            let raw: Vec<u8> =
                with_byte(place, byte).into_iter().map(|it| if it == b'*' { b'?' } else { it }).collect();
            assert_no_server_error(&site, Method::GET, &raw).await;
        }
    }
}

#[tokio::test]
async fn hostile_targets_cause_no_server_error() {
    let site = Site::start().await;
    let long = "9".repeat(60_000);
    let deep = "/products".repeat(5_000);
    let pairs = "page=1&".repeat(5_000);
    for path in [
        "*",
        "//",
        "///////",
        "//products//1//",
        "/products/../products/1",
        "/products/..%2f..%2fetc/passwd",
        "/products/1;page=2",
        "/products/1%0d%0aset-cookie:%20a=b",
        "/products?page=1%0d%0aset-cookie:%20a=b",
        "/products/%",
        "/products/%2",
        "/products/%zz",
        "/products/%u0031",
        "/products/%e2%80%a8",
        "/products/%f0%9f%a7%a5",
        "/products/%c0%80",
        "/products/%ed%a0%80",
        "/products/１",
        "/products/1'%20or%20'1'='1",
        "/products/1;drop%20table%20products",
        "/products?page=1;drop%20table%20products",
        "/products?after=1'--",
        "/styles?product_id[]=1",
        "/styles?product_id[$gt]=1",
        "/styles?product_id=%5B1%5D",
        "/styles?product_id=1%002",
        "/products?page=%7B%7D",
        "/products?page=%F0%9F%A7%A5",
        "/products?%00=%00",
        "/products?page=1&page=2&page=3",
        "/products?__proto__[page]=1",
        "/products?page=1?count=2",
        "/products?page=1&amp;count=2",
        "/products#fragment",
        "http://elsewhere.example/products/1",
        "http://elsewhere.example",
        "elsewhere.example:443",
        "/health/ready/../live",
        &format!("/products/{long}"),
        &format!("/products?page={long}&count={long}"),
        &format!("/products?after={long}"),
        &format!("/styles?product_id={long}"),
        &deep,
        &format!("/products?{pairs}"),
    ] {
        for method in ["GET", "HEAD", "POST", "PUT", "OPTIONS", "CONNECT", "TRACE", "get", "PROPFIND"] {
            assert_no_server_error(&site, method.parse().unwrap(), path.as_bytes()).await;
        }
    }
}

#[tokio::test]
async fn hostile_headers_cause_no_error() {
    let site = Site::start().await;
    let long = "a,".repeat(30_000);
    let values: [&[u8]; 9] = [
        b"",
        b" ",
        b",",
        b";;;,,,===",
        b"\xff\xfe",
        b"\"",
        b"W/",
        b"*;q=1e999, br;q=-inf, gzip;q=NaN",
        long.as_bytes(),
    ];
    for value in values {
        for name in
            ["accept-encoding", "if-none-match", "x-request-id", "origin", "content-type", "authorization"]
        {
            let request = Request::get("/products/1/styles").header(name, value).body(Body::empty()).unwrap();
            assert_eq!(site.request(request).await.status, 200, "{name}: {value:?}");
        }
    }
}

/// The path with this byte in place of each `?`.
fn with_byte(path: &str, byte: u8) -> Vec<u8> {
    path.bytes().map(|it| if it == b'?' { byte } else { it }).collect()
}

/// Sends a request, unless its target is not a URI, which hyper rejects. Asserts that the response is a success or a client
/// error in the usual form.
pub(crate) async fn assert_no_server_error(site: &Site, method: Method, target: &[u8]) {
    let Ok(uri) = Uri::try_from(target) else { return };
    let shown = format!("{method} {}", String::from_utf8_lossy(&target[..target.len().min(100)]));
    let is_head = method == Method::HEAD;
    let response =
        site.request(Request::builder().method(method).uri(uri).body(Body::empty()).unwrap()).await;
    assert!(response.status.is_success() || response.status.is_client_error(), "{shown}: {response}");
    assert!(!response.header("x-request-id").is_empty(), "{shown}: {response}");
    assert!(response.headers.get("set-cookie").is_none(), "{shown}: {response}");
    if response.status.is_client_error() {
        assert_eq!(response.header("content-type"), "application/problem+json", "{shown}");
        assert!(is_head || response.json()["status"] == response.status.as_u16(), "{shown}: {response}");
    }
}
