//! Loads one file into its table: reads it, copies its rows, adds keys and foreign keys.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use sqlx::Connection;
use tokio::sync::Semaphore;

use super::abort_monitor::AbortedTransactions;
use super::catalogue::TableDefinition;
use super::copy::read_and_copy;
use super::error::LoadError;
use super::files::OpenFile;
use super::limits::Limits;
use super::losses::insert_high_water_mark;
use super::output_files::{Rejects, Repairs};
use super::read_file::{FileOutcome, FileSource};
use super::references::{Child, Parent, received, send_ids};
use super::session::{STAGING, Workers};
use super::summary::FileSummary;
use crate::database::{DatabaseError, execute};
use crate::progress::Progress;
use crate::tables::Table;

/// A file and everything that its load needs.
#[derive(Debug)]
pub(super) struct FileLoad {
    pub(super) file: OpenFile,
    pub(super) definition: TableDefinition,
    pub(super) limits: Limits,
    pub(super) rejects: Rejects,
    pub(super) repairs: Repairs,
    /// The tables that the file references.
    pub(super) parents: Vec<Parent>,
    /// The files that reference this one.
    pub(super) children: Vec<Child>,
}

impl FileLoad {
    /// Loads the file when all rows of its parents are loaded and `slots` has a permit. Afterwards the table has all of its
    /// keys and indexes, and statistics.
    pub(super) async fn run(
        self,
        workers: Workers,
        slots: Arc<Semaphore>,
        aborted: AbortedTransactions,
        progress: Progress,
    ) -> Result<FileSummary, LoadError> {
        let Self {
            file: OpenFile { table, path, file, bytes }, definition, limits, rejects, repairs, ..
        } = self;
        let (mut parents, mut parents_keys) = (Vec::new(), Vec::new());
        for parent in self.parents {
            parents.push((parent.name, received(parent.ids).await));
            parents_keys.push(parent.keys);
        }
        let slot = slots.acquire().await.expect("the semaphore is never closed");
        let started = Instant::now();
        let task = progress.task(table.file, "rows", bytes);
        let during = |what| DatabaseError::during(format!("{}: {what}", table.file));
        let mut connection = workers.connect_to_staging().await?;
        let live = limits.live_rows(&mut connection, table).await;
        let live = live.map_err(during("counting the live rows"))?;
        let mut transaction = connection.begin().await.map_err(during("beginning a transaction"))?;
        execute(&mut transaction, definition.create).await.map_err(during("creating the table"))?;
        let source =
            FileSource { table, path: path.clone(), file, parents, rejects: rejects.clone(), repairs, task };
        let (outcome, task) = read_and_copy(&mut transaction, source, aborted).await?;
        let summary = summarize(table, &outcome, &rejects);
        check_limits(limits, &summary, &path, &rejects)?;
        Limits::check_shrinking(&path, table, live, summary.loaded)?;
        let largest_id = outcome.ids.largest;
        let children_keys = send_ids(self.children, outcome.ids);

        task.phase("keys");
        for statement in key_statements(table, definition.complete, largest_id) {
            execute(&mut transaction, statement).await.map_err(during("creating keys and indexes"))?;
        }
        transaction.commit().await.map_err(during("committing"))?;
        let seconds = started.elapsed().as_secs_f64();
        for child in children_keys {
            let _ = child.send(());
        }

        drop(slot);
        for keys in parents_keys {
            received(keys).await;
        }
        let _slot = slots.acquire().await.expect("the semaphore is never closed");
        task.phase("foreign keys");
        // Added as not valid and validated later: adding a valid key would block others during the validation.
        for statement in definition.foreign_keys.into_iter().chain(definition.validations) {
            execute(&mut connection, statement).await.map_err(during("adding foreign keys"))?;
        }
        task.finish();
        Ok(FileSummary { seconds, ..summary })
    }
}

/// Fails if too many lines were rejected.
fn check_limits(
    limits: Limits,
    summary: &FileSummary,
    path: &Path,
    rejects: &Rejects,
) -> Result<(), LoadError> {
    let FileSummary { lines, rejected, .. } = *summary;
    limits.check_rejected(path, lines, rejected, rejects.path()).or_else(|error| {
        // The other files of rejects are discarded; this one explains the error.
        rejects.finish()?;
        Err(error)
    })
}

/// The statements that complete a filled table, except its foreign keys.
fn key_statements(table: &Table, complete: Vec<String>, largest_id: u64) -> Vec<String> {
    let mut statements = complete;
    statements.push(set_sequence(table, largest_id));
    statements.push(insert_high_water_mark(STAGING, table, largest_id));
    statements.push(format!("analyze {STAGING}.{}", table.name));
    statements
}

/// The statement that lets new rows have ids above the largest that was loaded.
fn set_sequence(table: &Table, largest_id: u64) -> String {
    let next = if largest_id == 0 { "1, false".to_owned() } else { format!("{largest_id}, true") };
    format!("select setval(pg_get_serial_sequence('{STAGING}.{}', 'id'), {next})", table.name)
}

fn summarize(table: &Table, outcome: &FileOutcome, rejects: &Rejects) -> FileSummary {
    FileSummary {
        file: table.file,
        lines: outcome.lines,
        loaded: outcome.loaded,
        repaired: outcome.repaired,
        rejected: outcome.rejected,
        seconds: 0.0,
        rejects: (outcome.rejected > 0).then(|| rejects.path()),
    }
}
