//! Loads all files, parents before children, as many at a time as are allowed.

use std::sync::Arc;

use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinSet;

use super::LoadOptions;
use super::catalogue::Definition;
use super::damage::{Rejects, Repairs};
use super::files::OpenFile;
use super::load_file::FileLoad;
use super::session::Workers;
use super::summary::FileSummary;
use crate::error::LoadError;
use crate::progress::Progress;
use crate::tables::{Column, TABLES};

/// Loads `files`, which stand in the order of the list of tables, as do `definitions`.
pub(super) async fn load_files(
    workers: &Workers,
    options: &LoadOptions,
    files: Vec<OpenFile>,
    definitions: &[Definition],
    repairs: &Repairs,
    progress: &Progress,
) -> Result<Vec<FileSummary>, LoadError> {
    let mut loads = Vec::new();
    for (file, definition) in files.into_iter().zip(definitions) {
        let rejects = Rejects::new(&options.rejects, file.table.file)?;
        loads.push(FileLoad::new(file, definition.clone(), rejects, repairs.clone()));
    }
    connect_parents(&mut loads);
    let places = Arc::new(Semaphore::new(options.jobs.max(1)));
    let mut running = JoinSet::new();
    for load in loads {
        running.spawn(load.run(workers.clone(), Arc::clone(&places), progress.clone()));
    }
    let mut summaries = Vec::new();
    while let Some(ended) = running.join_next().await {
        summaries.push(ended.expect("no load panics or is aborted")?);
    }
    summaries.sort_by_key(|summary| TABLES.iter().position(|table| table.file == summary.file));
    Ok(summaries)
}

/// Lets each file wait for the files that it points at.
fn connect_parents(loads: &mut [FileLoad]) {
    for child in 0..loads.len() {
        let mut names: Vec<_> = loads[child].file.table.columns.iter().filter_map(Column::parent).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let parent = loads.iter().position(|load| load.file.table.name == name);
            let (sender, receiver) = oneshot::channel();
            loads[parent.expect("each parent stands in the list of tables")].children.push(sender);
            loads[child].parents.push((name, receiver));
        }
    }
}
