//! Connections to the database, its migration, and the errors of both.
//!
//! The loader's queries are checked at run time, not at compile time: most of them are built from the catalogue or use
//! the schema that a load creates.

use std::iter::successors;

use schema::{Migrated, MigrationError, SchemaError};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection};
use thiserror::Error;

use crate::progress::Progress;

/// Why the database could not be used.
#[derive(Debug, Error)]
pub enum DatabaseError {
    /// A statement failed, or the connection.
    #[error("{action}: {}", message(source))]
    Statement {
        /// The purpose of the statement.
        action: String,
        /// The error.
        source: sqlx::Error,
    },
    /// The schema could not be migrated.
    #[error("{error}{}", cause(error))]
    Migrate {
        /// The error.
        error: MigrationError,
    },
    /// The schema was migrated by a later version of this program. It may have tables that this one does not fill, even
    /// where the service of this version works on it.
    #[error("the database is newer than this program: it does not know migration {0}")]
    Newer(i64),
}

impl DatabaseError {
    /// For `map_err`: adds the purpose of the statement that failed.
    pub(crate) fn during(action: impl Into<String>) -> impl FnOnce(sqlx::Error) -> Self {
        move |source| Self::Statement { action: action.into(), source }
    }
}

/// The message of an error, without the words that sqlx adds to the server's message.
pub(crate) fn message(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => error.message().to_owned(),
        other => other.to_string(),
    }
}

/// Opens a connection with this `application_name`, and runs the statements of `settings`.
pub(crate) async fn connect(
    options: &PgConnectOptions,
    application_name: &str,
    settings: &str,
) -> Result<PgConnection, DatabaseError> {
    let options = options.clone().application_name(application_name).disable_statement_logging();
    let mut connection =
        options.connect().await.map_err(DatabaseError::during("cannot connect to the database"))?;
    execute(&mut connection, settings).await.map_err(DatabaseError::during("setting up a connection"))?;
    // Cancels a statement soon after its client has died. Servers before version 14 or outside Linux do not support it.
    let _unsupported = execute(&mut connection, "set client_connection_check_interval = '1s'").await;
    Ok(connection)
}

/// Runs one or more statements. They are built from constants of this program and from the catalogue, never from input.
pub(crate) async fn execute(connection: &mut PgConnection, sql: impl Into<String>) -> sqlx::Result<()> {
    sqlx::raw_sql(AssertSqlSafe(sql.into())).execute(connection).await.map(|_| ())
}

/// Fails if the schema is not at this program's version.
pub(crate) async fn check_schema(connection: &mut PgConnection) -> Result<(), DatabaseError> {
    match schema::check(connection).await {
        Ok(version) if version > schema::newest() => Err(DatabaseError::Newer(version)),
        Ok(_) => Ok(()),
        Err(error) => Err(DatabaseError::Migrate { error: error.into() }),
    }
}

/// Migrates the schema to this program's version. Fails if the schema is newer.
pub(crate) async fn migrate(connection: &mut PgConnection, progress: &Progress) -> Result<(), DatabaseError> {
    match schema::run(connection, &|message| progress.print(message)).await {
        Ok(Migrated::ToVersion(_)) => Ok(()),
        Ok(Migrated::AlreadyNewer(version))
        | Err(MigrationError::Schema(SchemaError::Newer { found: version, .. })) => {
            Err(DatabaseError::Newer(version))
        }
        Err(error) => Err(DatabaseError::Migrate { error }),
    }
}

/// The cause of an error, after a colon.
fn cause(error: &MigrationError) -> String {
    let causes = || successors(std::error::Error::source(error), |cause| cause.source());
    let of_database = causes().find_map(|cause| cause.downcast_ref().map(message));
    let text = of_database.or_else(|| causes().next().map(ToString::to_string));
    text.map_or_else(String::new, |text| format!(": {text}"))
}
