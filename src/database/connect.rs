//! How a connection to PostgreSQL is made, and whether the server fits this program.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _, PgConnection};
use tokio::time::timeout;

use super::migrations::{self, SchemaError};
use super::timeouts::Timeouts;

/// TCP keepalives of the server: seconds until the first and between two, and how many stay unanswered at most.
const KEEPALIVE_S: u128 = 5;
const KEEPALIVES: u128 = 3;

/// A PostgreSQL database, and the only way to a connection: none lacks a timeout, and none leads to a schema that this
/// program does not fit.
#[derive(Clone)]
pub struct Database {
    options: Arc<PgConnectOptions>,
    timeouts: Timeouts,
    session: SessionKind,
}

/// Which servers are accepted, as libpq's `target_session_attrs` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SessionKind {
    /// One that takes writes.
    Primary,
    /// Any: a standby, or what it was promoted to.
    Any,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The server could not be reached, or refused the connection.
    #[error("the database can't be reached")]
    Unreachable(#[from] sqlx::Error),
    /// The server did not answer in time.
    #[error("the database did not answer within {} ms", .0.as_millis())]
    TimedOut(Duration),
    /// The server is read-only.
    #[error("the database is a standby that is not promoted")]
    ReadOnly,
    /// The server does not hold this program's schema.
    #[error(transparent)]
    Schema(#[from] SchemaError),
}

impl Database {
    /// The primary at `options`, for reads; `timeout` limits connecting, and each job.
    #[must_use]
    pub fn primary(options: &PgConnectOptions, timeout: Duration) -> Self {
        let options = options.clone().application_name("atelier").disable_statement_logging();
        let timeouts = Timeouts::reads(timeout);
        Self { options: Arc::new(options), timeouts, session: SessionKind::Primary }
    }

    /// The same database for writes.
    #[must_use]
    pub fn for_writes(&self) -> Self {
        Self { timeouts: Timeouts::writes(self.timeouts.total), ..self.clone() }
    }

    /// A standby at `options`, which only takes reads. It may be promoted later.
    #[must_use]
    pub fn standby(options: &PgConnectOptions, timeout: Duration) -> Self {
        Self { session: SessionKind::Any, ..Self::primary(options, timeout) }
    }

    /// How long connecting, and each job, may take.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.timeouts.total
    }

    /// How long the parts of a job may take.
    pub(super) fn timeouts(&self) -> Timeouts {
        self.timeouts
    }

    /// Host and port, for people: no user, and no password.
    pub(super) fn name(&self) -> String {
        let (host, port) = (self.options.get_host(), self.options.get_port());
        match self.options.get_socket() {
            Some(dir) => format!("{}:{port}", dir.display()),
            None => format!("{host}:{port}"),
        }
    }

    /// A new connection to a server of the right kind that holds this program's schema.
    pub async fn connect(&self) -> Result<PgConnection, ConnectError> {
        let connecting = async {
            let mut connection = self.connect_unchecked().await?;
            // During a failover, the name of the primary may lead to a standby that is not promoted yet.
            if self.session == SessionKind::Primary && is_in_recovery(&mut connection).await? {
                return Err(ConnectError::ReadOnly);
            }
            migrations::check(&mut connection).await?;
            Ok(connection)
        };
        let limit = self.timeouts.total;
        timeout(limit, connecting).await.unwrap_or(Err(ConnectError::TimedOut(limit)))
    }

    /// A pool of one connection, not opened yet: what sqlx's listener takes.
    #[must_use]
    pub fn pool_of_one(&self) -> PgPool {
        let options = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
        options.acquire_timeout(self.timeouts.total).connect_lazy_with((*self.options).clone())
    }

    async fn connect_unchecked(&self) -> sqlx::Result<PgConnection> {
        let mut connection = self.options.connect().await?;
        // Set by SET, since poolers refuse start-up options; not by a prepared query, since SET takes no parameters.
        let settings = [
            // The server cancels what this process gives up, and ends a transaction whose process is frozen.
            ("statement_timeout", self.timeouts.statement.as_millis()),
            ("lock_timeout", self.timeouts.lock.as_millis().max(1)),
            ("idle_in_transaction_session_timeout", self.timeouts.total.as_millis()),
            // It notices a process that its machine or a network has cut off, which may hold locks: after some seconds.
            ("tcp_keepalives_idle", KEEPALIVE_S),
            ("tcp_keepalives_interval", KEEPALIVE_S),
            ("tcp_keepalives_count", KEEPALIVES),
            ("tcp_user_timeout", KEEPALIVE_S * KEEPALIVES * 1000),
        ];
        let settings = settings.map(|(name, value)| format!("set {name} = {value};"));
        // Each statement is planned once. By default PostgreSQL plans queries with array parameters each time: it
        // estimates a plan for one element as cheaper than the generic plan. For a page of reviews, planning took four
        // times as long as reading.
        let statement = settings.concat() + "set plan_cache_mode = force_generic_plan";
        connection.execute(AssertSqlSafe(statement)).await?;
        Ok(connection)
    }
}

/// Sets how long statements of a connection wait for a lock.
pub(super) async fn set_lock_timeout(connection: &mut PgConnection, timeout: Duration) -> sqlx::Result<()> {
    let statement = format!("set lock_timeout = {}", timeout.as_millis().max(1));
    connection.execute(AssertSqlSafe(statement)).await.map(drop)
}

async fn is_in_recovery(connection: &mut PgConnection) -> sqlx::Result<bool> {
    sqlx::query_scalar!(r#"select pg_is_in_recovery() as "is_in_recovery!""#).fetch_one(connection).await
}
