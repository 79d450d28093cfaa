//! Migrations: applied by `atelier migrate` and the loader, only checked by `atelier serve`.

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{PgConnection, Row as _};

/// All migrations, embedded.
pub static MIGRATOR: Migrator = sqlx::migrate!();

/// Why this program can't work on a database.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// Older than the program, or empty.
    #[error(
        "the database is not migrated: it is at version {found}, this program needs {needed}; run `atelier migrate`"
    )]
    Older {
        /// The newest version applied, 0 for none.
        found: i64,
        /// The newest version this program knows.
        needed: i64,
    },
    /// Migrated by a newer program.
    #[error(
        "the database is at version {found}, newer than this program, which knows {known}: run a newer `atelier`"
    )]
    Newer {
        /// The newest version applied.
        found: i64,
        /// The newest version this program knows.
        known: i64,
    },
    /// A migration began and did not end.
    #[error("migration {0} of the database failed half-way; see the log of `atelier migrate`")]
    Failed(i64),
    /// The version can't be read.
    #[error("the version of the database can't be read")]
    Unreadable(#[from] sqlx::Error),
}

/// Migrates a database to this program's version, which is returned. Concurrent migrations wait for each other. A newer
/// database is an error. There is no timeout: an index over millions of rows takes its time.
pub async fn run(connection: &mut PgConnection) -> Result<i64, MigrationError> {
    if let Err(err @ SchemaError::Newer { .. }) = check(connection).await {
        return Err(err.into());
    }
    MIGRATOR.run(connection).await?;
    Ok(newest())
}

/// Why a database could not be migrated.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// It is newer than this program.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// A migration failed, and was rolled back.
    #[error("the database could not be migrated")]
    Failed(#[from] MigrateError),
}

/// The newest version that this program knows.
fn newest() -> i64 {
    MIGRATOR.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// Whether the database has exactly the schema of this program.
pub async fn check(connection: &mut PgConnection) -> Result<(), SchemaError> {
    let needed = newest();
    // Not checked at compile time: the table belongs to sqlx, and there is none before the first migration.
    let row =
        sqlx::query("select max(version) as version, bool_and(success) as success from _sqlx_migrations")
            .fetch_one(connection)
            .await;
    let (found, success) = match row {
        Ok(row) => (row.try_get::<Option<i64>, _>("version")?.unwrap_or(0), row.try_get("success")?),
        Err(sqlx::Error::Database(err)) if err.code().as_deref() == Some("42P01") => (0, None),
        Err(err) => return Err(err.into()),
    };
    match found {
        _ if success == Some(false) => Err(SchemaError::Failed(found)),
        found if found < needed => Err(SchemaError::Older { found, needed }),
        found if found > needed => Err(SchemaError::Newer { found, known: needed }),
        _ => Ok(()),
    }
}
