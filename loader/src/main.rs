//! The command line of the loader.

mod cli;

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;
use loader::LoadError;
use loader::check::check;
use loader::generate::{Options, generate};
use loader::load::{Limits, LoadOptions, load};
use loader::progress::Progress;

use cli::{Check, Cli, Command, Generate, Load};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Runtime::new().expect("threads can be started");
    let ended = runtime.block_on(run(cli.command));
    // A reader may still wait for a file that gives nothing any more. Nobody waits for that reader.
    runtime.shutdown_background();
    ended.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}

async fn run(command: Command) -> Result<ExitCode, Box<dyn Error>> {
    match command {
        Command::Generate(arguments) => run_generate(arguments),
        Command::Load(arguments) => run_load(&arguments).await,
        Command::Check(arguments) => run_check(&arguments).await,
    }
}

fn run_generate(arguments: Generate) -> Result<ExitCode, Box<dyn Error>> {
    let Generate { products, seed, clean, dir } = arguments;
    let written = generate(&Options { products, seed, clean, dir }, &Progress::to_stderr())?;
    for file in &written.files {
        println!("{:28} {:>12} rows {:>14} bytes", file.name, file.rows, file.bytes);
    }
    println!("{:28} {:>12} rows {:>14} bytes", "in all", written.rows(), written.bytes());
    Ok(ExitCode::SUCCESS)
}

async fn run_load(arguments: &Load) -> Result<ExitCode, Box<dyn Error>> {
    let dir = arguments.dir.canonicalize();
    let dir = dir.map_err(|source| LoadError::Open { path: arguments.dir.clone(), source })?;
    let (rejects, repairs) = arguments.outputs(&dir);
    let database = arguments.database.options();
    let Load { replace, drop_written, allow_shrink, max_rejected, .. } = *arguments;
    let options = LoadOptions {
        dir,
        database,
        replace,
        drop_written,
        limits: Limits { allow_shrink, max_rejected },
        rejects,
        repairs,
        summary: arguments.summary.clone(),
        jobs: arguments.jobs(),
    };
    let loaded = load(&options, &Progress::to_stderr()).await?;
    print!("{loaded}");
    Ok(ExitCode::SUCCESS)
}

async fn run_check(arguments: &Check) -> Result<ExitCode, Box<dyn Error>> {
    let checked = check(&arguments.database.options(), &Progress::to_stderr()).await?;
    println!("{checked}");
    Ok(if checked.is_true() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
