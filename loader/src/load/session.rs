//! The session of a load: the lock that allows one load at a time, the connections, and the removal of what a killed
//! load has left.

use std::time::Duration;

use sqlx::PgConnection;
use sqlx::postgres::PgConnectOptions;

use super::error::LoadError;
use crate::database::{DatabaseError, connect, execute};

/// The staging schema: it holds the new tables until the swap.
pub(super) const STAGING: &str = "loading";

/// The `application_name` of the control connection.
const CONTROL_NAME: &str = "atelier loader";
/// The `application_name` of all other connections.
pub(super) const WORKER_NAME: &str = "atelier loader worker";

/// How long to wait for the lock, which PostgreSQL may release late after a load was killed.
const LOCK_TIMEOUT: Duration = Duration::from_millis(500);
/// How long to wait for the server processes of a killed load to end.
const TERMINATION_TIMEOUT: Duration = Duration::from_secs(30);
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// The settings of all connections. They override timeouts of the role, which are meant for requests.
const SETTINGS: &str = "
    set search_path = public;
    set client_min_messages = warning;
    set statement_timeout = 0;
    set lock_timeout = 0;
    set idle_in_transaction_session_timeout = 0;
    set jit = off";

/// The settings of the connections that fill the new tables. Their commits need not be durable: the commit of the swap is,
/// and follows them in the write-ahead log. The memory is for one sort or join per connection, which a server with 1 GB
/// has. Without bitmap scans the ranges of the read model are read in the order of the key.
const WORKER_SETTINGS: &str = "
    set search_path = loading, public;
    set synchronous_commit = off;
    set maintenance_work_mem = '192MB';
    set work_mem = '64MB';
    set enable_bitmapscan = off";

/// Holds the lock until it is dropped, or until the process ends.
#[derive(Debug)]
pub(super) struct LoadSession {
    /// Holds the lock. Its search path is the schema of the live tables.
    pub(super) control: PgConnection,
    pub(super) workers: Workers,
}

/// Opens further connections.
#[derive(Clone, Debug)]
pub(super) struct Workers(PgConnectOptions);

impl LoadSession {
    /// Takes the lock. Fails if another load holds it.
    pub(super) async fn open(options: &PgConnectOptions) -> Result<Self, LoadError> {
        let mut control = connect(options, CONTROL_NAME, SETTINGS).await?;
        let mut waited = Duration::ZERO;
        while !sqlx::query_scalar("select pg_try_advisory_lock(hashtextextended('atelier loader', 0))")
            .fetch_one(&mut control)
            .await
            .map_err(DatabaseError::during("taking the lock"))?
        {
            if waited >= LOCK_TIMEOUT {
                return Err(LoadError::Busy);
            }
            waited += POLL_INTERVAL;
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        Ok(Self { control, workers: Workers(options.clone()) })
    }

    /// Terminates the connections of an earlier load, and drops its staging schema.
    pub(super) async fn clear(&mut self) -> Result<(), DatabaseError> {
        let during = || DatabaseError::during("removing what an earlier load has left");
        let mut waited = Duration::ZERO;
        while terminate_workers(&mut self.control).await.map_err(during())? > 0
            && waited < TERMINATION_TIMEOUT
        {
            waited += POLL_INTERVAL;
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        execute(&mut self.control, format!("drop schema if exists {STAGING} cascade")).await.map_err(during())
    }
}

impl Workers {
    /// A connection whose search path is the staging schema, then that of the live tables.
    pub(super) async fn connect_to_staging(&self) -> Result<PgConnection, DatabaseError> {
        connect(&self.0, WORKER_NAME, &[SETTINGS, WORKER_SETTINGS].join(";")).await
    }

    /// A connection whose search path is the schema of the live tables.
    pub(super) async fn connect_to_public(&self) -> Result<PgConnection, DatabaseError> {
        connect(&self.0, WORKER_NAME, SETTINGS).await
    }
}

/// Terminates the connections of killed loads. Returns how many there were.
async fn terminate_workers(control: &mut PgConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar(
        "select count(pg_terminate_backend(pid))
         from pg_stat_activity
         where application_name = $1 and datname = current_database() and usename = current_user",
    )
    .bind(WORKER_NAME)
    .fetch_one(control)
    .await
}
