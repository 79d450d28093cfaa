//! The command line of the loader.

mod cli;

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;
use loader::check::check;
use loader::fill::{FillOptions, FillSource, Filled, fill};
use loader::generate::{GenerateOptions, generate};
use loader::load::{Limits, LoadError, LoadOptions, load};
use loader::progress::Progress;

use cli::{CheckArgs, Cli, Command, FillArgs, GenerateArgs, LoadArgs};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Runtime::new().expect("threads can be started");
    let result = runtime.block_on(run(cli.command));
    // A reader thread may be blocked on a pipe without a writer: do not wait for it.
    runtime.shutdown_background();
    result.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}

async fn run(command: Command) -> Result<ExitCode, Box<dyn Error>> {
    match command {
        Command::Generate(arguments) => run_generate(arguments),
        Command::Load(arguments) => run_load(&arguments).await,
        Command::Fill(arguments) => run_fill(arguments).await,
        Command::Check(arguments) => run_check(&arguments).await,
    }
}

fn run_generate(arguments: GenerateArgs) -> Result<ExitCode, Box<dyn Error>> {
    let GenerateArgs { products, seed, clean, dir } = arguments;
    let generated = generate(&GenerateOptions { products, seed, clean, dir }, &Progress::to_stderr())?;
    for file in &generated.files {
        println!("{:28} {:>12} rows {:>14} bytes", file.name, file.rows, file.bytes);
    }
    println!("{:28} {:>12} rows {:>14} bytes", "in all", generated.rows(), generated.bytes());
    Ok(ExitCode::SUCCESS)
}

async fn run_load(arguments: &LoadArgs) -> Result<ExitCode, Box<dyn Error>> {
    let dir = arguments.dir.canonicalize();
    let dir = dir.map_err(|source| LoadError::Open { path: arguments.dir.clone(), source })?;
    let (rejects, repairs) = arguments.outputs(&dir);
    let database = arguments.database.options();
    let LoadArgs { replace, drop_written, allow_shrink, max_rejected, .. } = *arguments;
    let options = LoadOptions {
        dir,
        database,
        replace,
        drop_written,
        limits: Limits { allow_shrink, max_rejected },
        rejects,
        repairs,
        summary: arguments.summary.clone(),
        jobs: arguments.jobs.map_or_else(LoadOptions::default_jobs, usize::from),
    };
    let summary = load(&options, &Progress::to_stderr()).await?;
    print!("{summary}");
    Ok(ExitCode::SUCCESS)
}

async fn run_fill(arguments: FillArgs) -> Result<ExitCode, Box<dyn Error>> {
    let FillArgs { from, products, max_rejected, work, database } = arguments;
    let source = match from {
        Some(dir) => FillSource::Files { dir, max_rejected },
        None => FillSource::Generated { products },
    };
    let options = FillOptions { database: database.options(), source, work };
    match fill(&options, &Progress::to_stderr()).await? {
        Filled::AlreadyFilled(products) => {
            println!("The database already holds {products} products: nothing to do.");
        }
        Filled::Loaded(summary) => print!("{summary}"),
    }
    Ok(ExitCode::SUCCESS)
}

async fn run_check(arguments: &CheckArgs) -> Result<ExitCode, Box<dyn Error>> {
    let report = check(&arguments.database.options(), &Progress::to_stderr()).await?;
    println!("{report}");
    Ok(if report.is_consistent() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
