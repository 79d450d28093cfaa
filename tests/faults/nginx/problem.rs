//! Requests as bytes, and responses that are problems.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

/// The response to a request with this head and body, which is all sent before the response is read.
pub(super) async fn exchange(address: SocketAddr, head: &str, body: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap_or_else(|err| panic!("{head}: {err}"));
    let (mut stream, mut response) = (BufReader::new(stream), String::new());
    while !response.ends_with("\r\n\r\n") {
        let read = stream.read_line(&mut response).await;
        assert_ne!(read.unwrap_or_else(|err| panic!("{head}: {err}")), 0, "{head}: {response}");
    }
    let length = response.lines().find_map(|line| line.strip_prefix("Content-Length: ")).expect("a length");
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body).await.unwrap_or_else(|err| panic!("{head}: {err}"));
    response + str::from_utf8(&body).unwrap()
}

/// Asserts that a response is a problem with this status.
pub(super) fn assert_problem(response: &str, status: u16, request: &str) {
    let (head, body) = response.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{request}: {response}"));
    assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{request}: {response}");
    for header in ["Content-Type: application/problem+json\r\n", "\r\nX-Request-Id: "] {
        assert_eq!(head.matches(header).count(), 1, "{request}: {head}");
    }
    let problem: Value = serde_json::from_str(body).unwrap_or_else(|err| panic!("{request}: {err}: {body}"));
    assert_eq!(problem["status"], status, "{request}: {body}");
    for member in ["type", "title", "detail"] {
        assert!(!problem[member].as_str().unwrap().is_empty(), "{request}: {body}");
    }
}
