//! The framing of responses by hyper, which only a socket shows.

use std::future::pending;
use std::net::SocketAddr;

use atelier::config::Settings;
use atelier::server::accept::Server;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::Site;

#[tokio::test]
async fn a_304_has_no_length_and_head_has_that_of_get() {
    let site = Site::start().await;
    let unchanged = exchange(&site, "GET /products/1 HTTP/1.1\r\nif-none-match: *").await;
    assert!(unchanged.starts_with("HTTP/1.1 304 Not Modified\r\n"), "{unchanged}");
    // It would be the length of the body that is not sent, which is not 0.
    assert!(!unchanged.contains("content-length"), "{unchanged}");
    assert!(unchanged.ends_with("\r\n\r\n"), "{unchanged}");
    let head = exchange(&site, "HEAD /products/1 HTTP/1.1").await;
    assert!(
        head.contains(&format!("content-length: {}\r\n", site.get("/products/1").await.body.len())),
        "{head}"
    );
    assert!(head.ends_with("\r\n\r\n"), "{head}");
}

#[tokio::test]
async fn responses_have_a_length_and_a_date() {
    let site = Site::start().await;
    let response = exchange(&site, "GET /products/1/related HTTP/1.1").await;
    assert!(response.contains("\r\ncontent-length: 14\r\n"), "{response}");
    assert!(response.contains("\r\ndate: "), "{response}");
    assert!(response.ends_with("\r\n\r\n[2,3,8,1000,2]"), "{response}");
}

/// Serves the replica at a port, and sends it a request. Returns the response as text.
async fn exchange(site: &Site, head: &str) -> String {
    let server = Server::bind(Settings { port: 0, ..Settings::default() }).await.unwrap();
    let address = server.address();
    let server = tokio::spawn(server.serve(site.app.site().clone(), pending()));
    let response = send(address, head).await;
    server.abort();
    response
}

/// Sends a request to an address. Returns the response as text.
async fn send(address: SocketAddr, head: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("{head}\r\nhost: shop.example\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    response
}
