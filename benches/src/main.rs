//! `bench run | growth | soak`: Atelier measured beside what it should be compared with, in one run on one machine.
//!
//! Nothing here fails because a figure falls short: it prints what does.

#![allow(clippy::cast_precision_loss, reason = "nothing is measured to the 53rd bit")]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "places in short lists")]

mod accounts;
mod ask;
mod client;
mod data;
mod error;
mod growth;
mod k6;
mod machine;
mod oha;
mod page;
mod pgbench;
mod places;
mod plot;
mod report;
mod rows;
mod sample;
mod series;
mod servers;
mod soak;
mod wrk;

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use tokio::runtime::Runtime;

use data::Data;
use error::Result;
use machine::Machine;
use places::Places;

/// What most is measured with: the largest documents.
pub(crate) const STYLES: &str = "/products/%d/styles";
/// The least cache that can be set.
pub(crate) const NO_CACHE: &[(&str, &str)] = &[("ATELIER_CACHE_MIB", "1")];
/// What the database has been asked to do, as the service counts it.
pub(crate) const JOBS: &str = "atelier_database_batch_jobs_sum";

/// Products where nothing else is said, in full and with --quick.
const PRODUCTS: (u64, u64) = (1_000_011, 100_000);

/// Atelier measured beside what it should be compared with.
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
    /// Measure how it grows, and write docs/performance.md with its plots
    Growth(Growth),
    /// A long load at 70 % of what is possible: memory, open files and p99 have to stay what they were
    Soak(Soak),
}

#[derive(Args)]
struct Setting {
    /// 3 rounds of a second instead of 5 of three, and fewer products
    #[arg(long)]
    quick: bool,
    /// How many products the shop has [default: 1000011; 100000 with --quick]; with DATABASE_URL: those that it holds
    #[arg(long, value_name = "N")]
    products: Option<u64>,
    /// With DATABASE_URL: permit what writes to that database, and to two more on its server
    #[arg(long)]
    writes: bool,
}

#[derive(Args)]
struct Run {
    #[command(flatten)]
    setting: Setting,
    /// Only these rows
    #[arg(long, value_name = "1,3,5", value_delimiter = ',')]
    only: Vec<String>,
    /// Build a clean release too, and take its time
    #[arg(long)]
    build: bool,
}

#[derive(Args)]
struct Growth {
    #[command(flatten)]
    setting: Setting,
    /// Sizes of data sets, in products; each is made once and kept
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_values_t = [10_000, 100_000, 1_000_011])]
    sizes: Vec<u64>,
}

#[derive(Args)]
struct Soak {
    #[command(flatten)]
    setting: Setting,
    #[arg(long, value_name = "N", default_value_t = 10.0)]
    minutes: f64,
}

/// What all measurements share.
pub(crate) struct Bench {
    pub(crate) places: Places,
    pub(crate) data: Data,
    pub(crate) runtime: Runtime,
    pub(crate) quick: bool,
    pub(crate) build: bool,
    /// How often contenders take turns.
    pub(crate) rounds: u32,
    /// How long a turn is.
    pub(crate) seconds: u32,
}

impl Bench {
    fn start(setting: &Setting, build: bool) -> Result<Self> {
        let places = Places::find()?;
        let runtime = Runtime::new()?;
        let default = if setting.quick { PRODUCTS.1 } else { PRODUCTS.0 };
        let data = if let Some(url) = std::env::var("DATABASE_URL").ok().filter(|url| !url.is_empty()) {
            Data::named(url, setting.writes)?
        } else {
            Data::own(&places, &runtime, setting.products.unwrap_or(default))?
        };
        let (rounds, seconds) = if setting.quick { (3, 1) } else { (5, 3) };
        Ok(Self { places, data, runtime, quick: setting.quick, build, rounds, seconds })
    }
}

fn main() -> ExitCode {
    let ended = match Arguments::parse().command {
        Command::Run(arguments) => run(&arguments),
        Command::Growth(Growth { setting, sizes }) => {
            Bench::start(&setting, false).and_then(|bench| growth::growth(bench, &sizes))
        }
        Command::Soak(Soak { setting, minutes }) => {
            Bench::start(&setting, false).and_then(|bench| soak::soak(&bench, minutes))
        }
    };
    servers::remove_run_dirs();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(err) => {
            eprintln!("bench: {err}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Run) -> Result<()> {
    let bench = Bench::start(&arguments.setting, arguments.build)?;
    let machine = Machine::look(&bench);
    say(&machine.line());
    let rows = rows::measure(&bench, &arguments.only);
    report::write(&bench.places.out, &machine, &rows)?;
    println!("\n{}\n\n{}", machine.line(), report::table(&rows));
    let short = rows.iter().filter(|row| row.result().is_some() && !row.met);
    let short: Vec<_> = short.map(|row| format!("{} ({})", row.id, row.name)).collect();
    if !short.is_empty() {
        println!("\nShort of what is wanted: {}", short.join("; "));
    }
    println!("\n{}", bench.places.out.join("report.html").display());
    Ok(())
}

/// Tells whoever waits what goes on.
pub(crate) fn say(words: &str) {
    eprintln!("{words}");
}
