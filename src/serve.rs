//! `atelier serve`: puts the parts together and runs them until the process is asked to stop.

use std::net::SocketAddr;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use tokio::net::{TcpListener, TcpSocket, lookup_host};
use tokio::signal::unix::{SignalKind, signal};

use crate::config::Settings;
use crate::database::Database;
use crate::http;
use crate::state::App;

/// Connections that the kernel may hold for us until they are taken.
const BACKLOG: u32 = 4096;

/// Why serving can't begin.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address can't be listened on.
    #[error("can't listen on {host}:{port} (settings host and port)")]
    Address {
        /// The setting.
        host: String,
        /// The setting.
        port: u16,
        /// What the system says.
        source: std::io::Error,
    },
    /// The system takes no handler for its signals.
    #[error("signals can't be heard")]
    Signals(#[source] std::io::Error),
}

/// A server that has its address.
pub struct Server {
    settings: Settings,
    listener: TcpListener,
    address: SocketAddr,
}

impl Server {
    /// Takes the address of these settings: from now on clients can connect, and wait.
    pub async fn bind(settings: Settings) -> Result<Self, ServeError> {
        let refused =
            |source| ServeError::Address { host: settings.host.clone(), port: settings.port, source };
        let listener = listen(&settings.host, settings.port).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        Ok(Self { settings, listener, address })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves `database` until SIGTERM or SIGINT; then is not ready, goes on answering for `drain_ms`, and lets what
    /// runs finish.
    pub async fn run(self, database: &PgConnectOptions) -> Result<(), ServeError> {
        let mut terminate = signal(SignalKind::terminate()).map_err(ServeError::Signals)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(ServeError::Signals)?;
        let limit = Duration::from_millis(self.settings.database_timeout_ms);
        let app = App::start(&self.settings, &Database::new(database, limit));
        let site = http::site(app.clone(), &self.settings);
        tracing::info!(address = %self.address, "listening");
        let drain = Duration::from_millis(self.settings.drain_ms);
        let stop = async {
            tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
            tracing::info!("asked to stop: finishing what runs");
            app.drain();
            tokio::time::sleep(drain).await;
        };
        http::server::serve(self.listener, site, &self.settings, stop).await;
        tracing::info!("stopped");
        Ok(())
    }
}

async fn listen(host: &str, port: u16) -> std::io::Result<TcpListener> {
    let mut last = std::io::Error::new(std::io::ErrorKind::NotFound, "the host has no address");
    for address in lookup_host((host, port)).await? {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        // A restart must not wait for connections of the process before to be forgotten.
        socket.set_reuseaddr(true)?;
        match socket.bind(address).and_then(|()| socket.listen(BACKLOG)) {
            Ok(listener) => return Ok(listener),
            Err(err) => last = err,
        }
    }
    Err(last)
}
