//! The options of the command line.

use std::path::PathBuf;

/// Atelier in one command: a generated shop, a private PostgreSQL and the server.
///
/// The server reads the same settings as `atelier serve`, but for the database.
#[derive(clap::Parser)]
#[command(version)]
pub(crate) struct Options {
    /// The directory of the data
    #[arg(long, value_name = "DIR", default_value = ".atelier")]
    pub(crate) dir: PathBuf,

    /// The number of products of a new shop; an existing shop is unchanged
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub(crate) products: u64,

    /// Remove the data instead of serving
    #[arg(long)]
    pub(crate) remove: bool,

    /// The file of settings [default: atelier.toml, if it exists]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}
