//! Clients that are slow, large or many, on purpose.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::Empty;
use hyper::client::conn::http1::SendRequest;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::databases::{TestDatabase, eventually};
use crate::process::{Process, get};

async fn server(variables: &[(&str, &str)]) -> (TestDatabase, Process) {
    let database = TestDatabase::filled("").await;
    let process = Process::ready(&url(&database), variables).await;
    (database, process)
}

fn url(database: &TestDatabase) -> String {
    use sqlx::ConnectOptions as _;
    database.options().to_url_lossy().to_string()
}

async fn all_of(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A connection that is reset has said what it had to say.
    let _ = stream.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn a_head_that_drips_in_is_cut_off() {
    let (_database, process) = server(&[("ATELIER_HEADER_TIMEOUT_MS", "300")]).await;
    let mut stream = TcpStream::connect(process.address).await.unwrap();
    stream.write_all(b"GET /products HTTP/1.1\r\n").await.unwrap();

    let started = Instant::now();
    let (mut reading, mut writing) = stream.split();
    let mut byte = [0];
    let closed = async { while reading.read(&mut byte).await.is_ok_and(|count| count > 0) {} };
    let dripping = async {
        while writing.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::select! { () = closed => {}, () = dripping => {} }

    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_body_that_drips_in_is_cut_off() {
    let (_database, process) = server(&[("ATELIER_BODY_TIMEOUT_MS", "300")]).await;
    let mut stream = TcpStream::connect(process.address).await.unwrap();
    let head = "POST /qa/questions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    stream.write_all(head.as_bytes()).await.unwrap();

    let answer = all_of(&mut stream).await;

    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let (_database, process) = server(&[]).await;
    let mut stream = TcpStream::connect(process.address).await.unwrap();
    let head =
        format!("GET /products HTTP/1.1\r\nhost: localhost\r\nx-large: {}\r\n\r\n", "a".repeat(32 * 1024));
    // It may be refused before all of it is sent.
    let _ = stream.write_all(head.as_bytes()).await;

    let answer = all_of(&mut stream).await;

    assert!(answer.starts_with("HTTP/1.1 431") || answer.is_empty(), "{answer}");
    assert_eq!(process.status("/health/live").await, Some(200));
}

/// A connection that is served: once those that asked whether the server is ready are gone.
async fn served(process: &Process) -> SendRequest<Empty<Bytes>> {
    let mut connection = process.connect().await;
    eventually("a connection is served", async || {
        let is_served = get(&mut connection, "/health/live").await.is_some_and(|(status, _)| status == 200);
        if !is_served {
            connection = process.connect().await;
        }
        is_served
    })
    .await;
    connection
}

#[tokio::test]
async fn one_connection_too_many_is_told_so() {
    let (_database, process) = server(&[("ATELIER_MAX_CONNECTIONS", "2")]).await;
    let mut first = served(&process).await;
    let _second = served(&process).await;

    let mut third = process.connect().await;

    assert_eq!(get(&mut third, "/health/live").await.unwrap().0, 503);
    assert_eq!(get(&mut first, "/health/live").await.unwrap().0, 200);
}
