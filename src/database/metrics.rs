//! Metrics of connections, and of the jobs that run on them.

use std::sync::Arc;
use std::time::Duration;

use prometheus::{Histogram, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec};

use super::error::JobError;
use crate::telemetry::log_limit::LogLimit;
use crate::telemetry::metrics::{Metrics, SECONDS};
use crate::telemetry::tasks::Supervisor;

/// Upper bounds of the jobs in a batch.
const BATCH_SIZES: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0];

/// Metrics of all connections and all queries of a process. Clones share them.
#[derive(Clone)]
pub struct DatabaseMetrics {
    connections: IntGaugeVec,
    queued: IntGaugeVec,
    batch_sizes: HistogramVec,
    seconds: HistogramVec,
    failed: IntCounterVec,
    rejections: Arc<LogLimit>,
    supervisor: Supervisor,
}

impl DatabaseMetrics {
    /// Registers them with `metrics`.
    #[must_use]
    pub fn new(metrics: &Metrics) -> Self {
        Self {
            connections: metrics.gauges(
                "atelier_database_connections",
                "Open connections to PostgreSQL, by pool.",
                &["pool"],
            ),
            queued: metrics.gauges(
                "atelier_database_queued_jobs",
                "Jobs that wait for a connection, by query.",
                &["query"],
            ),
            batch_sizes: metrics.histograms(
                "atelier_database_batch_jobs",
                "Jobs per batch, by query; the count is the number of batches.",
                &["query"],
                BATCH_SIZES,
            ),
            seconds: metrics.histograms(
                "atelier_database_batch_duration_seconds",
                "Time that a batch took on its connection, in seconds.",
                &["query"],
                SECONDS,
            ),
            failed: metrics.counters(
                "atelier_database_failed_jobs_total",
                "Jobs without an output, by reason: overloaded (rejected at once), unavailable (no connection), timed_out, outcome_unknown (writes only), failed.",
                &["query", "reason"],
            ),
            rejections: Arc::default(),
            supervisor: metrics.supervisor().clone(),
        }
    }

    /// Supervises the tasks that hold the connections.
    pub(super) fn supervisor(&self) -> &Supervisor {
        &self.supervisor
    }

    /// The number of open connections of this pool.
    pub(super) fn connections(&self, pool: &str) -> IntGauge {
        self.connections.with_label_values(&[pool])
    }

    /// The metrics of the jobs of one query.
    pub(super) fn jobs(&self, query: &'static str) -> JobMetrics {
        for reason in JobError::REASONS {
            // A series starts at zero, not at its first failure.
            self.failed.with_label_values(&[query, reason]);
        }
        JobMetrics {
            query,
            queued: self.queued.with_label_values(&[query]),
            batch_sizes: self.batch_sizes.with_label_values(&[query]),
            seconds: self.seconds.with_label_values(&[query]),
            failed: self.failed.clone(),
            rejections: Arc::clone(&self.rejections),
        }
    }
}

/// Metrics of the jobs of one query.
pub(super) struct JobMetrics {
    query: &'static str,
    queued: IntGauge,
    batch_sizes: Histogram,
    seconds: Histogram,
    failed: IntCounterVec,
    rejections: Arc<LogLimit>,
}

impl JobMetrics {
    /// So many jobs of one of the query's queues waited before, and so many wait now.
    pub(super) fn queued(&self, before: usize, now: usize) {
        if now > before {
            self.queued.add(i64::try_from(now - before).unwrap_or(i64::MAX));
        } else if now < before {
            self.queued.sub(i64::try_from(before - now).unwrap_or(i64::MAX));
        }
    }

    /// Counts a batch.
    pub(super) fn batch(&self, jobs: usize, elapsed: Duration) {
        self.batch_sizes.observe(f64::from(u32::try_from(jobs).unwrap_or(u32::MAX)));
        self.seconds.observe(elapsed.as_secs_f64());
    }

    /// Counts a job without an output. That jobs are rejected is logged now and then.
    pub(super) fn failed(&self, err: &JobError) {
        if matches!(err, JobError::Overloaded | JobError::TimedOut)
            && let Some(rejected) = self.rejections.count()
        {
            tracing::warn!(query = self.query, rejected, "overloaded: {err}");
        }
        self.failed.with_label_values(&[self.query, err.reason()]).inc();
    }
}
