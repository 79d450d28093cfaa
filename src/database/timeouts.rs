//! How long jobs may take.

use std::time::Duration;

/// The timeouts of the jobs of a pool. All of them are parts of one setting, `database_timeout_ms`: together, waiting and
/// running take no longer than that.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// Of a job in all, and of connecting.
    pub total: Duration,
    /// Of waiting in the queue. A job that has waited longer is not begun.
    pub wait: Duration,
    /// Of the wait that is expected when a job comes. If it is longer, the job is rejected at once.
    pub expected_wait: Duration,
    /// Of a batch. Batches are made so small that they take about this long at most, as far as earlier ones tell.
    pub expected_run: Duration,
    /// Of a batch, after which it is not known what becomes of it.
    pub run: Duration,
    /// Of a statement, after which the server undoes it.
    pub statement: Duration,
    /// Of waiting for a lock, after which the server undoes the statement.
    pub lock: Duration,
    /// The same for a job that runs alone, after a batch with it has waited for so long.
    pub lock_alone: Duration,
}

impl Timeouts {
    /// The timeouts of reads. They can be given up at any time, so that each may take all of the time.
    #[must_use]
    pub fn reads(total: Duration) -> Self {
        Self {
            total,
            wait: total,
            expected_wait: total / 4,
            expected_run: total / 16,
            run: total,
            statement: total,
            lock: total,
            lock_alone: total,
        }
    }

    /// The timeouts of writes. One that was begun must end within the time, and the server must undo it before this
    /// process gives it up: then its outcome is known.
    #[must_use]
    pub fn writes(total: Duration) -> Self {
        Self {
            wait: total / 2,
            run: total / 2,
            statement: total * 3 / 8,
            lock: total / 4,
            lock_alone: total / 40,
            ..Self::reads(total)
        }
    }
}
