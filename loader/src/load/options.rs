//! The options of a load.

use std::path::PathBuf;

use sqlx::postgres::PgConnectOptions;

use super::limits::Limits;

/// The options of a load.
#[derive(Clone, Debug)]
pub struct LoadOptions {
    /// The directory of the CSV files.
    pub dir: PathBuf,
    /// The database. The load migrates it if necessary.
    pub database: PgConnectOptions,
    /// Whether the load may replace the products that the database holds.
    pub replace: bool,
    /// Whether the load may delete rows that the data set does not contain, such as those written since the last load.
    pub drop_written: bool,
    /// The limits that the data set must keep.
    pub limits: Limits,
    /// The directory for rejected lines: one file for each file of `dir` with rejected lines.
    pub rejects: PathBuf,
    /// The file for repaired lines.
    pub repairs: PathBuf,
    /// The file for the [`LoadSummary`](super::LoadSummary), as JSON.
    pub summary: Option<PathBuf>,
    /// The number of files that are loaded, and of statements that are run, at the same time. At least 1.
    pub jobs: usize,
}

impl LoadOptions {
    /// The default of `jobs`: one more than the number of CPUs, because jobs also wait for the disk.
    #[must_use]
    pub fn default_jobs() -> usize {
        std::thread::available_parallelism().map_or(2, |cpus| cpus.get() + 1)
    }
}
