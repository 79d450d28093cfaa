//! Requests that are answered before their bodies have arrived: every client reads the response.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::clients::start;

/// Sends a request with a body of zeros, all of it, and then reads everything. Fails where the connection is reset.
async fn exchange(address: SocketAddr, request: &str, length: usize) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let head = format!(
        "{request} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(&vec![b'0'; length]).await?;
    let mut response = String::new();
    stream.read_to_string(&mut response).await?;
    Ok(response)
}

/// Asserts that 20 clients at once read a problem of this status.
async fn assert_all_read(address: SocketAddr, request: &'static str, length: usize, status: u16) {
    let mut clients = JoinSet::new();
    for _ in 0..20 {
        clients.spawn(exchange(address, request, length));
    }
    for response in clients.join_all().await {
        let response = response.unwrap_or_else(|err| panic!("{request}, {length} bytes: {err}"));
        assert!(response.starts_with(&format!("HTTP/1.1 {status} ")), "{request}: {response}");
        let (head, body) = response.split_once("\r\n\r\n").expect("a head and a body");
        assert!(head.contains("\r\ncontent-type: application/problem+json"), "{response}");
        assert!(head.contains("\r\nx-request-id: "), "{response}");
        assert!(head.contains("\r\nconnection: close"), "{response}");
        let problem: Value = serde_json::from_str(body).expect("JSON");
        assert_eq!(problem["status"], status);
    }
}

#[tokio::test]
async fn clients_that_send_large_bodies_read_the_response() {
    let (_database, replica) = start(&[]).await;
    for length in [100_000, 3_000_000, 10_000_000] {
        assert_all_read(replica.address, "POST /cart", length, 413).await;
        assert_all_read(replica.address, "POST /nowhere", length, 404).await;
        assert_all_read(replica.address, "PUT /products/1", length, 405).await;
    }
    assert_all_read(replica.address, "GET /products/1", 3_000_000, 404).await;
}

#[tokio::test]
async fn rejected_clients_that_send_large_bodies_read_the_response() {
    let (_database, replica) = start(&[("ATELIER_MAX_CONNECTIONS", "1")]).await;
    let mut only = TcpStream::connect(replica.address).await.unwrap();
    crate::databases::eventually("the only connection is accepted", async || {
        let _ = only.write_all(b"GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n").await;
        let mut response = [0; 1024];
        let count = only.read(&mut response).await.unwrap_or_default();
        let is_accepted = response[..count].starts_with(b"HTTP/1.1 200");
        if !is_accepted {
            only = TcpStream::connect(replica.address).await.unwrap();
        }
        is_accepted
    })
    .await;

    assert_all_read(replica.address, "POST /cart", 3_000_000, 503).await;
}

#[tokio::test]
async fn a_client_that_goes_on_sending_is_disconnected_after_a_limit() {
    let (_database, replica) = start(&[]).await;
    let mut stream = TcpStream::connect(replica.address).await.unwrap();
    let head = "PUT /nowhere HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000000000\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let chunk = vec![b'0'; 1024 * 1024];
    let mut sent = 0;
    while sent < 64 && stream.write_all(&chunk).await.is_ok() {
        sent += 1;
    }
    assert!((16..64).contains(&sent), "{sent} MiB");
}
