//! How a connection to PostgreSQL is made, and whether the server fits this program.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _, PgConnection};
use tokio::time::timeout;

use super::migrations::{self, SchemaError};

/// A PostgreSQL database, and the only way to a connection: none lacks a timeout, and none leads to a schema that this
/// program does not fit.
#[derive(Clone)]
pub struct Database {
    options: Arc<PgConnectOptions>,
    timeout: Duration,
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
    /// The primary at `options`; `timeout` limits connecting, and each statement.
    #[must_use]
    pub fn primary(options: &PgConnectOptions, timeout: Duration) -> Self {
        let options = options.clone().application_name("atelier").disable_statement_logging();
        Self { options: Arc::new(options), timeout, session: SessionKind::Primary }
    }

    /// A standby at `options`, which only takes reads. It may be promoted later.
    #[must_use]
    pub fn standby(options: &PgConnectOptions, timeout: Duration) -> Self {
        Self { session: SessionKind::Any, ..Self::primary(options, timeout) }
    }

    /// How long connecting, and each statement, may take.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.timeout
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
        timeout(self.timeout, connecting).await.unwrap_or(Err(ConnectError::TimedOut(self.timeout)))
    }

    /// A pool of one connection, not opened yet: what sqlx's listener takes.
    #[must_use]
    pub fn pool_of_one(&self) -> PgPool {
        let options = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
        options.acquire_timeout(self.timeout).connect_lazy_with((*self.options).clone())
    }

    async fn connect_unchecked(&self) -> sqlx::Result<PgConnection> {
        let mut connection = self.options.connect().await?;
        // The server cancels a statement that this process has given up. Set by SET, since poolers refuse it as a
        // start-up option; not by a prepared query, since SET takes no parameters.
        //
        // Each statement is planned once. By default PostgreSQL plans queries with array parameters each time: it
        // estimates a plan for one element as cheaper than the generic plan. For a page of reviews, planning took four
        // times as long as reading.
        let statement = format!(
            "set statement_timeout = {}; set plan_cache_mode = force_generic_plan",
            self.timeout.as_millis()
        );
        connection.execute(AssertSqlSafe(statement)).await?;
        Ok(connection)
    }
}

async fn is_in_recovery(connection: &mut PgConnection) -> sqlx::Result<bool> {
    sqlx::query_scalar!(r#"select pg_is_in_recovery() as "is_in_recovery!""#).fetch_one(connection).await
}
