//! PostgreSQL: how it is reached, whether it fits this program, and how it is read from.
//!
//! Knows no feature: what is read, and how it becomes an answer, is theirs to say.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _, PgConnection};
use tokio::time::timeout;

pub mod batches;
pub mod connections;
pub mod creation;
pub mod expiry;
pub mod heartbeat;
pub mod metrics;
pub mod migrations;
pub mod position;
pub mod reads;
pub mod standbys;

/// What a connection is made with: the only way to one, so that none is without a time limit, and none leads to a
/// database that this program doesn't fit.
#[derive(Clone)]
pub struct Database {
    options: Arc<PgConnectOptions>,
    limit: Duration,
    role: Role,
}

/// What a server must be to be of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// One that can be written to.
    Primary,
    /// Any: a standby, or what became of it.
    Any,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The server could not be reached, or refused.
    #[error("the database can't be reached")]
    Unreachable(#[from] sqlx::Error),
    /// The server did not answer in time.
    #[error("the database did not answer within {} ms", .0.as_millis())]
    TimedOut(Duration),
    /// The server is there, but can't be written to.
    #[error("the database is a standby, which nobody has promoted yet")]
    Standby,
    /// What is set on a connection is lost: there are others behind it.
    #[error(
        "a pooler shares the connection that is to hear of changes: set database_listen_url to the server behind it"
    )]
    Shared,
    /// The listener is connected, and receives nothing of what the primary sends.
    #[error(
        "notifications that the primary has sent do not arrive; does database_listen_url lead to another database, or to a pooler?"
    )]
    Silent,
    /// The server is there, but does not hold this program's schema.
    #[error(transparent)]
    Schema(#[from] migrations::SchemaError),
}

impl Database {
    /// The database at `options`; `limit` is how long connecting, and each statement, may take.
    #[must_use]
    pub fn new(options: &PgConnectOptions, limit: Duration) -> Self {
        let options = options.clone().application_name("atelier").disable_statement_logging();
        Self { options: Arc::new(options), limit, role: Role::Primary }
    }

    /// The same, where a standby will do: for reads alone.
    #[must_use]
    pub fn standby(options: &PgConnectOptions, limit: Duration) -> Self {
        Self { role: Role::Any, ..Self::new(options, limit) }
    }

    /// What is connected with.
    pub(super) fn options(&self) -> &PgConnectOptions {
        &self.options
    }

    /// How long a statement may take.
    #[must_use]
    pub fn limit(&self) -> Duration {
        self.limit
    }

    /// A new connection to a database that has the schema of this program, and its role.
    pub async fn connect(&self) -> Result<PgConnection, ConnectError> {
        let connecting = async {
            let mut connection = self.connect_unchecked().await?;
            // During a promotion, the name of the primary may lead to one that is not promoted yet.
            if self.role == Role::Primary && is_in_recovery(&mut connection).await? {
                return Err(ConnectError::Standby);
            }
            migrations::check(&mut connection).await?;
            Ok(connection)
        };
        timeout(self.limit, connecting).await.unwrap_or(Err(ConnectError::TimedOut(self.limit)))
    }

    /// A pool of one connection, not made yet: what sqlx's listener wants.
    #[must_use]
    pub fn single(&self) -> PgPool {
        let options = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
        options.acquire_timeout(self.limit).connect_lazy_with((*self.options).clone())
    }

    /// A new connection, whatever the database holds.
    pub async fn connect_unchecked(&self) -> sqlx::Result<PgConnection> {
        let mut connection = self.options.connect().await?;
        // The server ends a statement that we have given up, so that none runs on unseen. Said by SET, since
        // poolers refuse it as a start-up option. Not a prepared query: SET takes no parameters.
        //
        // Each statement is planned once. Left to itself, PostgreSQL plans anew what has arrays for parameters, since it
        // takes a plan made for one element to be cheaper than one made for any number: for a page of reviews that took
        // four times as long as reading it.
        let statement = format!(
            "set statement_timeout = {}; set plan_cache_mode = force_generic_plan",
            self.limit.as_millis()
        );
        connection.execute(AssertSqlSafe(statement)).await?;
        Ok(connection)
    }
}

async fn is_in_recovery(connection: &mut PgConnection) -> sqlx::Result<bool> {
    sqlx::query_scalar!(r#"select pg_is_in_recovery() as "is_in_recovery!""#).fetch_one(connection).await
}

/// The number, or the largest that PostgreSQL has: nothing lies behind either.
#[must_use]
pub fn bigint(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
