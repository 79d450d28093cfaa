//! What a batch is: one query that does many jobs.

use sqlx::PgConnection;

/// A query, and the jobs that one execution of it does.
pub trait Batch: Send + Sync + 'static {
    /// What one caller wants.
    type Job: Clone + Send + Sync + 'static;
    /// What that caller gets.
    type Output: Send + 'static;
    /// The label `query` of the metrics.
    const NAME: &'static str;
    /// The most jobs of one batch. It has fewer where the query takes long.
    const MAX_JOBS: usize = 64;

    /// Whether jobs change what clients see. If so, the caller of one that was begun waits until it is known whether it was
    /// done. Other jobs are given up after the timeout.
    const IS_WRITE: bool;

    /// Whether a job that is run twice has the effect of one. If so, it is retried when its connection is lost, after
    /// which it is not known whether it was done. (What the server has undone is retried for every job.)
    #[must_use]
    fn is_idempotent(_: &Self::Job) -> bool {
        !Self::IS_WRITE
    }

    /// A number of the rows that a job locks: those of one number run one after the other, and after a lock timeout they
    /// alone wait until the lock is released. None where a job shares no rows with others.
    #[must_use]
    fn locks(_: &Self::Job) -> Option<i64> {
        None
    }

    /// How many batches may run at one time, of a pool with so many connections. By default a query of writes, which may
    /// wait for locks, leaves a connection to the others.
    #[must_use]
    fn max_running(connections: usize) -> usize {
        if Self::IS_WRITE { connections.max(2) - 1 } else { connections }
    }

    /// Runs all of `jobs`, and returns their outputs in the same order. A failure undoes all of them; they are then run
    /// one by one.
    fn run(
        connection: &mut PgConnection,
        jobs: &[Self::Job],
    ) -> impl Future<Output = sqlx::Result<Vec<Self::Output>>> + Send;
}
