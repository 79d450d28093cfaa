//! What can be typed.

use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand};
use sqlx::postgres::PgConnectOptions;

/// The Atelier data set: makes it, loads it into `PostgreSQL` without losing a row, and checks what is served.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Generate(Generate),
    Load(Load),
    Check(Check),
}

/// Make the fourteen CSV files of a shop, the same for the same seed.
#[derive(Debug, Args)]
pub(crate) struct Generate {
    /// How many products; the rest follows in proportion
    #[arg(long, value_name = "N", default_value_t = 1_000_011)]
    pub(crate) products: u64,

    /// Another seed is another shop
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,

    /// Leave out the damage of the real files
    #[arg(long)]
    pub(crate) clean: bool,

    /// Where the files go; made if it is missing. Files that are there are never replaced
    pub(crate) dir: PathBuf,
}

/// Load the CSV files in DIR, all or nothing.
///
/// DIR holds `product.csv`, `features.csv`, `styles.csv`, `photos.csv`, `skus.csv` and `related.csv`. If they are there,
/// these are loaded too: `cart.csv`; `questions.csv`, `answers.csv` and `answers_photos.csv`, all three or none;
/// `reviews.csv`, `reviews_photos.csv`, `characteristics.csv` and `characteristic_reviews.csv`, all four or none.
///
/// The database is migrated if it has to be. A server goes on serving what is there, and serves the new data as soon as
/// all of it is in. Damaged lines are repaired where their meaning is plain, and rejected where it is not.
#[derive(Debug, Args)]
pub(crate) struct Load {
    /// The directory of the CSV files
    pub(crate) dir: PathBuf,

    #[command(flatten)]
    pub(crate) database: Database,

    /// Put the new data in the place of what the database holds; without this, such a database is refused.
    ///
    /// Rows that the data set does not bring back are told first, and are refused to be dropped without --drop-written.
    /// Changes of rows that were loaded before, by votes, reports or by hand, can't be told from what was loaded: they
    /// are replaced. What shoppers clicked on, and the answers kept for repeated requests, stay.
    #[arg(long)]
    pub(crate) replace: bool,

    /// With --replace, drop also the rows that the data set does not bring back.
    ///
    /// These are rows written since the last load, all rows of files that are not in DIR now, and what lies in carts
    /// and is not among the new skus.
    #[arg(long, requires = "replace")]
    pub(crate) drop_written: bool,

    /// With --replace, let tables shrink by more than 10 % of the rows that they hold.
    ///
    /// Without this such a load is refused: the file is most likely cut off.
    #[arg(long, requires = "replace")]
    pub(crate) allow_shrink: bool,

    /// Let so many of a file's lines be rejected, in percent [default: 1, and fewer than 100 lines in any case].
    ///
    /// A load that rejects more is refused, and leaves the file of rejects that says why.
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) max_rejected: Option<u8>,

    /// Directory for rejected lines, a file for each file that has any: the number, the reason, the line
    /// [default: `rejects` beside DIR]
    #[arg(long, value_name = "DIR")]
    pub(crate) rejects: Option<PathBuf>,

    /// File for repaired lines: the file, the number, the line before and after
    /// [default: `repairs.csv` beside the directory of rejects]
    #[arg(long, value_name = "FILE")]
    pub(crate) repairs: Option<PathBuf>,

    /// Write the figures of the load to this file too, as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) summary: Option<PathBuf>,

    /// How many files, and later steps, are worked on at one time [default: one more than there are CPUs]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) jobs: Option<u16>,
}

/// Count all rows, and compare ready documents, counts and totals with the rows they are made of.
///
/// Ends with 1 if anything is not what it should be.
#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) database: Database,
}

#[derive(Debug, Args)]
pub(crate) struct Database {
    /// The database: `postgres://USER:PASSWORD@HOST:PORT/NAME`
    #[arg(long = "database-url", value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    url: String,
}

impl Database {
    /// Ends the program where the URL cannot be read. It may hold a password, and is not shown.
    pub(crate) fn options(&self) -> PgConnectOptions {
        self.url.parse().unwrap_or_else(|error| {
            Cli::command().error(ErrorKind::ValueValidation, format!("--database-url: {error}")).exit()
        })
    }
}

impl Load {
    /// Where rejects and repairs go, for the data set in `dir`, which is an absolute path.
    pub(crate) fn outputs(&self, dir: &Path) -> (PathBuf, PathBuf) {
        let beside = |path: &Path, name: &str| path.parent().unwrap_or(path).join(name);
        let rejects = self.rejects.clone().unwrap_or_else(|| beside(dir, "rejects"));
        let repairs = self.repairs.clone().unwrap_or_else(|| beside(&rejects, "repairs.csv"));
        (rejects, repairs)
    }

    pub(crate) fn jobs(&self) -> usize {
        // While one waits for the disk, another computes.
        let default = || std::thread::available_parallelism().map_or(2, |cores| cores.get() + 1);
        self.jobs.map_or_else(default, usize::from)
    }
}
