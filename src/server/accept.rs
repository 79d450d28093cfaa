//! Accepts connections, and limits them.
//!
//! `axum::serve` would do, were it not for clients that are slow on purpose: here a request head must arrive within a
//! timeout, its size is limited, connections are counted, and those beyond the limit are answered instead of left to wait.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::response::IntoResponse as _;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpSocket, TcpStream, lookup_host};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

use super::site::Site;
use crate::config::Settings;
use crate::http::error::Error;
use crate::http::proxies::Peer;

/// Connections that the kernel may queue until they are accepted.
const BACKLOG: u32 = 4096;
/// Rejected connections that are answered at one time; further ones are closed without an answer.
const MAX_REJECTIONS: usize = 256;
/// How long a rejected client has to send its request and read the answer.
const REJECTION_TIMEOUT: Duration = Duration::from_secs(2);
/// Backoff where the system has no file descriptor for another connection.
const ACCEPT_BACKOFF: Duration = Duration::from_millis(50);

/// How long connections are served after the port is closed: hyper then closes those without a request, also if one is on its
/// way.
const FIRST_REQUEST_TIMEOUT: Duration = Duration::from_millis(200);

/// The address of the settings can't be listened on.
#[derive(Debug, thiserror::Error)]
#[error("can't listen on {host}:{port} (settings host and port)")]
pub struct BindError {
    host: String,
    port: u16,
    source: std::io::Error,
}

/// A server that listens.
pub struct Server {
    settings: Settings,
    listener: TcpListener,
    address: SocketAddr,
}

impl Server {
    /// Listens on the address of these settings: from now on clients can connect, and wait.
    pub async fn bind(settings: Settings) -> Result<Self, BindError> {
        let failed = |source| BindError { host: settings.host.clone(), port: settings.port, source };
        let listener = listen(&settings.host, settings.port).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { settings, listener, address })
    }

    /// The address that it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Serves `site` until `stop`, then lets open requests finish within the grace time of the settings.
    pub async fn serve(self, site: Site, stop: impl Future<Output = ()>) {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(Duration::from_millis(self.settings.header_timeout_ms))
            // Head and body are written as one buffer: for the 2 KB of most responses, copying costs the system less than
            // a vectored write (5 % of a hit).
            .writev(false)
            .max_header_size(self.settings.max_header_bytes);
        let connections = Arc::new(Semaphore::new(self.settings.max_connections));
        let rejections = Arc::new(Semaphore::new(MAX_REJECTIONS));
        let graceful = GracefulShutdown::new();
        let mut stop = std::pin::pin!(stop);
        loop {
            let accepted = tokio::select! {
                // The connections that wait come first: closing the listener would reset them.
                biased;
                accepted = self.listener.accept() => accepted,
                () = &mut stop => break,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(err) => {
                    tracing::warn!(error = %err, "a connection could not be accepted");
                    sleep(ACCEPT_BACKOFF).await;
                    continue;
                }
            };
            if let Ok(permit) = Arc::clone(&connections).try_acquire_owned() {
                let (peer, watcher) = (Peer(peer.ip()), graceful.watcher());
                tokio::spawn(serve_connection(http.clone(), stream, peer, site.clone(), watcher, permit));
                continue;
            }
            site.metrics().rejected.inc();
            if let Ok(permit) = Arc::clone(&rejections).try_acquire_owned() {
                tokio::spawn(reject(http.clone(), stream, permit));
            }
        }
        drop(self.listener);
        sleep(FIRST_REQUEST_TIMEOUT).await;
        let open = graceful.count();
        if timeout(Duration::from_millis(self.settings.grace_ms), graceful.shutdown()).await.is_err() {
            tracing::warn!(open, "some connections did not finish within the grace time");
        }
    }
}

async fn listen(host: &str, port: u16) -> std::io::Result<TcpListener> {
    let mut last = std::io::Error::new(std::io::ErrorKind::NotFound, "the host has no address");
    for address in lookup_host((host, port)).await? {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        // A restart must not wait until the system has closed the connections of the previous process.
        socket.set_reuseaddr(true)?;
        match socket.bind(address).and_then(|()| socket.listen(BACKLOG)) {
            Ok(listener) => return Ok(listener),
            Err(err) => last = err,
        }
    }
    Err(last)
}

async fn serve_connection(
    http: http1::Builder,
    stream: TcpStream,
    peer: Peer,
    site: Site,
    watcher: Watcher,
    _permit: OwnedSemaphorePermit,
) {
    let open = site.metrics().open.clone();
    open.inc();
    // It fails only where the client has gone already, which the next read reports.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: Request<Incoming>| {
        let site = site.clone();
        async move { Ok::<_, Infallible>(site.respond(request, Some(peer)).await) }
    });
    let connection = http.serve_connection(TokioIo::new(stream), service);
    if let Err(err) = watcher.watch(connection).await {
        tracing::debug!(error = %err, "a connection ended early");
    }
    open.dec();
}

/// Answers the first request with 503, and closes.
async fn reject(mut http: http1::Builder, stream: TcpStream, _permit: OwnedSemaphorePermit) {
    let service = service_fn(async |_| Ok::<_, Infallible>(Error::Overloaded.into_response()));
    let connection = http.keep_alive(false).serve_connection(TokioIo::new(stream), service);
    // Whether the client reads it is up to the client.
    let _ = timeout(REJECTION_TIMEOUT, connection).await;
}
