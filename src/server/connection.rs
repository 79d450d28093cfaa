//! One connection, from its first byte to its end: hyper serves it, and what hyper does not answer is answered here.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http::header::CONNECTION;
use http::{HeaderValue, Request, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus::IntGauge;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;

use super::lingering;
use super::request_body::RequestBody;
use super::request_head::RequestHead;
use super::site::Site;
use super::sliced::Sliced;
use super::socket::Socket;
use crate::config::Settings;
use crate::http::error::Error;
use crate::http::proxies::Peer;

/// How long a rejected client has to begin its request.
const REJECTION_TIMEOUT: Duration = Duration::from_secs(2);
/// A request in place of one that can't be parsed: hyper sends responses only to requests.
const ANY_REQUEST: &[u8] = b"GET / HTTP/1.1\r\n\r\n";

/// Serves connections with a site.
#[derive(Clone)]
pub(super) struct Connections {
    http: http1::Builder,
    site: Site,
    write_timeout: Duration,
    max_header_bytes: usize,
}

/// Counts an open connection, also if its task panics.
struct Open(IntGauge);

impl Open {
    fn new(gauge: &IntGauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Connections {
    pub(super) fn new(settings: &Settings, site: Site) -> Self {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(Duration::from_millis(settings.header_timeout_ms))
            // Head and body are written as one buffer: for the 2 KB of most responses, copying costs the system less than
            // a vectored write (5 % of a hit).
            .writev(false)
            .max_header_size(settings.max_header_bytes)
            // The read buffer must have room for a head. The write buffer accepts a slice of a body while it has fewer
            // bytes, so by default it has at most 16 + 32 KiB.
            .max_buf_size(settings.max_header_bytes);
        let write_timeout = Duration::from_millis(settings.write_timeout_ms);
        Self { http, site, write_timeout, max_header_bytes: settings.max_header_bytes }
    }

    /// Serves a connection until its end; after `stop` has changed, until the running request is answered.
    pub(super) async fn serve(self, stream: TcpStream, peer: Peer, mut stop: watch::Receiver<()>) {
        let _open = Open::new(&self.site.metrics().open);
        // It fails only where the client has gone already, which the next read reports.
        let _ = stream.set_nodelay(true);
        let (socket, head) = self.socket(stream);
        let service = service_fn(|request: Request<Incoming>| {
            let (site, head, checked) = (&self.site, &head, head.check(&request));
            async move {
                let request = request.map(|body| RequestBody::new(body, head));
                let mut response = match checked {
                    Ok(()) => site.respond(request, Some(peer)).await,
                    Err(err) => site.refuse(&request, err),
                };
                if response.status().is_client_error() && head.has_unread_body() {
                    // hyper closes the connection unless the rest of the body has arrived already.
                    response.headers_mut().insert(CONNECTION, const { HeaderValue::from_static("close") });
                }
                Ok::<_, Infallible>(response.map(Sliced::new))
            }
        });
        let mut connection = self.http.serve_connection(TokioIo::new(socket), service);
        let served = tokio::select! {
            biased;
            served = &mut connection => Some(served),
            _ = stop.changed() => None,
        };
        let served = if let Some(served) = served {
            served
        } else {
            Pin::new(&mut connection).graceful_shutdown();
            (&mut connection).await
        };
        self.close(connection.into_parts().io.into_inner(), served, head.has_unread_body()).await;
    }

    /// Answers what hyper did not answer, and closes.
    async fn close(&self, mut socket: Socket, served: hyper::Result<()>, has_unread_body: bool) {
        let status = match served {
            Ok(()) => None,
            Err(err) if err.is_parse() => Some(socket.error().unwrap_or(StatusCode::BAD_REQUEST)),
            Err(err) if err.is_timeout() && socket.has_partial_head() => Some(StatusCode::REQUEST_TIMEOUT),
            Err(err) => return tracing::debug!(error = %err, "a connection ended early"),
        };
        if let Some(status) = status {
            self.refuse(&mut socket, || Error::Head(status, detail(status))).await;
        }
        if status.is_some() || has_unread_body {
            lingering::close(socket.into_stream()).await;
        }
    }

    /// Answers the first request with 503, and closes.
    pub(super) async fn reject(self, stream: TcpStream) {
        // Some clients do not expect a response before they have sent something.
        if let Ok(Ok(1..)) = timeout(REJECTION_TIMEOUT, stream.peek(&mut [0])).await {
            let (mut socket, _) = self.socket(stream);
            self.refuse(&mut socket, || Error::Overloaded).await;
            lingering::close(socket.into_stream()).await;
        }
    }

    fn socket(&self, stream: TcpStream) -> (Socket, Arc<RequestHead>) {
        let head = Arc::new(RequestHead::new(self.max_header_bytes));
        (Socket::new(stream, Arc::clone(&head), self.write_timeout), head)
    }

    /// Sends an error without a request.
    async fn refuse(&self, socket: &mut Socket, err: impl Fn() -> Error) {
        let service = service_fn(|_| {
            let response = self.site.refuse(&Request::new(()), err());
            async { Ok::<_, Infallible>(response.map(Sliced::new)) }
        });
        let io = TokioIo::new(tokio::io::join(ANY_REQUEST, socket));
        // After the request, hyper finds the end of the input, which half_close does not take for a client that has gone.
        // Whether the client reads the response is up to the client.
        let _ = self.http.clone().keep_alive(false).half_close(true).serve_connection(io, service).await;
    }
}

/// Why a request head is answered with this status.
fn detail(status: StatusCode) -> &'static str {
    match status {
        StatusCode::REQUEST_TIMEOUT => "the request head did not arrive within the timeout",
        StatusCode::URI_TOO_LONG => "the request target is too long",
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => "the request head is too large",
        _ => "the request head is not valid HTTP/1.1",
    }
}
