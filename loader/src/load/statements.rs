//! Runs many statements on a few connections.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::JoinSet;

use super::session::Workers;
use crate::database::execute;
use crate::error::LoadError;
use crate::progress::Task;

/// Statements that follow each other, and how far they bring the job on.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) statements: Vec<String>,
    /// In the unit of the job.
    pub(super) size: u64,
}

/// Does all steps, `jobs` at a time, begun in the order given.
pub(super) async fn run_all(
    workers: &Workers,
    jobs: usize,
    doing: &str,
    steps: Vec<Step>,
    task: Task,
) -> Result<(), LoadError> {
    let jobs = jobs.min(steps.len());
    let waiting = Arc::new(Mutex::new(steps.into_iter()));
    let progress = Arc::new(Mutex::new((task, 0)));
    let mut running = JoinSet::new();
    for _ in 0..jobs {
        let mut connection = workers.filler().await?;
        let (waiting, progress) = (Arc::clone(&waiting), Arc::clone(&progress));
        running.spawn(async move {
            let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
            while let Some(step) = next() {
                for statement in step.statements {
                    execute(&mut connection, statement).await?;
                }
                let (task, done) = &mut *progress.lock().unwrap_or_else(PoisonError::into_inner);
                *done += step.size;
                task.advance(step.size, *done);
            }
            sqlx::Result::Ok(())
        });
    }
    while let Some(ended) = running.join_next().await {
        ended.expect("workers do not panic and are not aborted").map_err(LoadError::doing(doing))?;
    }
    progress.lock().unwrap_or_else(PoisonError::into_inner).0.finish();
    Ok(())
}
