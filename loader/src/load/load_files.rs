//! Loads all files, parents before children, as many at a time as are allowed.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::LoadOptions;
use super::catalogue::Definition;
use super::failures::Watch;
use super::files::OpenFile;
use super::load_file::{FileLoad, reference};
use super::outputs::Outputs;
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
    outputs: &Outputs,
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
    let (watch, failures) = Watch::open(workers).await?;
    let places = Arc::new(Semaphore::new(options.jobs.max(1)));
    let mut running = JoinSet::new();
    for load in loads {
        running.spawn(load.run(workers.clone(), Arc::clone(&places), failures.clone(), progress.clone()));
    }
    let all = async {
        let mut summaries = Vec::new();
        while let Some(ended) = running.join_next().await {
            summaries.push(ended.expect("no load panics or is aborted")?);
        }
        Ok(summaries)
    };
    let mut summaries = tokio::select! {
        summaries = all => summaries?,
        Err(error) = watch.run() => return Err(error),
    };
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
            let (to_parent, to_child) = reference(name);
            loads[parent.expect("each parent stands in the list of tables")].children.push(to_child);
            loads[child].parents.push(to_parent);
        }
    }
}
