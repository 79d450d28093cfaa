//! `atelier demo`: all of Atelier with one command, over a PostgreSQL of its own and a shop that is made up.

use std::error::Error;
use std::path::PathBuf;

use private_postgres::PrivateServer;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Executor as _};

use crate::config::Settings;
use crate::database::migrations;
use crate::fill;
use crate::products;
use crate::serve::Server;

const DATABASE: &str = "atelier";

/// What is worth trying, service by service; the address stands for `/…`.
const TRY: [&str; 9] = [
    "'/…/products/1'",
    "'/…/products/1/styles'",
    "'/…/products?page=2&count=3'",
    "'/…/qa/questions?product_id=1'",
    "-i -X PUT '/…/qa/questions/1/helpful'",
    "'/…/reviews?product_id=2&sort=newest&count=2'",
    "'/…/reviews/meta?product_id=2'",
    r#"-b cart.txt -c cart.txt -H 'content-type: application/json' -d '{"sku_id":37}' '/…/cart'"#,
    "-b cart.txt '/…/cart'",
];

/// What shop to make, and where.
#[derive(clap::Args)]
pub struct Options {
    /// Where the demo's data are kept
    #[arg(long, value_name = "DIR", default_value = ".atelier")]
    dir: PathBuf,
    /// How many products the shop has when it is made; data that are there stay as they are
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    products: u64,
    /// Remove the demo's data, and serve nothing
    #[arg(long)]
    remove: bool,
}

/// Serves the demo until the process is asked to stop; or removes its data.
pub async fn run(settings: Settings, options: &Options) -> Result<(), Box<dyn Error>> {
    if options.remove {
        PrivateServer::remove(&options.dir).await?;
        println!("The demo's data are removed.");
        if options.dir.exists() {
            println!("What else is in {} is left as it is.", options.dir.display());
        }
        return Ok(());
    }
    // First of all, so that a port that is taken is told before minutes of work.
    let server = Server::bind(settings).await?;
    let postgres = PrivateServer::start(&options.dir).await?;
    let database = postgres.connect_options().database(DATABASE);
    create(&postgres.connect_options()).await?;
    let mut connection = database.connect().await?;
    migrations::run(&mut connection).await?;
    if products::count(&mut connection).await? == 0 {
        fill::make_up(&database, postgres.data_dir(), options.products).await?;
    }
    let products = products::count(&mut connection).await?;
    drop(connection);

    let (version, data) = (postgres.version(), postgres.data_dir().display());
    println!("Atelier over PostgreSQL {version}, with {products} products; the data are kept in {data}\n");
    println!("  the API     http://{}, described at /docs", server.address());
    println!("  psql        {}", postgres.url(DATABASE));
    println!("\nTry, from another terminal:\n");
    for arguments in TRY {
        println!("  curl {}", arguments.replace("/…", &format!("http://{}", server.address())));
    }
    println!("\nCtrl-C ends it; the next start has the same shop.\n");
    server.run(&database).await?;
    Ok(())
}

async fn create(options: &PgConnectOptions) -> sqlx::Result<()> {
    let mut connection = options.connect().await?;
    // Not checked at compile time: it is asked outside of our own database.
    let known = sqlx::query("select from pg_database where datname = $1").bind(DATABASE);
    if known.fetch_optional(&mut connection).await?.is_none() {
        connection.execute("create database atelier").await?;
    }
    Ok(())
}
