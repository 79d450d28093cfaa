//! Clients that are slow, send too much, or are too many.

use std::io::ErrorKind;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::databases::{TestDatabase, eventually};
use crate::http_client::{Client, get};
use crate::replica::Replica;

/// Starts a replica with these variables over an empty database.
pub(crate) async fn start(variables: &[(&str, &str)]) -> (TestDatabase, Replica) {
    Replica::over("", variables).await
}

/// Everything that the replica sends until it closes the connection.
async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset ends the connection too.
    let _ = stream.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Whether the replica has closed the connection. Discards what it has sent.
fn is_at_end(stream: &TcpStream) -> bool {
    match stream.try_read(&mut [0; 1024]) {
        Ok(count) => count == 0,
        Err(err) => err.kind() != ErrorKind::WouldBlock,
    }
}

#[tokio::test]
async fn a_slow_request_head_times_out() {
    let (_database, replica) = start(&[("ATELIER_HEADER_TIMEOUT_MS", "300")]).await;
    let mut stream = TcpStream::connect(replica.address).await.unwrap();
    stream.write_all(b"GET /products HTTP/1.1\r\n").await.unwrap();

    // A byte each time, so that the connection is never idle.
    let took = eventually("the connection is closed", async || {
        stream.write_all(b"x").await.is_err() || is_at_end(&stream)
    })
    .await;

    assert!(took < Duration::from_secs(3), "{took:?}");
}

#[tokio::test]
async fn a_slow_request_body_is_a_408() {
    let (_database, replica) = start(&[("ATELIER_BODY_TIMEOUT_MS", "300")]).await;
    let mut stream = TcpStream::connect(replica.address).await.unwrap();
    let head = "POST /qa/questions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    stream.write_all(head.as_bytes()).await.unwrap();

    let response = read_to_end(&mut stream).await;

    assert!(response.starts_with("HTTP/1.1 408"), "{response}");
}

#[tokio::test]
async fn a_request_head_that_is_too_large_is_rejected() {
    let (_database, replica) = start(&[]).await;
    let mut stream = TcpStream::connect(replica.address).await.unwrap();
    let head =
        format!("GET /products HTTP/1.1\r\nhost: localhost\r\nx-large: {}\r\n\r\n", "a".repeat(32 * 1024));
    stream.write_all(head.as_bytes()).await.unwrap();

    let response = read_to_end(&mut stream).await;

    assert!(response.starts_with("HTTP/1.1 431"), "{response}");
    assert_eq!(replica.status("/health/live").await, Some(200));
}

/// A connection that is not rejected. Those that requested the readiness may still count towards the limit.
async fn connect(replica: &Replica) -> Client {
    let mut client = replica.connect().await;
    eventually("a connection is accepted", async || {
        let is_accepted = get(&mut client, "/health/live").await.is_some_and(|(status, _)| status == 200);
        if !is_accepted {
            client = replica.connect().await;
        }
        is_accepted
    })
    .await;
    client
}

#[tokio::test]
async fn a_connection_beyond_the_limit_is_a_503() {
    let (_database, replica) = start(&[("ATELIER_MAX_CONNECTIONS", "2")]).await;
    let mut first = connect(&replica).await;
    let _second = connect(&replica).await;

    let mut third = replica.connect().await;

    assert_eq!(get(&mut third, "/health/live").await.unwrap().0, 503);
    assert_eq!(get(&mut first, "/health/live").await.unwrap().0, 200);
}
