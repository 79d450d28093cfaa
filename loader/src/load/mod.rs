//! Brings a data set into the database, all or nothing, while a server goes on serving what was there.
//!
//! The new tables are made in a schema of their own ([`session`]) after the catalogue of the migrated database
//! ([`catalogue`]), filled and joined by foreign keys ([`load_file`]), completed by the read model ([`read_model`]), and
//! put in the place of the old ones at the end ([`swap`]). A load that dies leaves nothing but that schema, which the
//! next load removes.

mod catalogue;
mod failures;
mod files;
mod foreign_keys;
mod identity;
mod keys;
mod known_ids;
mod limits;
mod load_file;
mod load_files;
mod losses;
mod output;
mod outputs;
mod read_file;
mod read_model;
mod session;
mod statements;
mod summary;
mod swap;

use std::path::PathBuf;
use std::pin::pin;
use std::time::Instant;

use sqlx::PgConnection;
use sqlx::postgres::PgConnectOptions;
use tokio::signal::unix::{SignalKind, signal};

use catalogue::Definition;
use files::OpenFile;
use load_files::load_files;
use outputs::Outputs;
use session::{STAGING, Session};
use swap::Swap;

pub use limits::Limits;
pub use losses::{Cause, Loss};
pub use summary::{FileSummary, Loaded};

use crate::database::{execute, migrate};
use crate::error::LoadError;
use crate::progress::Progress;
use crate::tables::TABLES;

/// What to load, and into what.
#[derive(Clone, Debug)]
pub struct LoadOptions {
    /// The directory of the CSV files.
    pub dir: PathBuf,
    /// The database. It is migrated if it has to be.
    pub database: PgConnectOptions,
    /// Whether the data may take the place of what the database holds.
    pub replace: bool,
    /// Whether rows may go that the data set does not bring back: those written since the last load, and so on.
    pub drop_written: bool,
    /// How much worse than what is live the data set may be.
    pub limits: Limits,
    /// The directory for rejected lines: a file for each file of `dir` that has any.
    pub rejects: PathBuf,
    /// The file for repaired lines.
    pub repairs: PathBuf,
    /// A file for what [`Loaded`] says, as JSON.
    pub summary: Option<PathBuf>,
    /// How many files are loaded, and later how many statements are run, at one time. At least 1.
    pub jobs: usize,
}

/// Loads the files of `options.dir`. Until this has succeeded, the database serves what it served before. SIGINT and
/// SIGTERM end it early with [`LoadError::Interrupted`].
pub async fn load(options: &LoadOptions, progress: &Progress) -> Result<Loaded, LoadError> {
    let started = Instant::now();
    let files = files::open(&options.dir)?;
    let absent: Vec<_> = files.iter().filter(|file| file.file.is_none()).map(|file| file.table).collect();
    let outputs = Outputs::new(options, &files)?;
    let mut session = Session::open(&options.database).await?;
    migrate(&mut session.control).await?;
    // Rows that are written while the load runs, and what a new file leaves out, are known only at the end: the swap asks
    // again.
    let losses = losses::of_tables(&mut session.control, options, &absent).await?;
    losses::permit(options, &losses)?;
    for loss in losses {
        progress.say(&format!("will be dropped: {loss}"));
    }
    let mut interrupted = pin!(interrupted());
    let filled = tokio::select! {
        filled = fill(&mut session, options, files, &outputs, progress) => filled,
        () = &mut interrupted => Err(LoadError::Interrupted),
    };
    let swapped = match filled {
        Ok((files, repairs)) => {
            let swap = Swap { tables: &all_tables(), absent: &absent, options };
            let dropped = swap.run(&session.workers, interrupted, progress).await;
            dropped.map(|dropped| (files, repairs, dropped))
        }
        Err(error) => Err(error),
    };
    match swapped {
        Ok((files, repairs, dropped)) => {
            let absent = absent.iter().map(|table| table.file).collect();
            let loaded = Loaded { files, absent, dropped, seconds: started.elapsed().as_secs_f64(), repairs };
            outputs.summarize(&loaded).map_err(|error| LoadError::Summary(Box::new(error)))?;
            Ok(loaded)
        }
        Err(error) => {
            // If this fails too, the next load does it; why this one failed is what matters.
            let _ = session.clear().await;
            Err(error)
        }
    }
}

/// The tables that a load replaces: the marks, the read model, the base tables.
fn all_tables() -> Vec<&'static str> {
    let bases = TABLES.iter().map(|table| table.name);
    [losses::MARKS].into_iter().chain(read_model::tables()).chain(bases).collect()
}

/// Makes the new tables and fills them, ready to be swapped in, and completes the rejects and repairs. Returns what became
/// of each file, and the file of repairs, if there are any.
async fn fill(
    session: &mut Session,
    options: &LoadOptions,
    files: Vec<OpenFile>,
    outputs: &Outputs,
    progress: &Progress,
) -> Result<(Vec<FileSummary>, Option<PathBuf>), LoadError> {
    session.clear().await?;
    let definitions = read_definitions(&mut session.control).await?;
    let (marks, others) = definitions.split_first().expect("the marks are the first of all tables");
    let (read_model, bases) = others.split_at(others.len() - TABLES.len());
    let making = || LoadError::doing("making the new tables");
    execute(&mut session.control, format!("create schema {STAGING}")).await.map_err(making())?;
    for statement in [&marks.create].into_iter().chain(&marks.complete) {
        execute(&mut session.control, &**statement).await.map_err(making())?;
    }

    let jobs = options.jobs.max(1);
    let summaries = load_files(&session.workers, options, files, bases, outputs, progress).await?;
    read_model::fill(&session.workers, read_model, jobs, progress).await?;
    Ok((summaries, outputs.finish()?))
}

/// The definitions of all tables, in the order of [`all_tables`].
async fn read_definitions(control: &mut PgConnection) -> Result<Vec<Definition>, LoadError> {
    let doing = || LoadError::doing("reading the catalogue");
    let tables = all_tables();
    if let Some(dependent) = catalogue::dependent(control, &tables).await.map_err(doing())? {
        return Err(LoadError::Dependent(dependent));
    }
    let mut definitions = Vec::new();
    for table in tables {
        definitions.push(catalogue::read(control, table).await.map_err(doing())?);
    }
    Ok(definitions)
}

/// Completes on SIGINT or SIGTERM.
async fn interrupted() {
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => signal.recv().await,
            // No signal can be waited for: the load goes on without.
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        Ok(()) = tokio::signal::ctrl_c() => {}
        Some(()) = terminated => {}
        else => std::future::pending().await,
    }
}
