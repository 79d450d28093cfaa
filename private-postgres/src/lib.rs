//! A PostgreSQL of the program's own, for `atelier demo` and for tests: found on the machine,
//! started on a free loopback port and a socket, and ended with the program, even by kill -9.
//! Knows no schema and no feature.

mod account;
mod cluster;
mod error;
mod launch;
mod programs;
mod site;
mod watchdog;

use std::{
    fs::File,
    path::{Path, PathBuf},
    time::Duration,
};

use sqlx::postgres::PgConnectOptions;
use tempfile::TempDir;

use self::{account::Account, programs::Programs, site::Site, watchdog::Watchdog};

pub use self::error::PrivateServerError;

/// How often a condition that nothing reports is looked at.
const POLL: Duration = Duration::from_millis(20);

/// What stays when a server ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    Data,
    Nothing,
    /// Nothing, but standbys may follow while it runs.
    Log,
}

/// A running server. It trusts every connection, and listens on a socket and on loopback only.
///
/// Dropping it stops the server and waits for its end, usually well below 100 ms. A program that is
/// killed before leaves that to a shell that watches over the server (`watchdog.sh`).
pub struct PrivateServer {
    // In the order of their end: the server, then the temporary directory it may live in.
    _watchdog: Watchdog,
    _trash: Option<TempDir>,
    data_dir: PathBuf,
    version: String,
    port: u16,
    options: PgConnectOptions,
}

impl PrivateServer {
    /// Starts the server whose data live in `dir`, which is made the first time and stays.
    ///
    /// Root's server runs as the owner of the data, or `postgres`, or `nobody`; where that
    /// account cannot enter `dir`, the data are below /var/tmp, see [`PrivateServer::data_dir`].
    /// If a server of a killed program is still ending there, this waits for it up to 20 s.
    ///
    /// Fails with what to do about it: no PostgreSQL found, directory in use or made by another
    /// major version, and so on.
    pub async fn start(dir: &Path) -> Result<Self, PrivateServerError> {
        Self::start_with(dir, &[]).await
    }

    /// The same with these settings of PostgreSQL (`shared_buffers=4GB`), which win over those that it has else.
    pub async fn start_with(dir: &Path, settings: &[&str]) -> Result<Self, PrivateServerError> {
        Self::start_in(Site::lasting(dir)?, Keep::Data, settings).await
    }

    /// Removes what [`PrivateServer::start`] has kept for `dir`, and nothing else. Fails while a server is running there.
    pub async fn remove(dir: &Path) -> Result<(), PrivateServerError> {
        let site = Site::lasting(dir)?;
        let lock = site.lock().await?;
        site.remove(lock)
    }

    /// Starts an empty server for tests: without durability, in a temporary directory that goes
    /// when the program ends, however it ends. Fails as [`PrivateServer::start`] does.
    pub async fn throwaway() -> Result<Self, PrivateServerError> {
        Self::start_in(Site::throwaway()?, Keep::Nothing, &[]).await
    }

    /// The same, for tests with standbys: see [`PrivateServer::standby`].
    pub async fn replicated() -> Result<Self, PrivateServerError> {
        Self::start_in(Site::throwaway()?, Keep::Log, &[]).await
    }

    /// Starts a copy of this server, which must be a [replicated](PrivateServer::replicated) one or a standby itself,
    /// and which the copy follows by streaming replication. It is as fleeting.
    pub async fn standby(&self) -> Result<Self, PrivateServerError> {
        let site = Site::throwaway()?;
        let programs = Programs::find(&site.account)?;
        let lock = site.lock().await?;
        cluster::copy(&site, &programs, &self.options, &lock).await?;
        Self::launch(site, programs, &launch::settings(Keep::Log, &[]), &lock).await
    }

    async fn start_in(site: Site, keep: Keep, settings: &[&str]) -> Result<Self, PrivateServerError> {
        let programs = Programs::find(&site.account)?;
        let lock = site.lock().await?;
        cluster::prepare(&site, &programs, keep, &lock).await?;
        Self::launch(site, programs, &launch::settings(keep, settings), &lock).await
    }

    async fn launch(
        site: Site,
        programs: Programs,
        settings: &[&str],
        lock: &File,
    ) -> Result<Self, PrivateServerError> {
        let port = launch::free_port()?;
        let (watchdog, port) = launch::launch(&site, &programs, settings, lock, port).await?;
        Ok(Self {
            _watchdog: watchdog,
            options: launch::connect_options(&site, port),
            _trash: site.trash,
            data_dir: site.dir,
            version: programs.version,
            port,
        })
    }

    /// Options to connect as its superuser to the database `postgres`, over the socket.
    #[must_use]
    pub fn connect_options(&self) -> PgConnectOptions {
        self.options.clone()
    }

    /// The URL of a database over loopback, for people and for other programs.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Where the data and `postgres.log` really are.
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
