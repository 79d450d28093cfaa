//! Copies the rows of one file into its table.

use std::path::PathBuf;

use sqlx::PgConnection;
use tokio::sync::mpsc;

use super::abort_monitor::AbortedTransactions;
use super::error::LoadError;
use super::read_file::{CopyBlock, FileOutcome, FileSource, read_file};
use super::session::STAGING;
use crate::progress::Task;
use crate::tables::Table;

/// The capacity of the channel between the reader and COPY, in blocks. It evens out short stalls on both sides.
const QUEUED_BLOCKS: usize = 4;

/// Reads the file and copies its rows concurrently. Fails if rows are missing in the table afterwards.
pub(super) async fn read_and_copy(
    connection: &mut PgConnection,
    source: FileSource,
    aborted: AbortedTransactions,
) -> Result<(FileOutcome, Task), LoadError> {
    let (table, path) = (source.table, source.path.clone());
    let (sender, blocks) = mpsc::channel(QUEUED_BLOCKS);
    let reader = tokio::task::spawn_blocking(move || read_file(source, &sender));
    let copied = copy(connection, table, path.clone(), blocks, aborted).await?;
    let (outcome, task) = reader.await.expect("the reader neither panics nor is it aborted")?;
    let FileOutcome { lines, loaded, rejected, .. } = outcome;
    if lines != copied + rejected || loaded != copied {
        return Err(LoadError::Lost { path, lines, loaded: copied, rejected });
    }
    Ok((outcome, task))
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
