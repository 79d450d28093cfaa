//! Accepts connections, and limits them.
//!
//! `axum::serve` would do, were it not for clients that are slow or hostile on purpose: here connections are counted, and
//! those beyond the limit are answered instead of left to wait. [`Connections`] has the limits of one connection.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, lookup_host};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};

use super::connection::Connections;
use super::open_files::ClientLimits;
use super::site::Site;
use crate::config::Settings;
use crate::http::proxies::Peer;
use crate::telemetry::log_limit::LogLimit;

/// Connections that the kernel may queue until they are accepted.
const BACKLOG: u32 = 4096;
/// The send buffer of a connection, in bytes. By default the system lets it grow to 4 MB where a client reads slowly, and
/// the memory of such buffers counts towards the limit of a container: 1,000 connections must fit. Linux takes twice as
/// much, for its own bookkeeping.
const SEND_BUFFER: u32 = 64 * 1024;
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
    source: io::Error,
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

    /// Raises the limit of open files, and serves `site` until `stop`. Then lets open requests finish within the grace time
    /// of the settings.
    pub async fn serve(self, site: Site, stop: impl Future<Output = ()>) {
        let connections = Connections::new(&self.settings, site.clone());
        let ClientLimits { connections: limit, rejections } = ClientLimits::raised(&self.settings);
        let (open, rejections) = (Arc::new(Semaphore::new(limit)), Arc::new(Semaphore::new(rejections)));
        let (stopping, stopped) = watch::channel(());
        let failures = LogLimit::default();
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
                    if let Some(failures) = failures.count() {
                        tracing::warn!(error = %err, failures, "connections can't be accepted");
                    }
                    sleep(ACCEPT_BACKOFF).await;
                    continue;
                }
            };
            if let Ok(permit) = Arc::clone(&open).try_acquire_owned() {
                spawn(connections.clone().serve(stream, Peer(peer.ip()), stopped.clone()), permit);
                continue;
            }
            site.metrics().rejected.inc();
            if let Ok(permit) = Arc::clone(&rejections).try_acquire_owned() {
                spawn(connections.clone().reject(stream), permit);
            }
        }
        drop(self.listener);
        sleep(FIRST_REQUEST_TIMEOUT).await;
        drop(stopping);
        let count = limit - open.available_permits();
        let all = open.acquire_many(u32::try_from(limit).expect("max_connections is less"));
        if timeout(Duration::from_millis(self.settings.grace_ms), all).await.is_err() {
            tracing::warn!(open = count, "some connections did not finish within the grace time");
        }
    }
}

/// Runs the task of a connection. The permit is returned when it ends, also by a panic.
fn spawn(task: impl Future<Output = ()> + Send + 'static, permit: OwnedSemaphorePermit) {
    tokio::spawn(async move {
        task.await;
        drop(permit);
    });
}

async fn listen(host: &str, port: u16) -> io::Result<TcpListener> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    for address in lookup_host((host, port)).await? {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        // A restart must not wait until the system has closed the connections of the previous process.
        socket.set_reuseaddr(true)?;
        // Accepted connections inherit it.
        socket.set_send_buffer_size(SEND_BUFFER)?;
        match socket.bind(address).and_then(|()| socket.listen(BACKLOG)) {
            Ok(listener) => return Ok(listener),
            Err(err) => last = err,
        }
    }
    Err(last)
}
