//! The command line: `atelier serve | migrate | healthcheck | openapi`.

use std::path::PathBuf;
use std::process::ExitCode;

use atelier::config::Settings;
use atelier::database::migrations;
use atelier::server::accept::Server;
use atelier::server::healthcheck::healthcheck;
use atelier::{app, telemetry};
use clap::{Parser, Subcommand};
use sqlx::ConnectOptions as _;

/// The back-end of an e-commerce product page.
#[derive(Parser)]
#[command(version, about, long_about = None)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// A file with settings, beside the environment [default: atelier.toml, if it exists]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API over the database at DATABASE_URL
    #[command(after_help = Settings::help())]
    Serve,
    /// Migrate the database at DATABASE_URL to this program's version
    Migrate,
    /// Request the readiness of the server on this machine: exit code 0 if it is ready
    Healthcheck,
    /// Print the OpenAPI document of the services that these settings run
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
    telemetry::logs::start(&settings);
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    match arguments.command {
        Command::Serve => {
            let database = settings.database()?.clone();
            app::serve(Server::bind(settings).await?, &database).await?;
        }
        Command::Migrate => {
            let mut connection = settings.database()?.connect().await?;
            println!("{}", migrations::run(&mut connection, &|message| tracing::info!("{message}")).await?);
        }
        Command::Healthcheck => healthcheck(&settings)?,
        Command::Openapi => println!("{}", app::openapi_document(&settings)),
    }
    Ok(())
}
