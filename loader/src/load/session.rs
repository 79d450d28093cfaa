//! The one load that a database has at a time: its lock, its connections, and what a dead one has left behind.

use std::time::Duration;

use sqlx::PgConnection;
use sqlx::postgres::PgConnectOptions;

use crate::database::{connect, execute};
use crate::error::LoadError;

/// The schema that holds the new tables until they take the place of the old.
pub(super) const STAGING: &str = "loading";

const CONTROL_NAME: &str = "atelier loader";
/// The name under which connections show that do the work.
pub(super) const WORKER_NAME: &str = "atelier loader worker";

/// How long a lock that a dead loader held may outlive it.
const LOCK_PATIENCE: Duration = Duration::from_millis(500);
/// How long a dead loader's backends may take to end.
const END_PATIENCE: Duration = Duration::from_secs(30);
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Settings of all connections: a role's own limits are meant for requests.
const SETTINGS: &str = "
    set search_path = public;
    set client_min_messages = warning;
    set statement_timeout = 0;
    set lock_timeout = 0;
    set idle_in_transaction_session_timeout = 0;
    set jit = off";

/// Settings of the connections that fill the new tables. What they commit is worth nothing before the swap, whose own
/// commit is waited for and comes after them in the log. Memory is for one sort or join a connection: a server with
/// 1 GB has that. The ranges of the read model are read by key, in order.
const WORKER_SETTINGS: &str = "
    set search_path = loading, public;
    set synchronous_commit = off;
    set maintenance_work_mem = '192MB';
    set work_mem = '64MB';
    set enable_bitmapscan = off";

/// A load's hold on the database. Ends when it is dropped, or with the process.
#[derive(Debug)]
pub(super) struct Session {
    /// Holds the lock, and sees the tables that are served.
    pub(super) control: PgConnection,
    pub(super) workers: Workers,
}

/// Makes the connections that do the work.
#[derive(Clone, Debug)]
pub(super) struct Workers(PgConnectOptions);

impl Session {
    /// Fails if another load into the same database is running.
    pub(super) async fn open(options: &PgConnectOptions) -> Result<Self, LoadError> {
        let mut control = connect(options, CONTROL_NAME, SETTINGS).await?;
        let mut waited = Duration::ZERO;
        while !sqlx::query_scalar("select pg_try_advisory_lock(hashtextextended('atelier loader', 0))")
            .fetch_one(&mut control)
            .await
            .map_err(LoadError::doing("locking"))?
        {
            if waited >= LOCK_PATIENCE {
                return Err(LoadError::Busy);
            }
            waited += POLL_INTERVAL;
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        Ok(Self { control, workers: Workers(options.clone()) })
    }

    /// Ends the backends of a load that is over, and removes what it had made.
    pub(super) async fn clear(&mut self) -> Result<(), LoadError> {
        let doing = || LoadError::doing("removing what an earlier load has left");
        let mut waited = Duration::ZERO;
        while end_workers(&mut self.control).await.map_err(doing())? > 0 && waited < END_PATIENCE {
            waited += POLL_INTERVAL;
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        execute(&mut self.control, format!("drop schema if exists {STAGING} cascade")).await.map_err(doing())
    }
}

impl Workers {
    /// A connection that fills the new tables, which it sees before the old.
    pub(super) async fn filler(&self) -> Result<PgConnection, LoadError> {
        connect(&self.0, WORKER_NAME, &[SETTINGS, WORKER_SETTINGS].join(";")).await
    }

    /// A connection that sees the tables that are served.
    pub(super) async fn swapper(&self) -> Result<PgConnection, LoadError> {
        connect(&self.0, WORKER_NAME, SETTINGS).await
    }
}

/// Tells the backends of dead loaders to end; how many are left.
async fn end_workers(control: &mut PgConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar(
        "select count(pg_terminate_backend(pid))
         from pg_stat_activity
         where application_name = $1 and datname = current_database() and usename = current_user",
    )
    .bind(WORKER_NAME)
    .fetch_one(control)
    .await
}
