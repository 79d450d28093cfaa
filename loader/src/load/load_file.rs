//! Brings one file into its table: reader, channel, COPY, keys, foreign keys.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use sqlx::{Connection, PgConnection};
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::catalogue::Definition;
use super::failures::Failures;
use super::files::OpenFile;
use super::known_ids::KnownIds;
use super::limits::Limits;
use super::losses;
use super::outputs::{Rejects, Repairs};
use super::read_file::{Block, Outcome, Source, read_file};
use super::session::{STAGING, Workers};
use super::summary::FileSummary;
use crate::database::execute;
use crate::error::LoadError;
use crate::progress::Progress;
use crate::tables::Table;

/// Blocks that wait between the reader and the database: enough that neither waits for the other's hiccups.
const WAITING_BLOCKS: usize = 4;

/// A file, and what it needs to be loaded.
#[derive(Debug)]
pub(super) struct FileLoad {
    pub(super) file: OpenFile,
    pub(super) definition: Definition,
    pub(super) limits: Limits,
    pub(super) rejects: Rejects,
    pub(super) repairs: Repairs,
    /// What it waits for.
    pub(super) parents: Vec<Parent>,
    /// Who waits for it.
    pub(super) children: Vec<Child>,
}

/// A table that a file points at.
#[derive(Debug)]
pub(super) struct Parent {
    name: &'static str,
    /// Its ids, once it is full.
    ids: oneshot::Receiver<Arc<KnownIds>>,
    /// That it has its keys.
    keys: oneshot::Receiver<()>,
}

/// The other end of a [`Parent`].
#[derive(Debug)]
pub(super) struct Child {
    ids: oneshot::Sender<Arc<KnownIds>>,
    keys: oneshot::Sender<()>,
}

/// The two ends of a reference to the table of this name.
pub(super) fn reference(name: &'static str) -> (Parent, Child) {
    let (ids_sender, ids) = oneshot::channel();
    let (keys_sender, keys) = oneshot::channel();
    (Parent { name, ids, keys }, Child { ids: ids_sender, keys: keys_sender })
}

impl FileLoad {
    /// Loads the file, as soon as its parents are full and one of the `places` is free. The table has all of its
    /// definition afterwards, and statistics.
    pub(super) async fn run(
        self,
        workers: Workers,
        places: Arc<Semaphore>,
        failures: Failures,
        progress: Progress,
    ) -> Result<FileSummary, LoadError> {
        let (mut parents, mut parents_keys) = (Vec::new(), Vec::new());
        for parent in self.parents {
            parents.push((parent.name, received(parent.ids).await));
            parents_keys.push(parent.keys);
        }
        let place = places.acquire().await.expect("the places are never closed");
        let started = Instant::now();
        let OpenFile { table, path, file, bytes } = self.file;
        let task = progress.task(table.file, "rows", bytes);
        let Self { limits, rejects, repairs, .. } = self;
        let source =
            Source { table, path: path.clone(), file, parents, rejects: rejects.clone(), repairs, task };
        let (sender, blocks) = mpsc::channel(WAITING_BLOCKS);
        let reader = tokio::task::spawn_blocking(move || read_file(source, &sender));

        let doing = |what| LoadError::doing(format!("{}: {what}", table.file));
        let mut connection = workers.filler().await?;
        let live = limits.live_rows(&mut connection, table).await;
        let live = live.map_err(doing("counting the live rows"))?;
        let mut transaction = connection.begin().await.map_err(doing("beginning a transaction"))?;
        execute(&mut transaction, self.definition.create).await.map_err(doing("making the table"))?;
        let loaded = copy(&mut transaction, table, path.clone(), blocks, failures).await?;
        let (outcome, task) = reader.await.expect("the reader neither panics nor is it aborted")?;
        if outcome.lines != loaded + outcome.rejected || loaded != outcome.loaded {
            return Err(LoadError::Lost { path, lines: outcome.lines, loaded, rejected: outcome.rejected });
        }
        if let Err(error) = limits.check_rejected(&path, &outcome, &rejects) {
            // The others are discarded; these say what is wrong with the file.
            rejects.finish()?;
            return Err(error);
        }
        Limits::check_shrinking(&path, table, live, loaded)?;
        let largest = outcome.ids.largest;
        let summary = summarize(table, &outcome, &rejects);
        let ids = Arc::new(outcome.ids);
        let mut children_keys = Vec::new();
        for child in self.children {
            // A child that has gone is one that has failed.
            let _ = child.ids.send(Arc::clone(&ids));
            children_keys.push(child.keys);
        }
        drop(ids);

        task.phase("keys");
        let mut statements = self.definition.complete;
        statements.push(continue_sequence(table, largest));
        statements.push(losses::mark(STAGING, table, largest));
        statements.push(format!("analyze {STAGING}.{}", table.name));
        for statement in statements {
            execute(&mut transaction, statement).await.map_err(doing("making keys and indexes"))?;
        }
        transaction.commit().await.map_err(doing("committing"))?;
        let seconds = started.elapsed().as_secs_f64();
        for child in children_keys {
            let _ = child.send(());
        }

        drop(place);
        for keys in parents_keys {
            received(keys).await;
        }
        let _place = places.acquire().await.expect("the places are never closed");
        task.phase("foreign keys");
        // Verifying hinders nobody, while adding would if it verified at once.
        for statement in self.definition.references.into_iter().chain(self.definition.verify) {
            execute(&mut connection, statement).await.map_err(doing("adding foreign keys"))?;
        }
        task.finish();
        Ok(FileSummary { seconds, ..summary })
    }
}

/// What a parent sends.
async fn received<T>(receiver: oneshot::Receiver<T>) -> T {
    match receiver.await {
        Ok(sent) => sent,
        // The parent has failed, and with it the load, which ends this too.
        Err(_) => std::future::pending().await,
    }
}

/// Feeds the blocks to COPY, unless that has failed. Returns the number of rows that the server took.
async fn copy(
    connection: &mut PgConnection,
    table: &Table,
    path: PathBuf,
    mut blocks: mpsc::Receiver<Block>,
    mut failures: Failures,
) -> Result<u64, LoadError> {
    let mut line = 1;
    let columns = table.filled_columns();
    let statement = format!("copy {STAGING}.{} ({columns}) from stdin with (freeze)", table.name);
    let copied = async {
        let pid = sqlx::query_scalar("select pg_backend_pid()").fetch_one(&mut *connection).await?;
        let mut copy = connection.copy_in_raw(&statement).await?;
        while let Some(block) = tokio::select! {
            block = blocks.recv() => block,
            () = failures.of(pid) => None,
        } {
            copy.send(block.text).await?;
            line = block.line;
        }
        copy.finish().await
    };
    copied.await.map_err(|source| LoadError::Copy { path, line, source })
}

/// New rows get ids behind the largest that was loaded.
fn continue_sequence(table: &Table, largest: u64) -> String {
    let next = if largest == 0 { "1, false".to_owned() } else { format!("{largest}, true") };
    format!("select setval(pg_get_serial_sequence('{STAGING}.{}', 'id'), {next})", table.name)
}

fn summarize(table: &Table, outcome: &Outcome, rejects: &Rejects) -> FileSummary {
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
