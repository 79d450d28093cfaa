//! The steps of a load, in their order.

use std::path::PathBuf;
use std::pin::pin;
use std::time::Instant;

use sqlx::PgConnection;
use tokio::signal::unix::{SignalKind, signal};

use super::catalogue::{self, TableDefinition};
use super::error::LoadError;
use super::files::{self, OpenFile};
use super::foreign_keys;
use super::load_files::load_files;
use super::losses::{HIGH_WATER_MARKS, check_losses, find_losses};
use super::options::LoadOptions;
use super::output_files::OutputFiles;
use super::read_model;
use super::session::{LoadSession, STAGING};
use super::summary::{FileSummary, LoadSummary};
use super::swap::Swap;
use crate::database::{DatabaseError, execute, migrate};
use crate::progress::Progress;
use crate::tables::TABLES;

/// Loads the files of `options.dir`. The database serves the old data until the load has succeeded. SIGINT and SIGTERM
/// end the load with [`LoadError::Interrupted`].
pub async fn load(options: &LoadOptions, progress: &Progress) -> Result<LoadSummary, LoadError> {
    let started = Instant::now();
    let files = files::open(&options.dir)?;
    let absent: Vec<_> = files.iter().filter(|file| file.file.is_none()).map(|file| file.table).collect();
    let outputs = OutputFiles::new(options, &files)?;
    let mut session = LoadSession::open(&options.database).await?;
    migrate(&mut session.control, progress).await?;
    // A first check, before the work: the swap repeats it under its locks.
    let losses = find_losses(&mut session.control, options, &absent).await?;
    check_losses(options, &losses)?;
    for loss in losses {
        progress.print(&format!("will be dropped: {loss}"));
    }
    let mut interrupted = pin!(interrupted());
    let staged = tokio::select! {
        staged = fill_staging(&mut session, options, files, &outputs, progress) => staged,
        () = &mut interrupted => Err(LoadError::Interrupted),
    };
    let swapped = match staged {
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
            let seconds = started.elapsed().as_secs_f64();
            let summary = LoadSummary { files, absent, dropped, seconds, repairs };
            let validated = foreign_keys::validate(&mut session.control, &all_tables()).await;
            outputs.write_summary(&summary).map_err(|error| LoadError::Summary(Box::new(error)))?;
            validated.map_err(LoadError::Unvalidated)?;
            Ok(summary)
        }
        Err(error) => {
            // If this fails too, the next load drops the schema. The first error is the one to report.
            let _ = session.clear().await;
            Err(error)
        }
    }
}

/// The tables that a load replaces: the high-water marks, the derived tables, the base tables.
fn all_tables() -> Vec<&'static str> {
    let bases = TABLES.iter().map(|table| table.name);
    [HIGH_WATER_MARKS].into_iter().chain(read_model::tables()).chain(bases).collect()
}

/// Creates and fills the new tables in the staging schema, and completes the files of rejects and repairs. Returns the
/// summary of each file, and the path of the file of repairs, if any line was repaired.
async fn fill_staging(
    session: &mut LoadSession,
    options: &LoadOptions,
    files: Vec<OpenFile>,
    outputs: &OutputFiles,
    progress: &Progress,
) -> Result<(Vec<FileSummary>, Option<PathBuf>), LoadError> {
    session.clear().await?;
    let definitions = read_definitions(&mut session.control).await?;
    let (marks, others) =
        definitions.split_first().expect("the high-water marks are the first of all tables");
    let (read_model, bases) = others.split_at(others.len() - TABLES.len());
    let during = || DatabaseError::during("creating the new tables");
    execute(&mut session.control, format!("create schema {STAGING}")).await.map_err(during())?;
    for statement in [&marks.create].into_iter().chain(&marks.complete) {
        execute(&mut session.control, &**statement).await.map_err(during())?;
    }

    let jobs = options.jobs.max(1);
    let summaries = load_files(&session.workers, options, files, bases, outputs, progress).await?;
    read_model::fill(&session.workers, read_model, jobs, progress).await?;
    Ok((summaries, outputs.finish()?))
}

/// The definitions of all tables, in the order of [`all_tables`].
async fn read_definitions(control: &mut PgConnection) -> Result<Vec<TableDefinition>, LoadError> {
    let during = || DatabaseError::during("reading the catalogue");
    let tables = all_tables();
    if let Some(dependent) = catalogue::dependent(control, &tables).await.map_err(during())? {
        return Err(LoadError::Dependent(dependent));
    }
    let mut definitions = Vec::new();
    for table in tables {
        definitions.push(catalogue::read(control, table).await.map_err(during())?);
    }
    Ok(definitions)
}

/// Completes on SIGINT or SIGTERM.
async fn interrupted() {
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => signal.recv().await,
            // Without a handler the load cannot be interrupted gracefully, but it can go on.
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        Ok(()) = tokio::signal::ctrl_c() => {}
        Some(()) = terminated => {}
        else => std::future::pending().await,
    }
}
