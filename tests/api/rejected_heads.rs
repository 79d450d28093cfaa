//! Request heads that are rejected before a handler sees them. Each is answered in the usual form, and the connection closed.

use std::future::pending;

use atelier::config::Settings;
use atelier::server::accept::Server;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::Site;

/// Sends bytes over a connection of their own. Returns everything that comes until the connection is closed.
async fn exchange(site: &Site, change: impl FnOnce(&mut Settings), sent: impl AsRef<[u8]>) -> String {
    let mut settings = Settings { port: 0, ..Settings::default() };
    change(&mut settings);
    let server = Server::bind(settings).await.unwrap();
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let server = tokio::spawn(server.serve(site.app.site().clone(), pending()));
    stream.write_all(sent.as_ref()).await.unwrap();
    let mut received = String::new();
    stream.read_to_string(&mut received).await.unwrap();
    server.abort();
    received
}

/// Asserts that this is one response, a problem of this status, after which the connection is closed.
fn assert_problem(response: &str, status: u16) {
    let (head, body) = response.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{response:?}"));
    assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{response}");
    for header in ["content-type: application/problem+json", "connection: close", "x-request-id: ", "date: "]
    {
        assert!(head.contains(&format!("\r\n{header}")), "{header} in {response}");
    }
    let problem: Value = serde_json::from_str(body).unwrap_or_else(|err| panic!("{err}: {response}"));
    assert_eq!(problem["status"], status, "{response}");
    assert!(!problem["detail"].as_str().unwrap().is_empty(), "{response}");
}

#[tokio::test]
async fn a_request_without_exactly_one_valid_host_is_a_400() {
    let site = Site::start().await;
    for hosts in [
        "",
        "host: a\r\nhost: a\r\n",
        "Host: a\r\nHOST: b\r\n",
        "host:\r\n",
        "host: a b\r\n",
        "host: a/b\r\n",
        "host: u@a\r\n",
        "host: a:b\r\n",
    ] {
        let response = exchange(&site, |_| {}, format!("GET /products HTTP/1.1\r\n{hosts}\r\n")).await;
        assert_problem(&response, 400);
    }
    for request in [
        "GET /products HTTP/1.0\r\n\r\n",
        "GET /products HTTP/1.1\r\nhost: [::1]:3000\r\nconnection: close\r\n\r\n",
    ] {
        let response = exchange(&site, |_| {}, request).await;
        assert_eq!(response.split(' ').nth(1), Some("200"), "{response}");
    }
}

#[tokio::test]
async fn a_head_that_is_ambiguous_or_not_valid_is_a_400() {
    let site = Site::start().await;
    for method in ["GET /products", "POST /interactions", "PUT /nowhere"] {
        for headers in [
            "content-length: 5\r\ntransfer-encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
            "content-length: 5\r\ncontent-length: 6\r\n",
            "content-length: 5, 5\r\n",
            "content-length: -5\r\n",
            "transfer-encoding: gzip\r\n",
            "x-folded: a\r\n b\r\n",
            "x-space : a\r\n",
            "no colon\r\n",
        ] {
            let request = format!("{method} HTTP/1.1\r\nhost: a\r\n{headers}\r\n0\r\n\r\n");
            assert_problem(&exchange(&site, |_| {}, request).await, 400);
        }
    }
    for request in
        ["GET\r\n\r\n", "GET / HTTP/3.0\r\n\r\n", "\x16\x03\x01\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]
    {
        assert_problem(&exchange(&site, |_| {}, request).await, 400);
    }
}

#[tokio::test]
async fn what_follows_a_request_and_is_none_is_a_400_after_its_response() {
    let site = Site::start().await;
    let response = exchange(&site, |_| {}, "GET /products/1 HTTP/1.1\r\nhost: a\r\n\r\n{}\r\n\r\n").await;
    let start = response.rfind("HTTP/1.1 ").unwrap();
    assert!(start > 0 && response.starts_with("HTTP/1.1 200 OK"), "{response}");
    assert_problem(&response[start..], 400);
}

#[tokio::test]
async fn a_chunked_request_after_one_with_a_length_is_accepted() {
    let site = Site::start().await;
    let requests = "POST /interactions HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}\
                    PUT /nowhere HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n0\r\n\r\n";
    let responses = exchange(&site, |_| {}, requests).await;
    // The body of the first was read: the connection remains open.
    assert!(responses.starts_with("HTTP/1.1 422 "), "{responses}");
    assert_eq!(responses.matches("HTTP/1.1 404 ").count(), 1, "{responses}");
}

#[tokio::test]
async fn a_head_that_is_too_large_is_a_431_and_a_target_that_is_too_long_a_414() {
    let site = Site::start().await;
    let head = format!("GET / HTTP/1.1\r\nhost: a\r\nx-large: {}\r\n\r\n", "a".repeat(100_000));
    assert_problem(&exchange(&site, |_| {}, head).await, 431);
    let head = format!("GET /{} HTTP/1.1\r\nhost: a\r\n\r\n", "a".repeat(70_000));
    assert_problem(&exchange(&site, |settings| settings.max_header_bytes = 100_000, head).await, 414);
}

#[tokio::test]
async fn a_head_that_does_not_arrive_is_a_408_and_an_idle_connection_is_closed_silently() {
    let site = Site::start().await;
    let with_timeout = |settings: &mut Settings| settings.header_timeout_ms = 100;
    assert_problem(&exchange(&site, with_timeout, "GET /products HTTP/1.1\r\nhost: a\r\n").await, 408);
    assert_eq!(exchange(&site, with_timeout, "").await, "");
    let response = exchange(&site, with_timeout, "GET /products/1 HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(
        response.starts_with("HTTP/1.1 200 OK") && response.matches("HTTP/1.1").count() == 1,
        "{response}"
    );
}
