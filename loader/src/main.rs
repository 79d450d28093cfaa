//! The command line of the loader.

mod cli;

use std::error::Error;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use loader::LoadError;
use loader::check::check;
use loader::generate::{Options, generate};
use loader::load::{LoadOptions, Loaded, load};
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
    let Load { replace, drop_written, .. } = *arguments;
    let options =
        LoadOptions { dir, database, replace, drop_written, rejects, repairs, jobs: arguments.jobs() };
    // Before the load, which would be in vain for who wants to know what it did.
    let summary = arguments.summary.as_deref().map(Summary::create).transpose()?;
    let loaded = load(&options, &Progress::to_stderr()).await?;
    print!("{loaded}");
    if let Some(summary) = summary {
        summary.write(&loaded)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The file for the figures of a load. It is empty until the load has succeeded.
struct Summary<'a> {
    path: &'a Path,
    file: File,
}

impl<'a> Summary<'a> {
    fn create(path: &'a Path) -> Result<Self, LoadError> {
        let created = File::create(path).map(|file| Self { path, file });
        created.map_err(|source| LoadError::Write { path: path.to_owned(), source })
    }

    fn write(mut self, loaded: &Loaded) -> Result<(), LoadError> {
        let json = serde_json::to_string_pretty(loaded).expect("figures and paths made of text become JSON");
        writeln!(self.file, "{json}")
            .map_err(|source| LoadError::Write { path: self.path.to_owned(), source })
    }
}

async fn run_check(arguments: &Check) -> Result<ExitCode, Box<dyn Error>> {
    let checked = check(&arguments.database.options(), &Progress::to_stderr()).await?;
    println!("{checked}");
    Ok(if checked.is_true() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
