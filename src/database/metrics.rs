//! What is measured of connections and of the jobs that they do.

use std::any::type_name;
use std::time::Duration;

use prometheus::{Histogram, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec};

use super::batches::JobError;
use crate::telemetry::metrics::{Metrics, SECONDS};

/// Upper bounds of how many jobs a batch has.
const JOBS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0];

/// The measures of all connections of a process, and of all kinds of jobs. Clones share them.
#[derive(Clone)]
pub struct DatabaseMetrics {
    connections: IntGaugeVec,
    waiting: IntGaugeVec,
    jobs: HistogramVec,
    seconds: HistogramVec,
    unanswered: IntCounterVec,
}

impl DatabaseMetrics {
    /// They are shown among `metrics`.
    #[must_use]
    pub fn new(metrics: &Metrics) -> Self {
        Self {
            connections: metrics.gauges(
                "atelier_database_connections",
                "Connections to the database that are there, by what they are for.",
                &["purpose"],
            ),
            waiting: metrics.gauges(
                "atelier_database_waiting_jobs",
                "Jobs that wait for a connection.",
                &["kind"],
            ),
            jobs: metrics.histograms(
                "atelier_database_batch_jobs",
                "Jobs that were done together, by one query; the count is that of the batches.",
                &["kind"],
                JOBS,
            ),
            seconds: metrics.histograms(
                "atelier_database_batch_duration_seconds",
                "How long a batch took on its connection, in seconds.",
                &["kind"],
                SECONDS,
            ),
            unanswered: metrics.counters(
                "atelier_database_unanswered_jobs_total",
                "Jobs that were not done: overloaded (too many waited), unavailable (no connection), timed_out, or failed.",
                &["kind", "reason"],
            ),
        }
    }

    /// How many connections for this purpose there are.
    pub(super) fn connections(&self, purpose: &str) -> IntGauge {
        self.connections.with_label_values(&[purpose])
    }

    /// The measures of one kind of job, which is named by its type.
    pub(super) fn jobs<B>(&self) -> JobMetrics {
        let kind: &str = &without_paths(type_name::<B>());
        let unanswered = |reason| self.unanswered.with_label_values(&[kind, reason]);
        JobMetrics {
            waiting: self.waiting.with_label_values(&[kind]),
            jobs: self.jobs.with_label_values(&[kind]),
            seconds: self.seconds.with_label_values(&[kind]),
            overloaded: unanswered("overloaded"),
            unavailable: unanswered("unavailable"),
            timed_out: unanswered("timed_out"),
            failed: unanswered("failed"),
        }
    }
}

/// The measures of one kind of job.
pub(super) struct JobMetrics {
    pub(super) waiting: IntGauge,
    jobs: Histogram,
    seconds: Histogram,
    overloaded: IntCounter,
    unavailable: IntCounter,
    timed_out: IntCounter,
    failed: IntCounter,
}

impl JobMetrics {
    /// A batch of so many jobs took this long.
    pub(super) fn batch(&self, jobs: usize, elapsed: Duration) {
        self.jobs.observe(f64::from(u32::try_from(jobs).unwrap_or(u32::MAX)));
        self.seconds.observe(elapsed.as_secs_f64());
    }

    /// A job that was not done.
    pub(super) fn unanswered(&self, err: &JobError) {
        match err {
            JobError::Overloaded => self.overloaded.inc(),
            JobError::Unavailable => self.unavailable.inc(),
            JobError::TimedOut => self.timed_out.inc(),
            JobError::Behind => {}
            JobError::Failed(_) => self.failed.inc(),
        }
    }
}

/// `Creations<NewReview>`, of `atelier::database::creation::Creations<atelier::reviews::model::NewReview>`.
fn without_paths(name: &str) -> String {
    name.split_inclusive(['<', '>', ',', ' ']).filter_map(|part| part.rsplit("::").next()).collect()
}
