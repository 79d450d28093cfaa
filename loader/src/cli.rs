//! The arguments of the command line.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand};
use sqlx::postgres::PgConnectOptions;

/// The data set of Atelier: generates it, loads it into `PostgreSQL` without losing a row, and checks the derived tables.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Generate(GenerateArgs),
    Load(LoadArgs),
    Fill(FillArgs),
    Check(CheckArgs),
}

/// Generate the fourteen CSV files of a shop, the same bytes for the same seed.
#[derive(Debug, Args)]
pub(crate) struct GenerateArgs {
    /// The number of products; the other files are in proportion
    #[arg(long, value_name = "N", default_value_t = 1_000_011)]
    pub(crate) products: u64,

    /// The seed of all random draws
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,

    /// Omit the damage of the real files
    #[arg(long)]
    pub(crate) clean: bool,

    /// The directory for the files, created if it is missing. Existing files are never replaced
    pub(crate) dir: PathBuf,
}

/// Load the CSV files in DIR, all or nothing.
///
/// DIR must contain `product.csv`, `features.csv`, `styles.csv`, `photos.csv`, `skus.csv` and `related.csv`. It may
/// contain `cart.csv`; `questions.csv`, `answers.csv` and `answers_photos.csv`, all three or none; `reviews.csv`,
/// `reviews_photos.csv`, `characteristics.csv` and `characteristic_reviews.csv`, all four or none.
///
/// The load migrates the database if necessary. A running server serves the old data until the load is complete, and the
/// new data from then on. Damaged lines are repaired if they have exactly one meaning, and rejected otherwise.
#[derive(Debug, Args)]
pub(crate) struct LoadArgs {
    /// The directory of the CSV files
    pub(crate) dir: PathBuf,

    #[command(flatten)]
    pub(crate) database: DatabaseArgs,

    /// Replace the data in the database. Without this option a database with products is refused.
    ///
    /// The load lists the rows that the data set does not contain, and refuses to drop them without --drop-written.
    /// Changes to rows that were loaded before, such as votes and reports, cannot be detected and are lost. Interactions
    /// and stored responses of idempotent requests are kept.
    #[arg(long)]
    pub(crate) replace: bool,

    /// With --replace, drop the rows that the data set does not contain.
    ///
    /// These are rows written since the last load, all rows of files missing from DIR, and cart items whose skus are
    /// missing from the data set.
    #[arg(long, requires = "replace")]
    pub(crate) drop_written: bool,

    /// With --replace, let tables shrink by more than 10 % of their rows.
    ///
    /// Without this option such a load is refused: the file is most likely truncated.
    #[arg(long, requires = "replace")]
    pub(crate) allow_shrink: bool,

    /// The share of the lines of a file that may be rejected, in percent [default: 1, and fewer than 100 lines of any
    /// file].
    ///
    /// A load that rejects more is refused, and leaves the file of rejects.
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) max_rejected: Option<u8>,

    /// The directory for rejected lines, one file per data file: the number, the reason, the line
    /// [default: `rejects` beside DIR]
    #[arg(long, value_name = "DIR")]
    pub(crate) rejects: Option<PathBuf>,

    /// The file for repaired lines: the file, the number, the line before and after
    /// [default: `repairs.csv` beside the directory of rejects]
    #[arg(long, value_name = "FILE")]
    pub(crate) repairs: Option<PathBuf>,

    /// Write the summary of the load to this file too, as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) summary: Option<PathBuf>,

    /// The number of files, and later of statements, that are processed at the same time
    /// [default: one more than the number of CPUs]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) jobs: Option<u16>,
}

/// Load a shop into a database without products; leave a database with products unchanged.
///
/// The shop is generated, or loaded from CSV files. The database is migrated if necessary.
#[derive(Debug, Args)]
pub(crate) struct FillArgs {
    /// Load the CSV files in this directory, instead of generating a shop
    #[arg(long, value_name = "DIR")]
    pub(crate) from: Option<PathBuf>,

    /// The number of products of a generated shop
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub(crate) products: u64,

    /// With --from: the share of the lines of a file that may be rejected, in percent [default: 1, and fewer than 100
    /// lines of any file]
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) max_rejected: Option<u8>,

    /// The directory for rejected lines and repairs, and temporarily for the files of a generated shop
    #[arg(long, value_name = "DIR", default_value = ".atelier")]
    pub(crate) work: PathBuf,

    #[command(flatten)]
    pub(crate) database: DatabaseArgs,
}

/// Count the rows of all tables, and compare the derived tables with the base tables.
///
/// The exit code is 1 if a derived row is wrong, missing or left over.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) database: DatabaseArgs,
}

#[derive(Debug, Args)]
pub(crate) struct DatabaseArgs {
    /// The database: `postgres://USER:PASSWORD@HOST:PORT/NAME`
    #[arg(long = "database-url", value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    url: String,
}

impl DatabaseArgs {
    /// Parses the URL. Exits if it is invalid, without showing it: it may contain a password.
    pub(crate) fn options(&self) -> PgConnectOptions {
        let invalid = |error: &dyn Display| {
            Cli::command().error(ErrorKind::ValueValidation, format!("--database-url: {error}")).exit()
        };
        // sqlx accepts any scheme.
        if !["postgres://", "postgresql://"].iter().any(|scheme| self.url.starts_with(scheme)) {
            invalid(&"it must be the URL of a PostgreSQL: postgres://user:password@host:5432/database");
        }
        self.url.parse().unwrap_or_else(|error: sqlx::Error| invalid(&error))
    }
}

impl LoadArgs {
    /// The paths of rejects and repairs, for the data set in `dir`, which must be absolute.
    pub(crate) fn outputs(&self, dir: &Path) -> (PathBuf, PathBuf) {
        let beside = |path: &Path, name: &str| path.parent().unwrap_or(path).join(name);
        let rejects = self.rejects.clone().unwrap_or_else(|| beside(dir, "rejects"));
        let repairs = self.repairs.clone().unwrap_or_else(|| beside(&rejects, "repairs.csv"));
        (rejects, repairs)
    }
}
