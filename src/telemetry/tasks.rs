//! Background tasks: one that panics is started again, and counted.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use prometheus::IntCounterVec;
use tokio::time::sleep;

/// Backoff after a panic: a task that panics each time must not take a processor.
const BACKOFF: Duration = Duration::from_millis(100);

/// Supervises background tasks. Clones share the counter of panics.
#[derive(Clone)]
pub struct Supervisor {
    pub(super) panics: IntCounterVec,
}

impl Supervisor {
    /// Runs the future that `start` makes, and makes another one if it panics. Ends when a future ends by itself. `task` is
    /// the label of the metric. The panic hook has logged the panic.
    pub async fn supervise<F: Future<Output = ()>>(&self, task: &'static str, mut start: impl FnMut() -> F) {
        // A series starts at zero, not at its first panic.
        let panics = self.panics.with_label_values(&[task]);
        while AssertUnwindSafe(start()).catch_unwind().await.is_err() {
            panics.inc();
            sleep(BACKOFF).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::telemetry::metrics::Metrics;

    #[tokio::test]
    async fn a_task_that_panics_is_started_again_and_counted() {
        let metrics = Metrics::default();
        let mut starts = 0;

        let start = || {
            starts += 1;
            let panics = starts < 3;
            async move { assert!(!panics, "for the test") }
        };
        metrics.supervisor().supervise("example", start).await;

        assert_eq!(starts, 3);
        assert!(metrics.text().contains("atelier_task_panics_total{task=\"example\"} 2"));
    }
}
