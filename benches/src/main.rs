//! `bench run | growth | soak`: Atelier and the programs it is compared with, measured in one run on one machine.
//!
//! A figure that misses its target is reported; it does not fail the program.

#![allow(clippy::cast_precision_loss, reason = "no measurement needs the 53rd bit")]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "indices of short lists")]

mod bench;
mod client;
mod data;
mod error;
mod growth;
mod k6;
mod machine;
mod oha;
mod paths;
mod pgbench;
mod plot;
mod procfs;
mod report;
mod row;
mod rows;
mod sample;
mod series;
mod servers;
mod service;
mod soak;
mod wrk;

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use bench::Bench;
use error::Result;
use machine::Machine;

/// The default number of products, and the one with --quick.
const PRODUCTS: (u64, u64) = (1_000_011, 100_000);

/// Measures Atelier and the programs it is compared with.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure the figures, and write target/bench/report.{json,html}
    Run(Run),
    /// Measure how throughput and latency scale, and write docs/performance.md with its plots
    Growth(Growth),
    /// Run a long load at 70 % of the capacity: memory, open files and p99 must not grow
    Soak(Soak),
}

#[derive(Args)]
struct Options {
    /// 3 rounds of 1 s instead of 5 of 3 s, and fewer products
    #[arg(long)]
    quick: bool,
    /// Number of products [default: 1000011; 100000 with --quick]; ignored with DATABASE_URL
    #[arg(long, value_name = "N")]
    products: Option<u64>,
    /// With DATABASE_URL: permit figures that write to that database and create two others on its server
    #[arg(long)]
    writes: bool,
}

#[derive(Args)]
struct Run {
    #[command(flatten)]
    options: Options,
    /// Only these rows
    #[arg(long, value_name = "1,3,5", value_delimiter = ',')]
    only: Vec<String>,
    /// Also time a clean release build
    #[arg(long)]
    build: bool,
}

#[derive(Args)]
struct Growth {
    #[command(flatten)]
    options: Options,
    /// Sizes of data sets, in products; each is generated once and kept
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_values_t = [10_000, 100_000, 1_000_011])]
    sizes: Vec<u64>,
}

#[derive(Args)]
struct Soak {
    #[command(flatten)]
    options: Options,
    #[arg(long, value_name = "N", default_value_t = 10.0)]
    minutes: f64,
}

impl Options {
    fn start(&self) -> Result<Bench> {
        let default = if self.quick { PRODUCTS.1 } else { PRODUCTS.0 };
        Bench::start(self.quick, self.products.unwrap_or(default), self.writes)
    }
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Run(arguments) => run(&arguments),
        Command::Growth(Growth { options, sizes }) => {
            options.start().and_then(|bench| growth::growth(bench, &sizes))
        }
        Command::Soak(Soak { options, minutes }) => {
            options.start().and_then(|bench| soak::soak(&bench, minutes))
        }
    };
    servers::remove_run_dirs();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(err) => {
            eprintln!("bench: {err}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Run) -> Result<()> {
    let bench = Bench { build: arguments.build, ..arguments.options.start()? };
    let machine = Machine::read(&bench);
    eprintln!("{machine}");
    let rows = rows::measure(&bench, &arguments.only);
    report::write(&bench.paths.out, &machine, &rows)?;
    println!("\n{machine}\n\n{}", report::table(&rows));
    let missed = rows.iter().filter(|row| row.result().is_some() && !row.met);
    let missed: Vec<_> = missed.map(|row| format!("{} ({})", row.figure.id, row.figure.name)).collect();
    if !missed.is_empty() {
        println!("\nMissed targets: {}", missed.join("; "));
    }
    println!("\n{}", bench.paths.out.join("report.html").display());
    Ok(())
}
