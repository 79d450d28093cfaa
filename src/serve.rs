//! `atelier serve`: puts the parts together and runs them until the process is asked to stop.

use std::time::Duration;

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
    /// No database is named.
    #[error("no database is named: set DATABASE_URL, or try `atelier demo`, which brings its own")]
    NoDatabase,
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

/// Serves as the settings say until SIGTERM or SIGINT; then is not ready, goes on answering for `drain_ms`, and lets
/// what runs finish. `on_start` is told the address once it is listened on.
pub async fn serve(
    settings: &Settings,
    on_start: impl FnOnce(std::net::SocketAddr),
) -> Result<(), ServeError> {
    let options = settings.database_url.as_ref().ok_or(ServeError::NoDatabase)?.options();
    let database = Database::new(options, Duration::from_millis(settings.database_timeout_ms));
    let address = |source| ServeError::Address { host: settings.host.clone(), port: settings.port, source };
    let listener = listen(&settings.host, settings.port).await.map_err(address)?;
    let address = listener.local_addr().map_err(address)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(ServeError::Signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(ServeError::Signals)?;

    let app = App::start(settings, &database);
    let site = http::site(http::routes(app.clone()));
    tracing::info!(%address, "listening");
    on_start(address);
    http::server::serve(listener, site, settings, async {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        tracing::info!("asked to stop: finishing what runs");
        app.drain();
        tokio::time::sleep(Duration::from_millis(settings.drain_ms)).await;
    })
    .await;
    tracing::info!("stopped");
    Ok(())
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
