//! The command line of the loader.

mod cli;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use loader::LoadError;
use loader::check::check;
use loader::load::{LoadOptions, Loaded, load};
use loader::progress::Progress;

use cli::{Check, Cli, Command, Load};

#[tokio::main]
async fn main() -> ExitCode {
    let ended = match Cli::parse().command {
        Command::Load(arguments) => run_load(&arguments).await,
        Command::Check(arguments) => run_check(&arguments).await,
    };
    ended.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}

async fn run_load(arguments: &Load) -> Result<ExitCode, LoadError> {
    let dir = arguments.dir.canonicalize();
    let dir = dir.map_err(|source| LoadError::Open { path: arguments.dir.clone(), source })?;
    let (rejects, repairs) = arguments.outputs(&dir);
    let database = arguments.database.options();
    let options =
        LoadOptions { dir, database, replace: arguments.replace, rejects, repairs, jobs: arguments.jobs() };
    let loaded = load(&options, &Progress::to_stderr()).await?;
    print!("{loaded}");
    if let Some(path) = &arguments.summary {
        write_summary(path, &loaded)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn write_summary(path: &Path, loaded: &Loaded) -> Result<(), LoadError> {
    let mut json = serde_json::to_string_pretty(loaded).expect("figures and paths made of text become JSON");
    json.push('\n');
    fs::write(path, json).map_err(|source| LoadError::Write { path: path.to_owned(), source })
}

async fn run_check(arguments: &Check) -> Result<ExitCode, LoadError> {
    let checked = check(&arguments.database.options(), &Progress::to_stderr()).await?;
    println!("{checked}");
    Ok(if checked.is_true() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
