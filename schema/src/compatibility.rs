//! Whether this program works on the schema of a database.

use sqlx::{PgConnection, Row as _};

use crate::newest;

/// The SQLSTATE of a table that does not exist.
const UNDEFINED_TABLE: &str = "42P01";

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
    /// Migrated by a newer program, to a schema on which this one does not work.
    #[error(
        "the database is at version {found}, which needs a program that knows at least {oldest_program}; this one knows \
         {known}: run a newer `atelier`"
    )]
    Newer {
        /// The newest version applied.
        found: i64,
        /// The newest version that a program must know at least.
        oldest_program: i64,
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

/// Whether this program works on the schema of the database: it is the one that the program knows, or a newer one that is
/// compatible. Returns its version.
pub async fn check(connection: &mut PgConnection) -> Result<i64, SchemaError> {
    let known = newest();
    match version(connection).await? {
        found if found < known => Err(SchemaError::Older { found, needed: known }),
        found if found > known => match oldest_program(connection).await? {
            oldest_program if oldest_program > known => {
                Err(SchemaError::Newer { found, oldest_program, known })
            }
            _ => Ok(found),
        },
        found => Ok(found),
    }
}

/// The newest version applied, 0 for none.
async fn version(connection: &mut PgConnection) -> Result<i64, SchemaError> {
    // Not checked at compile time: the table belongs to sqlx, and there is none before the first migration.
    let row =
        sqlx::query("select max(version) as version, bool_and(success) as success from _sqlx_migrations")
            .fetch_one(connection)
            .await;
    let row = match row {
        Err(sqlx::Error::Database(err)) if err.code().as_deref() == Some(UNDEFINED_TABLE) => return Ok(0),
        row => row?,
    };
    let version = row.try_get::<Option<i64>, _>("version")?.unwrap_or(0);
    match row.try_get::<Option<bool>, _>("success")? {
        Some(false) => Err(SchemaError::Failed(version)),
        _ => Ok(version),
    }
}

/// The oldest program that works on the schema, which is newer than this program.
async fn oldest_program(connection: &mut PgConnection) -> Result<i64, SchemaError> {
    // Not checked at compile time: only a schema that this program does not know is asked.
    let oldest =
        sqlx::query_scalar("select oldest_program from schema_compatibility").fetch_one(connection).await;
    Ok(oldest?)
}
