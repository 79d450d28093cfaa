//! Errors through NGINX: its own are in the format of the service's, which pass through it unchanged.

use super::deployment::Deployment;
use super::load::{Answer, request, send};
use super::problem::{assert_problem, exchange};
use super::proxy::Nginx;
use crate::databases::eventually;

/// What is sent, and the status of the response.
const REJECTED: [(&str, u16); 18] = [
    ("GET / HTTP/1.1\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nhost: a/b\r\n\r\n", 400),
    ("nonsense\r\n\r\n", 400),
    ("GET /a b HTTP/1.1\r\nhost: a\r\n\r\n", 400),
    ("GET /%zz HTTP/1.1\r\nhost: a\r\n\r\n", 400),
    ("get / HTTP/1.1\r\nhost: a\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nhost: a\r\nx: b\r\n folded\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nhost: a\r\nx : b\r\n\r\n", 400),
    ("POST /cart HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", 400),
    ("POST /cart HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n", 400),
    ("POST /cart HTTP/1.1\r\nhost: a\r\ncontent-length: x\r\n\r\n", 400),
    ("POST /cart HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nnone\r\n", 400),
    ("GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n", 404),
    ("GET /problem HTTP/1.1\r\nhost: a\r\n\r\n", 404),
    ("TRACE / HTTP/1.1\r\nhost: a\r\n\r\n", 405),
    ("POST /cart HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip\r\n\r\n", 501),
    ("GET / HTTP/2.0\r\nhost: a\r\n\r\n", 505),
];

#[tokio::test]
async fn errors_of_nginx_are_problems() {
    // No replica listens there.
    let nginx = Nginx::start(&["127.0.0.1:1".parse().unwrap()], &[]).await;
    let long = "a".repeat(20_000);
    let long_path = format!("GET /{long} HTTP/1.1\r\nhost: a\r\n\r\n");
    let long_header = format!("GET / HTTP/1.1\r\nhost: a\r\nx: {long}\r\n\r\n");
    let rejected = REJECTED.iter().copied().chain([(&*long_path, 414), (&*long_header, 431)]);
    for (request, status) in rejected {
        assert_problem(&exchange(nginx.address, request, b"").await, status, request);
    }
    let trace = exchange(nginx.address, "TRACE / HTTP/1.1\r\nhost: a\r\n\r\n", b"").await;
    assert!(trace.contains("\r\nAllow: GET, HEAD, POST, PUT, DELETE, OPTIONS\r\n"), "{trace}");
    for method in ["GET", "PUT", "POST"] {
        let request = format!("{method} /cart HTTP/1.1\r\nhost: a\r\n\r\n");
        let response = exchange(nginx.address, &request, b"").await;
        assert_problem(&response, 503, &request);
        assert!(response.contains("\r\nRetry-After: 1\r\n"), "{response}");
    }
}

#[tokio::test]
async fn too_many_requests_are_a_429_for_every_method() {
    let limit = [("REQUESTS_PER_SECOND", "1")];
    let nginx = Nginx::start(&["127.0.0.1:1".parse().unwrap()], &limit).await;
    for method in ["GET", "PUT", "POST"] {
        let mut answer = Answer::default();
        eventually("a request exceeds the limit", async || {
            answer = send(nginx.address, request(method, "/cart", None, "")).await;
            answer.status == 429
        })
        .await;
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        assert_eq!(answer.headers["retry-after"], "1");
        assert!(answer.body.contains(r#""status":429"#), "{}", answer.body);
    }
}

#[tokio::test]
async fn errors_of_the_service_pass_through_nginx_unchanged() {
    let deployment = Deployment::start(&[], &[]).await;
    let not_json = "{";
    for (method, path, body, status) in [
        ("GET", "/products/1000", "", 404),
        ("GET", "/nowhere", "", 404),
        ("GET", "/reviews", "", 422),
        ("PUT", "/products", "", 405),
        ("POST", "/interactions", not_json, 400),
        ("POST", "/interactions", "", 415),
    ] {
        let direct = send(deployment.members[0].replica.address, request(method, path, None, body)).await;
        let proxied = send(deployment.nginx.address, request(method, path, None, body)).await;
        assert_eq!(direct.status, status, "{method} {path}: {direct:?}");
        assert_eq!((proxied.status, &proxied.body), (status, &direct.body), "{method} {path}");
        for name in ["content-type", "cache-control", "allow"] {
            assert_eq!(proxied.headers.get(name), direct.headers.get(name), "{method} {path}: {name}");
        }
    }
}
