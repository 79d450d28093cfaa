//! `atelier fill`: puts a shop into a database that has none: the one of some CSV files, or one that is made up.

use std::error::Error;
use std::path::{Path, PathBuf};

use loader::generate::{GenerateOptions, generate};
use loader::load::{Limits, LoadOptions, load};
use loader::progress::Progress;
use sqlx::ConnectOptions as _;
use sqlx::postgres::PgConnectOptions;

use crate::products;

/// What a made-up shop is drawn from: always the same one.
const SEED: u64 = 1;

/// What to fill a database with.
#[derive(clap::Args)]
pub struct Options {
    /// Load the CSV files in this directory, instead of making up a shop
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
    /// How many products a made-up shop has
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    products: u64,
    /// With --from: let so many of a file's lines be rejected, in percent [default: 1, and fewer than 100 lines in any
    /// case]
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    max_rejected: Option<u8>,
    /// Where rejected lines and repairs go, or the files of a made-up shop for as long as they are needed
    #[arg(long, value_name = "DIR", default_value = ".atelier")]
    work: PathBuf,
}

/// Fills `database`, unless it holds products.
pub async fn run(database: &PgConnectOptions, options: &Options) -> Result<(), Box<dyn Error>> {
    let found = products::count(&mut database.connect().await?).await?;
    if found > 0 {
        println!("The database holds {found} products already: nothing to do.");
        return Ok(());
    }
    std::fs::create_dir_all(&options.work)?;
    match &options.from {
        Some(files) => {
            let limits = Limits { max_rejected: options.max_rejected, ..Limits::default() };
            load_files(database, files, &options.work, limits).await
        }
        None => make_up(database, &options.work, options.products).await,
    }
}

/// Makes a shop as CSV files in `work`, and loads them: what the loader does with the real ones.
pub(crate) async fn make_up(
    database: &PgConnectOptions,
    work: &Path,
    products: u64,
) -> Result<(), Box<dyn Error>> {
    let work = tempfile::Builder::new().prefix("csv-").tempdir_in(work)?;
    let files = work.path().join("data");
    eprintln!("Making a shop of {products} products");
    let shop = GenerateOptions { products, seed: SEED, clean: false, dir: files.clone() };
    tokio::task::block_in_place(|| generate(&shop, &Progress::to_stderr()))?;
    eprintln!("Loading it");
    load_files(database, &files, work.path(), Limits::default()).await
}

async fn load_files(
    database: &PgConnectOptions,
    files: &Path,
    work: &Path,
    limits: Limits,
) -> Result<(), Box<dyn Error>> {
    let loading = LoadOptions {
        dir: files.to_owned(),
        database: database.clone(),
        replace: false,
        drop_written: false,
        limits,
        rejects: work.join("rejects"),
        repairs: work.join("repairs.csv"),
        summary: None,
        jobs: std::thread::available_parallelism().map_or(1, usize::from),
    };
    load(&loading, &Progress::to_stderr()).await?;
    Ok(())
}
