//! What only a socket shows: the framing that hyper adds to answers, or takes away.

use std::future::pending;
use std::net::SocketAddr;

use atelier::config::Settings;
use atelier::server::accept::Server;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::Site;

#[tokio::test]
async fn a_304_and_head_say_no_wrong_length() {
    let site = Site::start().await;
    let unchanged = exchange(&site, "GET /products/1 HTTP/1.1\r\nif-none-match: *").await;
    assert!(unchanged.starts_with("HTTP/1.1 304 Not Modified\r\n"), "{unchanged}");
    // 0 would be wrong: it stands for the answer that is not sent.
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
async fn answers_have_a_length_and_a_date() {
    let site = Site::start().await;
    let response = exchange(&site, "GET /products/1/related HTTP/1.1").await;
    assert!(response.contains("\r\ncontent-length: 14\r\n"), "{response}");
    assert!(response.contains("\r\ndate: "), "{response}");
    assert!(response.ends_with("\r\n\r\n[2,3,8,1000,2]"), "{response}");
}

/// Sends a request over a connection of its own, and gives back all that comes.
async fn exchange(site: &Site, head: &str) -> String {
    let server = Server::bind(Settings { port: 0, ..Settings::default() }).await.unwrap();
    let address = server.address();
    let server = tokio::spawn(server.serve(site.app.site().clone(), pending()));
    let response = ask(address, head).await;
    server.abort();
    response
}

/// The same of a server that runs.
pub(crate) async fn ask(address: SocketAddr, head: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("{head}\r\nhost: shop.example\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    response
}
