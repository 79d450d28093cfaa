//! Applies migrations while programs use the database.

use std::fmt;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migration};
use sqlx::{AssertSqlSafe, Executor as _, PgConnection};
use tokio::time::sleep;

use crate::{MIGRATOR, SchemaError, check, newest};

/// How long a migration waits for a lock: everyone else who needs the table waits behind it. It is shorter than
/// PostgreSQL's `deadlock_timeout` of one second, so that in a deadlock the migration is the one that ends.
const LOCK_TIMEOUT: &str = "900ms";
/// The backoff between two attempts, in which others get their locks.
const BACKOFF: Duration = Duration::from_secs(1);
/// How often the lock of another migration is tried.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// The SQLSTATE of a lock timeout.
const LOCK_NOT_AVAILABLE: &str = "55P03";
/// The SQLSTATE of a deadlock.
const DEADLOCK_DETECTED: &str = "40P01";

/// Gets a message for people when a migration waits.
pub type Report<'a> = &'a (dyn Fn(&str) + Send + Sync);

/// The state of a database after [`run`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Migrated {
    /// It is at the program's version, this one.
    ToVersion(i64),
    /// It already was at this newer version, on which the program works.
    AlreadyNewer(i64),
}

impl fmt::Display for Migrated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ToVersion(version) => write!(f, "The database is at version {version}."),
            Self::AlreadyNewer(version) => write!(
                f,
                "The database is at version {version}. This program knows {}, and works with it: nothing to do.",
                newest()
            ),
        }
    }
}

/// Why a database could not be migrated.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// Its schema is newer, and this program does not work on it; or its version can't be read.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// A migration failed, and was rolled back. Those before it are applied.
    #[error("migration {version} failed and was rolled back; remove the cause, and migrate again")]
    RolledBack {
        /// The migration.
        version: i64,
        /// The cause.
        source: sqlx::Error,
    },
    /// A migration failed that can't run in a transaction.
    #[error(
        "migration {version} failed half-way; remove the cause, drop the invalid index that it may have left, and migrate again"
    )]
    HalfWay {
        /// The migration.
        version: i64,
        /// The cause.
        source: sqlx::Error,
    },
    /// The database does not fit the migrations of this program, or a statement between them failed.
    #[error("the database could not be migrated")]
    Failed(#[from] MigrateError),
}

impl From<sqlx::Error> for MigrationError {
    fn from(err: sqlx::Error) -> Self {
        Self::Failed(err.into())
    }
}

/// Migrates a database to this program's version. A newer database is left as it is, and an error if the program does not
/// work on it. Concurrent migrations wait for each other. There is no timeout but for locks, which are tried again: an index
/// over millions of rows takes its time. `report` gets a message when the migration waits.
pub async fn run(connection: &mut PgConnection, report: Report<'_>) -> Result<Migrated, MigrationError> {
    lock(connection, report).await?;
    let lock_timeout: String = sqlx::query_scalar("show lock_timeout").fetch_one(&mut *connection).await?;
    let migrated = migrate(connection, report).await;
    set_lock_timeout(connection, &lock_timeout).await?;
    connection.execute("select pg_advisory_unlock(hashtextextended('atelier migrations', 0))").await?;
    migrated
}

/// Applies the migrations that the database lacks, one after the other.
async fn migrate(connection: &mut PgConnection, report: Report<'_>) -> Result<Migrated, MigrationError> {
    let found = match check(connection).await {
        Ok(version) if version > newest() => return Ok(Migrated::AlreadyNewer(version)),
        Ok(found) | Err(SchemaError::Older { found, .. }) => found,
        Err(err) => return Err(err.into()),
    };
    // Also the last one that is applied: sqlx then compares those up to it with the ones of this program.
    for migration in MIGRATOR.iter().filter(|migration| migration.version >= found) {
        apply(connection, migration, report).await?;
    }
    Ok(Migrated::ToVersion(newest()))
}

/// Takes the lock that allows one migration at a time. sqlx takes another one, which all versions of this program wait
/// for. But a query that waits for a lock has a snapshot, and `create index concurrently` waits for all snapshots.
async fn lock(connection: &mut PgConnection, report: Report<'_>) -> sqlx::Result<()> {
    let mut is_reported = false;
    while !sqlx::query_scalar("select pg_try_advisory_lock(hashtextextended('atelier migrations', 0))")
        .fetch_one(&mut *connection)
        .await?
    {
        if !is_reported {
            report("waiting for another migration");
            is_reported = true;
        }
        sleep(POLL_INTERVAL).await;
    }
    Ok(())
}

/// Applies a migration, unless it is applied already.
async fn apply(
    connection: &mut PgConnection,
    migration: &Migration,
    report: Report<'_>,
) -> Result<(), MigrationError> {
    let version = migration.version;
    // An index that is built concurrently waits for others, but nobody waits for it.
    set_lock_timeout(connection, if migration.no_tx { "0" } else { LOCK_TIMEOUT }).await?;
    loop {
        // What `run_to` calls, whose future is not Send.
        match MIGRATOR.run_direct(Some(version), connection, false).await {
            Err(MigrateError::ExecuteMigration(source, _)) if migration.no_tx => {
                return Err(MigrationError::HalfWay { version, source });
            }
            Err(err) if is_retryable(&err) => {
                report(&format!("migration {version} waits for other transactions to release their locks"));
                sleep(BACKOFF).await;
            }
            Err(MigrateError::ExecuteMigration(source, _)) => {
                return Err(MigrationError::RolledBack { version, source });
            }
            result => return Ok(result?),
        }
    }
}

async fn set_lock_timeout(connection: &mut PgConnection, timeout: &str) -> sqlx::Result<()> {
    connection.execute(AssertSqlSafe(format!("set lock_timeout = '{timeout}'"))).await.map(drop)
}

fn is_retryable(err: &MigrateError) -> bool {
    let (MigrateError::ExecuteMigration(err, _) | MigrateError::Execute(err)) = err else { return false };
    is_lock_conflict(err)
}

/// Whether a change of the schema was undone because of a lock, so that it can be tried again.
#[must_use]
pub fn is_lock_conflict(err: &sqlx::Error) -> bool {
    let code = err.as_database_error().and_then(sqlx::error::DatabaseError::code);
    matches!(code.as_deref(), Some(LOCK_NOT_AVAILABLE | DEADLOCK_DETECTED))
}
