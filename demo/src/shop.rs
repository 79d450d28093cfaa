//! The demo's database.

use std::error::Error;

use loader::fill::{FillOptions, FillSource, fill};
use loader::progress::Progress;
use private_postgres::PrivateServer;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Executor as _};

/// The name of the database.
pub(crate) const DATABASE: &str = "atelier";

/// Options to connect to the database.
pub(crate) fn database(postgres: &PrivateServer) -> PgConnectOptions {
    postgres.connect_options().database(DATABASE)
}

/// Creates the database if it is missing, and generates a shop if the database has no products. Returns the number of
/// products.
pub(crate) async fn create(postgres: &PrivateServer, products: u64) -> Result<u64, Box<dyn Error>> {
    create_database(&postgres.connect_options()).await?;
    let options = FillOptions {
        database: database(postgres),
        source: FillSource::Generated { products },
        work: postgres.data_dir().to_owned(),
    };
    Ok(fill(&options, &Progress::to_stderr()).await?.products())
}

async fn create_database(options: &PgConnectOptions) -> sqlx::Result<()> {
    let mut connection = options.connect().await?;
    // Not checked at compile time: the query runs outside of Atelier's own database.
    let existing = sqlx::query("select from pg_database where datname = $1").bind(DATABASE);
    if existing.fetch_optional(&mut connection).await?.is_none() {
        connection.execute("create database atelier").await?;
    }
    Ok(())
}
