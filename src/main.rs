//! The command line: `atelier serve | migrate | healthcheck`.

use std::path::PathBuf;
use std::process::ExitCode;

use atelier::config::Settings;
use atelier::{serve, telemetry};
use clap::{Parser, Subcommand};

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
    let settings = Settings::load(arguments.config.as_deref())?;
    telemetry::start(&settings)?;
    match arguments.command {
        Command::Serve => serve::serve(&settings, |_| {}).await?,
    }
    Ok(())
}
