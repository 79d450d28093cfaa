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
    /// Whether a job can be run twice without harm. If so, it is retried on another connection when its own is lost.
    /// (After a serialization failure or a deadlock, which undo the transaction, every job is retried.)
    const IS_IDEMPOTENT: bool;
    /// The most jobs of one batch. A batch fails as a whole.
    const MAX_JOBS: usize = 64;

    /// Runs all of `jobs`, and returns their outputs in the same order.
    fn run(
        connection: &mut PgConnection,
        jobs: &[Self::Job],
    ) -> impl Future<Output = sqlx::Result<Vec<Self::Output>>> + Send;
}
