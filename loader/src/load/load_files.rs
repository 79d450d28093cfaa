//! Loads all files concurrently, parents before children.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::abort_monitor::AbortMonitor;
use super::catalogue::TableDefinition;
use super::error::LoadError;
use super::files::OpenFile;
use super::load_file::FileLoad;
use super::options::LoadOptions;
use super::output_files::OutputFiles;
use super::references::reference;
use super::session::Workers;
use super::summary::FileSummary;
use crate::progress::Progress;
use crate::tables::{Column, TABLES};

/// Loads `files`. They and `definitions` are in the order of [`TABLES`].
pub(super) async fn load_files(
    workers: &Workers,
    options: &LoadOptions,
    files: Vec<OpenFile>,
    definitions: &[TableDefinition],
    outputs: &OutputFiles,
    progress: &Progress,
) -> Result<Vec<FileSummary>, LoadError> {
    let mut loads = Vec::new();
    for ((file, definition), rejects) in files.into_iter().zip(definitions).zip(&outputs.rejects) {
        loads.push(FileLoad {
            file,
            definition: definition.clone(),
            limits: options.limits,
            rejects: rejects.clone(),
            repairs: outputs.repairs.clone(),
            parents: Vec::new(),
            children: Vec::new(),
        });
    }
    connect_parents(&mut loads);
    let (monitor, aborted) = AbortMonitor::open(workers).await?;
    let slots = Arc::new(Semaphore::new(options.jobs.max(1)));
    let mut running = JoinSet::new();
    for load in loads {
        running.spawn(load.run(workers.clone(), Arc::clone(&slots), aborted.clone(), progress.clone()));
    }
    let all = async {
        let mut summaries = Vec::new();
        while let Some(ended) = running.join_next().await {
            summaries.push(ended.expect("no task panics or is aborted")?);
        }
        Ok::<_, LoadError>(summaries)
    };
    let mut summaries = tokio::select! {
        summaries = all => summaries?,
        Err(error) = monitor.run() => return Err(error.into()),
    };
    summaries.sort_by_key(|summary| TABLES.iter().position(|table| table.file == summary.file));
    Ok(summaries)
}

/// Connects each file with the files that it references.
fn connect_parents(loads: &mut [FileLoad]) {
    for child in 0..loads.len() {
        let parents = loads[child].file.table.columns.iter().filter_map(Column::parent);
        let names: BTreeSet<_> = parents.map(|parent| parent.name).collect();
        for name in names {
            let parent = loads.iter().position(|load| load.file.table.name == name);
            let (to_parent, to_child) = reference(name);
            loads[parent.expect("each parent is in the list of tables")].children.push(to_child);
            loads[child].parents.push(to_parent);
        }
    }
}
