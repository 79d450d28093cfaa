//! Connections to the database, and its migration.
//!
//! The loader's queries are checked at run time, not at compile time: most of them are made from the catalogue or
//! name tables of the schema that a load fills, which exists only while it runs.

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection};

use crate::error::LoadError;

static MIGRATIONS: Migrator = sqlx::migrate!("../migrations");

/// A connection that shows in `pg_stat_activity` under this name, after the statements in `settings`.
pub(crate) async fn connect(
    options: &PgConnectOptions,
    name: &str,
    settings: &str,
) -> Result<PgConnection, LoadError> {
    let options = options.clone().application_name(name).disable_statement_logging();
    let mut connection =
        options.connect().await.map_err(LoadError::doing("cannot connect to the database"))?;
    execute(&mut connection, settings).await.map_err(LoadError::doing("setting up a connection"))?;
    // Ends a statement soon after its client has died. Not every server can (before 14, or outside Linux).
    let _unsupported = execute(&mut connection, "set client_connection_check_interval = '1s'").await;
    Ok(connection)
}

/// Runs one or more statements that are made by this program from its own list of tables and from the catalogue.
pub(crate) async fn execute(connection: &mut PgConnection, sql: impl Into<String>) -> sqlx::Result<()> {
    sqlx::raw_sql(AssertSqlSafe(sql.into())).execute(connection).await.map(|_| ())
}

/// Brings the schema up to date. Fails on a database that is newer than this program.
pub(crate) async fn migrate(connection: &mut PgConnection) -> Result<(), LoadError> {
    MIGRATIONS.run(connection).await.map_err(|error| match error {
        MigrateError::VersionMissing(version) => LoadError::NewerDatabase(version),
        other => LoadError::Migrate(other),
    })
}

/// About as many products as the documents are made and compared for in one statement.
const RANGE_PRODUCTS: i64 = 5_000;

/// Ranges of ids, from the smallest possible to the largest, with some thousands of the `products` that the
/// connection sees in each; and how many products there are in all. Ids need not lie close together.
pub(crate) async fn product_ranges(connection: &mut PgConnection) -> sqlx::Result<(Vec<(i64, i64)>, u64)> {
    let numbered: Vec<(i64, i64)> = sqlx::query_as(
        "select id, number
         from (select id, row_number() over (order by id) as number, count(*) over () as last from products) numbered
         where number % $1 = 0 or number = last
         order by id",
    )
    .bind(RANGE_PRODUCTS)
    .fetch_all(connection)
    .await?;
    let products = numbered.last().map_or(0, |(_, number)| number.unsigned_abs());
    let mut ranges = Vec::with_capacity(numbered.len());
    let mut low = i64::MIN;
    for (index, &(id, _)) in numbered.iter().enumerate() {
        let high = if index + 1 == numbered.len() { i64::MAX } else { id };
        ranges.push((low, high));
        low = id.saturating_add(1);
    }
    if ranges.is_empty() {
        ranges.push((i64::MIN, i64::MAX));
    }
    Ok((ranges, products))
}
