//! `bare PORT FILE`: hyper alone, which answers every request with the bytes of a file: the anchor of hot reads. It shares
//! with the service the tokio runtime, HTTP/1.1, `TCP_NODELAY` and a content type (hyper adds the length and the date). It
//! has no routes, timeouts or metrics, and ignores the request.

use std::convert::Infallible;
use std::io;
use std::net::Ipv4Addr;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(port), Some(file)) = (arguments.next().and_then(|port| port.parse().ok()), arguments.next())
    else {
        return Err(io::Error::other("bare PORT FILE"));
    };
    let body = Bytes::from(std::fs::read(file)?);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let body = body.clone();
        tokio::spawn(async move {
            let service = service_fn(move |_: Request<Incoming>| {
                let mut response = Response::new(Full::new(body.clone()));
                response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                async { Ok::<_, Infallible>(response) }
            });
            // It ends when the client disconnects.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}
