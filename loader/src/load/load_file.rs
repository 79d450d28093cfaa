//! Loads one file into its table: reads it, copies its rows, adds keys and foreign keys.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use sqlx::{Connection, PgConnection};
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::abort_monitor::AbortedTransactions;
use super::catalogue::TableDefinition;
use super::error::LoadError;
use super::files::OpenFile;
use super::known_ids::KnownIds;
use super::limits::Limits;
use super::losses::insert_high_water_mark;
use super::output_files::{Rejects, Repairs};
use super::read_file::{CopyBlock, FileOutcome, FileSource, read_file};
use super::session::{STAGING, Workers};
use super::summary::FileSummary;
use crate::database::{DatabaseError, execute};
use crate::progress::Progress;
use crate::tables::Table;

/// The capacity of the channel between the reader and COPY, in blocks. It evens out short stalls on both sides.
const QUEUED_BLOCKS: usize = 4;

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

/// The receiving end of a reference: what a file needs from a table that it references.
#[derive(Debug)]
pub(super) struct Parent {
    name: &'static str,
    /// The ids of the table, when all rows are loaded.
    ids: oneshot::Receiver<Arc<KnownIds>>,
    /// Signals that the table has its keys.
    keys: oneshot::Receiver<()>,
}

/// The sending end of a reference.
#[derive(Debug)]
pub(super) struct Child {
    ids: oneshot::Sender<Arc<KnownIds>>,
    keys: oneshot::Sender<()>,
}

/// The two ends of a reference to the table `name`.
pub(super) fn reference(name: &'static str) -> (Parent, Child) {
    let (ids_sender, ids) = oneshot::channel();
    let (keys_sender, keys) = oneshot::channel();
    (Parent { name, ids, keys }, Child { ids: ids_sender, keys: keys_sender })
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
        let (mut parents, mut parents_keys) = (Vec::new(), Vec::new());
        for parent in self.parents {
            parents.push((parent.name, received(parent.ids).await));
            parents_keys.push(parent.keys);
        }
        let slot = slots.acquire().await.expect("the semaphore is never closed");
        let started = Instant::now();
        let OpenFile { table, path, file, bytes } = self.file;
        let task = progress.task(table.file, "rows", bytes);
        let Self { limits, rejects, repairs, .. } = self;
        let source =
            FileSource { table, path: path.clone(), file, parents, rejects: rejects.clone(), repairs, task };
        let (sender, blocks) = mpsc::channel(QUEUED_BLOCKS);
        let reader = tokio::task::spawn_blocking(move || read_file(source, &sender));

        let during = |what| DatabaseError::during(format!("{}: {what}", table.file));
        let mut connection = workers.connect_to_staging().await?;
        let live = limits.live_rows(&mut connection, table).await;
        let live = live.map_err(during("counting the live rows"))?;
        let mut transaction = connection.begin().await.map_err(during("beginning a transaction"))?;
        execute(&mut transaction, self.definition.create).await.map_err(during("creating the table"))?;
        let loaded = copy(&mut transaction, table, path.clone(), blocks, aborted).await?;
        let (outcome, task) = reader.await.expect("the reader neither panics nor is it aborted")?;
        check_outcome(&outcome, loaded, &path, limits, &rejects)?;
        Limits::check_shrinking(&path, table, live, loaded)?;
        let largest_id = outcome.ids.largest;
        let summary = summarize(table, &outcome, &rejects);
        let ids = Arc::new(outcome.ids);
        let mut children_keys = Vec::new();
        for child in self.children {
            // Sending fails if the child's load has failed.
            let _ = child.ids.send(Arc::clone(&ids));
            children_keys.push(child.keys);
        }
        drop(ids);

        task.phase("keys");
        let mut statements = self.definition.complete;
        statements.push(set_sequence(table, largest_id));
        statements.push(insert_high_water_mark(STAGING, table, largest_id));
        statements.push(format!("analyze {STAGING}.{}", table.name));
        for statement in statements {
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
        for statement in self.definition.foreign_keys.into_iter().chain(self.definition.validations) {
            execute(&mut connection, statement).await.map_err(during("adding foreign keys"))?;
        }
        task.finish();
        Ok(FileSummary { seconds, ..summary })
    }
}

/// Fails if rows are missing in the table, which has `loaded` rows, or if too many lines were rejected.
fn check_outcome(
    outcome: &FileOutcome,
    loaded: u64,
    path: &Path,
    limits: Limits,
    rejects: &Rejects,
) -> Result<(), LoadError> {
    let FileOutcome { lines, rejected, .. } = *outcome;
    if lines != loaded + rejected || loaded != outcome.loaded {
        return Err(LoadError::Lost { path: path.to_owned(), lines, loaded, rejected });
    }
    limits.check_rejected(path, lines, rejected, rejects.path()).or_else(|error| {
        // The other files of rejects are discarded; this one explains the error.
        rejects.finish()?;
        Err(error)
    })
}

/// Waits for a parent.
async fn received<T>(receiver: oneshot::Receiver<T>) -> T {
    match receiver.await {
        Ok(sent) => sent,
        // The load of the parent has failed, and the whole load is about to end.
        Err(_) => std::future::pending().await,
    }
}

/// Sends the blocks to COPY, until the server aborts it. Returns the number of rows that the server has counted.
async fn copy(
    connection: &mut PgConnection,
    table: &Table,
    path: PathBuf,
    mut blocks: mpsc::Receiver<CopyBlock>,
    mut aborted: AbortedTransactions,
) -> Result<u64, LoadError> {
    let mut line = 1;
    let columns = table.copy_columns();
    let statement = format!("copy {STAGING}.{} ({columns}) from stdin with (freeze)", table.name);
    let copied = async {
        let pid = sqlx::query_scalar("select pg_backend_pid()").fetch_one(&mut *connection).await?;
        let mut copy = connection.copy_in_raw(&statement).await?;
        while let Some(block) = tokio::select! {
            block = blocks.recv() => block,
            () = aborted.wait_for(pid) => None,
        } {
            copy.send(block.text).await?;
            line = block.line;
        }
        copy.finish().await
    };
    copied.await.map_err(|source| LoadError::Copy { path, line, source })
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
