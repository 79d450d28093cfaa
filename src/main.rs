//! The command line: `atelier serve | migrate | healthcheck | openapi`.

use std::path::PathBuf;
use std::process::ExitCode;

use atelier::config::Settings;
use atelier::database::migrations;
use atelier::healthcheck::healthcheck;
use atelier::http::openapi;
use atelier::serve::Server;
use atelier::telemetry;
use clap::{Parser, Subcommand};
use sqlx::ConnectOptions as _;

/// The back-end of an e-commerce product page.
#[derive(Parser)]
#[command(version, about, long_about = None)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Where settings are read from beside the environment [default: atelier.toml, if there is one]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API over the database that DATABASE_URL names
    #[command(after_help = Settings::help())]
    Serve,
    /// Bring the database that DATABASE_URL names up to this program's version
    Migrate,
    /// Ask the server on this machine whether it is ready: exit code 0 if it is
    Healthcheck,
    /// Print what the API is like: an OpenAPI document of the services that these settings run
    Openapi,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(err) => {
            eprintln!("atelier: {}", telemetry::with_causes(&*err));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let (settings, warnings) = Settings::load(arguments.config.as_deref())?;
    telemetry::logs::start(&settings)?;
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    match arguments.command {
        Command::Serve => {
            let database = settings.database()?.clone();
            Server::bind(settings).await?.run(&database).await?;
        }
        Command::Migrate => {
            let version = migrations::run(&mut settings.database()?.connect().await?).await?;
            println!("The database is at version {version}.");
        }
        Command::Healthcheck => healthcheck(&settings)?,
        Command::Openapi => println!("{}", openapi::document(&settings)),
    }
    Ok(())
}
