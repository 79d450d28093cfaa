//! What is measured of standbys.

use std::time::Duration;

use prometheus::{Gauge, GaugeVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec};

use super::Standing;
use crate::database::batches::JobError;
use crate::telemetry::metrics::Metrics;

/// The measures of all standbys.
pub(super) struct StandbysMetrics {
    standings: IntGaugeVec,
    lag_seconds: GaugeVec,
    lag_bytes: IntGaugeVec,
    reads: IntCounterVec,
}

impl StandbysMetrics {
    pub(super) fn new(metrics: &Metrics) -> Self {
        Self {
            standings: metrics.gauges(
                "atelier_standby_state",
                "1 for the state that a standby is in: in_use, or left out since it is away, slow or behind.",
                &["standby", "state"],
            ),
            lag_seconds: metrics.fractional_gauges(
                "atelier_standby_lag_seconds",
                "How long ago the primary had written what the standby has not replayed yet; 0 below half a second.",
                &["standby"],
            ),
            lag_bytes: metrics.gauges(
                "atelier_standby_lag_bytes",
                "How much of the primary's log the standby has not replayed.",
                &["standby"],
            ),
            reads: metrics.counters(
                "atelier_standby_reads_total",
                "Reads sent to a standby: answered, or refused and sent on, since it had not replayed what the answer must \
                 show (behind), did not answer in time (timed_out), or failed.",
                &["standby", "outcome"],
            ),
        }
    }

    pub(super) fn of(&self, standby: &str) -> StandbyMetrics {
        let reads = |outcome| self.reads.with_label_values(&[standby, outcome]);
        StandbyMetrics {
            standings: Standing::ALL.map(|it| self.standings.with_label_values(&[standby, it.name()])),
            lag_seconds: self.lag_seconds.with_label_values(&[standby]),
            lag_bytes: self.lag_bytes.with_label_values(&[standby]),
            answered: reads("answered"),
            behind: reads("behind"),
            timed_out: reads("timed_out"),
            failed: reads("failed"),
        }
    }
}

/// The measures of one standby.
pub(super) struct StandbyMetrics {
    standings: [IntGauge; Standing::ALL.len()],
    lag_seconds: Gauge,
    lag_bytes: IntGauge,
    answered: IntCounter,
    behind: IntCounter,
    timed_out: IntCounter,
    failed: IntCounter,
}

impl StandbyMetrics {
    /// A read was answered, or refused with this error.
    pub(super) fn read(&self, err: Option<&JobError>) {
        match err {
            None => self.answered.inc(),
            Some(JobError::Behind) => self.behind.inc(),
            Some(JobError::TimedOut) => self.timed_out.inc(),
            Some(_) => self.failed.inc(),
        }
    }

    pub(super) fn standing(&self, standing: Standing) {
        for (gauge, other) in self.standings.iter().zip(Standing::ALL) {
            gauge.set((other == standing).into());
        }
    }

    /// How far it is behind; the bytes where there is a primary to compare it with.
    pub(super) fn lag(&self, lag: Duration, bytes: Option<u64>) {
        self.lag_seconds.set(lag.as_secs_f64());
        if let Some(bytes) = bytes {
            self.lag_bytes.set(bytes.try_into().unwrap_or(i64::MAX));
        }
    }
}
