//! `make demo`: Atelier in one command, with a private PostgreSQL and a generated shop.

mod options;
mod shop;

use std::error::Error;
use std::process::ExitCode;

use atelier::config::Settings;
use atelier::server::accept::Server;
use atelier::{app, telemetry};
use clap::Parser as _;
use private_postgres::PrivateServer;

use options::Options;
use shop::DATABASE;

/// Example requests for curl; `/…` stands for the server's URL.
const EXAMPLES: [&str; 9] = [
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

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let result = if options.remove { remove(&options).await } else { serve(&options).await };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(err) => {
            eprintln!("demo: {}", telemetry::with_causes(&*err));
            ExitCode::FAILURE
        }
    }
}

/// Serves the shop until SIGTERM or SIGINT. The first start creates and fills the database.
async fn serve(options: &Options) -> Result<(), Box<dyn Error>> {
    let (settings, warnings) = Settings::load(options.config.as_deref())?;
    telemetry::logs::start(&settings);
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    // First, so that a port in use fails at once and not after the minutes that a large shop takes.
    let server = Server::bind(settings).await?;
    let postgres = PrivateServer::start(&options.dir).await?;
    let products = shop::create(&postgres, options.products).await?;
    print_welcome(&server, &postgres, products);
    app::serve(server, &shop::database(&postgres)).await?;
    Ok(())
}

/// Removes the data.
async fn remove(options: &Options) -> Result<(), Box<dyn Error>> {
    PrivateServer::remove(&options.dir).await?;
    println!("The data of the demo are removed.");
    if options.dir.exists() {
        println!("{} still contains other files.", options.dir.display());
    }
    Ok(())
}

fn print_welcome(server: &Server, postgres: &PrivateServer, products: u64) {
    let (version, data) = (postgres.version(), postgres.data_dir().display());
    let url = format!("http://{}", server.address());
    println!("Atelier with PostgreSQL {version} and {products} products; the data are in {data}\n");
    println!("  the API     {url}, described at /docs");
    println!("  psql        {}", postgres.url(DATABASE));
    println!("\nTry, in another terminal:\n");
    for arguments in EXAMPLES {
        println!("  curl {}", arguments.replace("/…", &url));
    }
    println!("\nCtrl-C ends it; the next start serves the same shop.\n");
}
