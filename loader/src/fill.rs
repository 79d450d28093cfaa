//! `loader fill`: loads a shop into a database without products, from CSV files or from a generated data set.

use std::io;
use std::path::{Path, PathBuf};

use sqlx::PgConnection;
use sqlx::postgres::PgConnectOptions;
use thiserror::Error;

use crate::database::{DatabaseError, connect, migrate};
use crate::generate::{GenerateError, GenerateOptions, generate, temporary_in};
use crate::load::{Limits, LoadError, LoadOptions, LoadSummary, load};
use crate::progress::Progress;
use crate::tables::list::PRODUCTS;

/// The seed of a generated shop. It is constant, so that all generated shops are alike.
const SEED: u64 = 1;

/// The settings of the connection. A migration may take longer than the role's timeout, which is meant for requests.
const SETTINGS: &str = "set search_path = public; set statement_timeout = 0";

/// The directory of a generated data set, in the working directory.
const TEMPORARY: &str = "atelier-filling.part";

/// The options of a fill.
#[derive(Clone, Debug)]
pub struct FillOptions {
    /// The database. It is migrated if necessary.
    pub database: PgConnectOptions,
    /// The data set.
    pub source: FillSource,
    /// The directory for rejects and repairs, and temporarily for the files of a generated data set. It is created if it
    /// is missing.
    pub work: PathBuf,
}

/// The data set of a fill.
#[derive(Clone, Debug)]
pub enum FillSource {
    /// The CSV files of a directory.
    Files {
        /// The directory.
        dir: PathBuf,
        /// The share of the lines of a file that may be rejected: see [`Limits::max_rejected`].
        max_rejected: Option<u8>,
    },
    /// A generated data set.
    Generated {
        /// The number of products.
        products: u64,
    },
}

/// The result of a fill.
#[derive(Debug)]
pub enum Filled {
    /// The database already held this number of products, and is unchanged.
    AlreadyFilled(u64),
    /// The data set was loaded.
    Loaded(LoadSummary),
}

impl Filled {
    /// The number of products that the database holds.
    #[must_use]
    pub fn products(&self) -> u64 {
        match self {
            Self::AlreadyFilled(products) => *products,
            Self::Loaded(summary) => {
                let products = summary.files.iter().find(|file| file.file == PRODUCTS.file);
                products.map_or(0, |file| file.loaded)
            }
        }
    }
}

/// Why a fill failed.
#[derive(Debug, Error)]
pub enum FillError {
    /// The database could not be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The working directory could not be created.
    #[error("cannot create a directory in {}: {source}", path.display())]
    Work {
        /// The working directory.
        path: PathBuf,
        /// The error.
        source: io::Error,
    },
    /// The data set could not be generated.
    #[error(transparent)]
    Generate(#[from] GenerateError),
    /// The data set could not be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
}

/// Migrates the database, and loads the shop if the database holds no products.
pub async fn fill(options: &FillOptions, progress: &Progress) -> Result<Filled, FillError> {
    let mut connection = connect(&options.database, "atelier loader fill", SETTINGS).await?;
    let migrated = migrate(&mut connection, progress).await;
    // A newer database is not an error if there is nothing to do: a fill also runs at every start of an older version.
    if let Ok(()) | Err(DatabaseError::Newer(_)) = migrated {
        let products =
            count_products(&mut connection).await.map_err(DatabaseError::during("counting the products"))?;
        if products > 0 {
            return Ok(Filled::AlreadyFilled(products));
        }
    }
    migrated?;
    drop(connection);
    let work = options.work.as_path();
    let cannot_create = |source| FillError::Work { path: work.to_owned(), source };
    std::fs::create_dir_all(work).map_err(cannot_create)?;
    let summary = match &options.source {
        FillSource::Files { dir, max_rejected } => {
            let limits = Limits { max_rejected: *max_rejected, ..Limits::default() };
            load_files(&options.database, dir, work, limits, progress).await?
        }
        FillSource::Generated { products } => {
            let (_lock, temporary) = temporary_in(work, TEMPORARY).map_err(cannot_create)?;
            let files = temporary.path().join("data");
            generate_files(files.clone(), *products, progress).await?;
            load_files(&options.database, &files, temporary.path(), Limits::default(), progress).await?
        }
    };
    Ok(Filled::Loaded(summary))
}

async fn count_products(connection: &mut PgConnection) -> sqlx::Result<u64> {
    let products: i64 = sqlx::query_scalar("select coalesce(sum(products), 0)::bigint from product_counts")
        .fetch_one(connection)
        .await?;
    Ok(products.unsigned_abs())
}

async fn generate_files(dir: PathBuf, products: u64, progress: &Progress) -> Result<(), GenerateError> {
    progress.print(&format!("Generating a shop of {products} products"));
    let options = GenerateOptions { products, seed: SEED, clean: false, dir };
    let progress = progress.clone();
    let generated = tokio::task::spawn_blocking(move || generate(&options, &progress));
    generated.await.expect("the generator neither panics nor is it aborted").map(drop)
}

async fn load_files(
    database: &PgConnectOptions,
    dir: &Path,
    work: &Path,
    limits: Limits,
    progress: &Progress,
) -> Result<LoadSummary, LoadError> {
    progress.print("Loading the shop");
    let options = LoadOptions {
        dir: dir.to_owned(),
        database: database.clone(),
        replace: false,
        drop_written: false,
        limits,
        rejects: work.join("rejects"),
        repairs: work.join("repairs.csv"),
        summary: None,
        jobs: LoadOptions::default_jobs(),
    };
    load(&options, progress).await
}
