//! A running private server.

use std::fs::File;
use std::path::{Path, PathBuf};

use sqlx::postgres::PgConnectOptions;
use tempfile::TempDir;

use crate::cluster;
use crate::error::PrivateServerError;
use crate::launch::{connect_options, free_port, launch};
use crate::programs::Programs;
use crate::server_dir::ServerDir;
use crate::settings::Purpose;
use crate::watchdog::Watchdog;

/// A running server. It trusts every connection, and listens on a socket and on loopback only.
///
/// Dropping it stops the server and waits until it has ended, usually for less than 100 ms. If the program is killed, a
/// shell script stops the server (`watchdog.sh`).
pub struct PrivateServer {
    // Fields are dropped in this order: first the server, then the temporary directory that it may use.
    _watchdog: Watchdog,
    _temporary: Option<TempDir>,
    data_dir: PathBuf,
    version: String,
    port: u16,
    options: PgConnectOptions,
}

impl PrivateServer {
    /// Starts a server that keeps its data in `dir`, which the first start creates.
    ///
    /// If the program runs as root, the server runs as the owner of the data, or as `postgres` or `nobody`. If that
    /// account cannot enter `dir`, the data are below /var/tmp: see [`PrivateServer::data_dir`]. If the server of a
    /// killed program is still ending, the start waits for it, up to 20 s.
    ///
    /// An error says what to do: PostgreSQL was not found, the directory is in use or from another major version, and so
    /// on.
    pub async fn start(dir: &Path) -> Result<Self, PrivateServerError> {
        Self::start_with(dir, &[]).await
    }

    /// As [`PrivateServer::start`], with additional settings of PostgreSQL (`shared_buffers=4GB`), which override the
    /// default ones.
    pub async fn start_with(dir: &Path, settings: &[&str]) -> Result<Self, PrivateServerError> {
        Self::start_in(ServerDir::durable(dir)?, Purpose::Durable, settings).await
    }

    /// Removes the data that [`PrivateServer::start`] has created for `dir`, and nothing else. Fails while a server is
    /// running there.
    pub async fn remove(dir: &Path) -> Result<(), PrivateServerError> {
        let dir = ServerDir::durable(dir)?;
        let lock = dir.lock().await?;
        dir.remove(lock)
    }

    /// Starts an empty server without durability, for tests. Its temporary directory is removed when the program ends,
    /// even if it is killed. Fails as [`PrivateServer::start`] does.
    pub async fn throwaway() -> Result<Self, PrivateServerError> {
        Self::start_in(ServerDir::throwaway()?, Purpose::Throwaway, &[]).await
    }

    /// As [`PrivateServer::throwaway`], but [standbys](PrivateServer::standby) can follow the server.
    pub async fn replicated() -> Result<Self, PrivateServerError> {
        Self::start_in(ServerDir::throwaway()?, Purpose::Replication, &[]).await
    }

    /// Starts a throwaway standby that follows this server by streaming replication. This server must be a
    /// [replicated](PrivateServer::replicated) one or a standby itself.
    pub async fn standby(&self) -> Result<Self, PrivateServerError> {
        let dir = ServerDir::throwaway()?;
        let programs = Programs::find(&dir.account)?;
        let lock = dir.lock().await?;
        cluster::copy(&dir, &programs, &self.options, &lock).await?;
        Self::launch(dir, programs, &Purpose::Replication.settings(&[]), &lock).await
    }

    async fn start_in(
        dir: ServerDir,
        purpose: Purpose,
        settings: &[&str],
    ) -> Result<Self, PrivateServerError> {
        let programs = Programs::find(&dir.account)?;
        let lock = dir.lock().await?;
        cluster::prepare(&dir, &programs, purpose, &lock).await?;
        Self::launch(dir, programs, &purpose.settings(settings), &lock).await
    }

    async fn launch(
        dir: ServerDir,
        programs: Programs,
        settings: &[&str],
        lock: &File,
    ) -> Result<Self, PrivateServerError> {
        let (watchdog, port) = launch(&dir, &programs, settings, lock, free_port()?).await?;
        Ok(Self {
            _watchdog: watchdog,
            options: connect_options(&dir, port),
            _temporary: dir.temporary,
            data_dir: dir.path,
            version: programs.version,
            port,
        })
    }

    /// Options to connect over the socket as the superuser, to the database `postgres`.
    #[must_use]
    pub fn connect_options(&self) -> PgConnectOptions {
        self.options.clone()
    }

    /// The URL of a database over loopback, for people and other programs.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// The directory of the data and of `postgres.log`.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// The version of PostgreSQL: "17.6".
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }
}
