//! The loop that takes connections, and all that bounds them.
//!
//! `axum::serve` would do, but for clients that are slow on purpose: here a head must come within its time, heads have
//! a size, connections are counted, and what exceeds the count is told so instead of being left to wait.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::IntoResponse as _;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

use super::Site;
use super::client::Peer;
use super::error::Error;
use crate::config::Settings;

/// Connections beyond the limit that are told so at one time; further ones are closed without a word.
const REFUSALS: usize = 256;
/// How long such a connection has to be told.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(2);
/// How long to wait where the system has no file descriptors left for another connection.
const NO_DESCRIPTORS: Duration = Duration::from_millis(50);

/// Serves `site` on `listener` until `stop`, then lets what runs finish, for as long as the settings say.
pub async fn serve(listener: TcpListener, site: Site, settings: &Settings, stop: impl Future<Output = ()>) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(Duration::from_millis(settings.header_timeout_ms))
        // Head and body go out as one piece: for the 2 KB that most answers have, copying them costs the system less than
        // gathering them does (5 % of a hit).
        .writev(false)
        .max_header_size(settings.max_header_bytes);
    let connections = Arc::new(Semaphore::new(settings.max_connections));
    let refusals = Arc::new(Semaphore::new(REFUSALS));
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(err) => {
                tracing::warn!(error = %err, "a connection could not be taken");
                sleep(NO_DESCRIPTORS).await;
                continue;
            }
        };
        if let Ok(permit) = Arc::clone(&connections).try_acquire_owned() {
            tokio::spawn(answer(
                http.clone(),
                stream,
                Peer(peer.ip()),
                site.clone(),
                graceful.watcher(),
                permit,
            ));
            continue;
        }
        site.metrics().refused.inc();
        if let Ok(permit) = Arc::clone(&refusals).try_acquire_owned() {
            tokio::spawn(refuse(http.clone(), stream, permit));
        }
    }
    drop(listener);
    let running = graceful.count();
    if timeout(Duration::from_millis(settings.grace_ms), graceful.shutdown()).await.is_err() {
        tracing::warn!(running, "some connections did not finish within the grace time");
    }
}

async fn answer(
    http: http1::Builder,
    stream: TcpStream,
    peer: Peer,
    site: Site,
    watcher: Watcher,
    _permit: OwnedSemaphorePermit,
) {
    let open = site.metrics().open.clone();
    open.inc();
    // It fails only where the client has gone already, which the next read tells.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: Request<Incoming>| {
        let site = site.clone();
        async move { Ok::<_, Infallible>(site.answer(request, Some(peer)).await) }
    });
    let connection = http.serve_connection(TokioIo::new(stream), service);
    if let Err(err) = watcher.watch(connection).await {
        tracing::debug!(error = %err, "a connection ended early");
    }
    open.dec();
}

/// Answers the first request with 503, and closes.
async fn refuse(mut http: http1::Builder, stream: TcpStream, _permit: OwnedSemaphorePermit) {
    let service = service_fn(async |_| Ok::<_, Infallible>(Error::Overloaded.into_response()));
    let connection = http.keep_alive(false).serve_connection(TokioIo::new(stream), service);
    // Whether the client read it is the client's affair.
    let _ = timeout(REFUSAL_TIMEOUT, connection).await;
}
