//! PostgreSQL: a private server whose data survive its restarts.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Mutex as BlockingMutex;
use std::time::Duration;

use nix::sys::signal::Signal;
use private_postgres::{PrivateServer, PrivateServerError};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Executor as _, PgConnection};
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use super::process;
use super::proxy::Upstream;
use crate::Result;

/// A commit survives every crash of PostgreSQL, but not one of the machine, which no fault causes.
const SETTINGS: &[&str] =
    &["fsync=off", "synchronous_commit=on", "max_connections=100", "shared_buffers=64MB"];
/// The role of the replicas. They need 9 connections each, and one more while the listener connects.
const ROLE: &str = "create role atelier login connection limit 50";
/// How long the superuser waits for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Between two attempts to start while processes of a killed server are still ending.
const BACKOFF: Duration = Duration::from_millis(50);

/// A PostgreSQL server that can be stopped and started again.
pub(crate) struct Postgres {
    // Fields are dropped in this order: first the server, then its directory.
    server: Mutex<Option<PrivateServer>>,
    dir: TempDir,
    options: BlockingMutex<PgConnectOptions>,
    pub(super) upstream: Upstream,
}

impl Postgres {
    /// Starts a server with an empty database `atelier`, which the role `atelier` owns.
    pub(super) async fn start() -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("atelier-chaos-").tempdir_in("/tmp")?;
        // PostgreSQL runs as another account if this program runs as root.
        fs::set_permissions(dir.path(), Permissions::from_mode(0o755))?;
        let options = BlockingMutex::new(PgConnectOptions::new_without_pgpass());
        let postgres = Self { server: Mutex::default(), dir, options, upstream: Upstream::default() };
        postgres.start_server(&mut *postgres.server.lock().await).await?;
        let mut sql = postgres.options().database("postgres").connect().await?;
        sql.execute(ROLE).await?;
        sql.execute("create database atelier owner atelier").await?;
        Ok(postgres)
    }

    /// Connects as the superuser.
    pub(crate) async fn connect(&self) -> sqlx::Result<PgConnection> {
        Self::connect_with(self.options()).await
    }

    /// Connects as the service's role.
    pub(crate) async fn connect_as_service(&self) -> sqlx::Result<PgConnection> {
        Self::connect_with(self.options().username("atelier")).await
    }

    async fn connect_with(options: PgConnectOptions) -> sqlx::Result<PgConnection> {
        timeout(CONNECT_TIMEOUT, options.connect()).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
    }

    /// The right to stop and start the server; None while another fault has it.
    pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, Option<PrivateServer>>> {
        self.server.try_lock().ok()
    }

    /// Stops the server: its clients are disconnected at once.
    pub(crate) async fn stop_server(&self, server: &mut Option<PrivateServer>) {
        if let Some(server) = server.take() {
            // It waits until the server has ended.
            let _ = spawn_blocking(move || drop(server)).await;
        }
    }

    /// Kills the server; its data need recovery then.
    pub(crate) async fn kill_server(&self, server: &mut Option<PrivateServer>) {
        if let Some(pid) = self.postmaster() {
            process::send(pid, Signal::SIGKILL);
        }
        self.stop_server(server).await;
    }

    /// Starts the server, and waits until it accepts connections.
    pub(crate) async fn start_server(&self, server: &mut Option<PrivateServer>) -> Result<()> {
        let started = loop {
            match PrivateServer::start_with(&self.dir.path().join("postgres"), SETTINGS).await {
                Err(PrivateServerError::InUse { .. }) => sleep(BACKOFF).await,
                started => break started?,
            }
        };
        let options = started.connect_options();
        let sockets = options.get_socket().ok_or("PostgreSQL has no socket")?;
        *self.upstream.lock().expect(UNPOISONED) = sockets.join(format!(".s.PGSQL.{}", options.get_port()));
        *self.options.lock().expect(UNPOISONED) = options.database("atelier").disable_statement_logging();
        *server = Some(started);
        Ok(())
    }

    /// Sends a signal to all processes of the server.
    pub(crate) fn signal_all(&self, signal: Signal) {
        let Some(postmaster) = self.postmaster() else { return };
        // The postmaster first, so that it starts no other process.
        process::send(postmaster, signal);
        for pid in process::children(postmaster) {
            process::send(pid, signal);
        }
    }

    /// Kills the process of one connection. PostgreSQL then restarts all of its processes.
    pub(crate) fn kill_backend(pid: i32) {
        process::send(pid.unsigned_abs(), Signal::SIGKILL);
    }

    fn postmaster(&self) -> Option<u32> {
        let text = fs::read_to_string(self.pid_file()).ok()?;
        text.lines().next()?.parse().ok()
    }

    fn pid_file(&self) -> PathBuf {
        self.upstream.lock().expect(UNPOISONED).with_file_name("postmaster.pid")
    }

    fn options(&self) -> PgConnectOptions {
        self.options.lock().expect(UNPOISONED).clone()
    }
}

const UNPOISONED: &str = "nothing that holds the lock can panic";
