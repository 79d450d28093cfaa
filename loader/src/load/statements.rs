//! Runs many statements on several connections.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::JoinSet;

use super::session::Workers;
use crate::database::{DatabaseError, execute};
use crate::progress::Task;

/// Statements to run in their order on one connection.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) statements: Vec<String>,
    /// The progress that they make, in the unit of the task.
    pub(super) size: u64,
}

/// Runs all steps, `jobs` at a time. They start in the given order.
pub(super) async fn run_all(
    workers: &Workers,
    jobs: usize,
    action: &str,
    steps: Vec<Step>,
    task: Task,
) -> Result<(), DatabaseError> {
    let jobs = jobs.min(steps.len());
    let queue = Arc::new(Mutex::new(steps.into_iter()));
    let progress = Arc::new(Mutex::new((task, 0)));
    let mut running = JoinSet::new();
    for _ in 0..jobs {
        let mut connection = workers.connect_to_staging().await?;
        let (queue, progress) = (Arc::clone(&queue), Arc::clone(&progress));
        running.spawn(async move {
            let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
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
        ended.expect("no task panics or is aborted").map_err(DatabaseError::during(action))?;
    }
    progress.lock().unwrap_or_else(PoisonError::into_inner).0.finish();
    Ok(())
}
