//! Metrics of standbys.

use std::time::Duration;

use prometheus::{Gauge, GaugeVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec};

use super::state::StandbyState;
use crate::database::error::JobError;
use crate::telemetry::metrics::Metrics;

/// Metrics of all standbys.
pub(in crate::database) struct StandbysMetrics {
    states: IntGaugeVec,
    lag_seconds: GaugeVec,
    lag_bytes: IntGaugeVec,
    reads: IntCounterVec,
}

impl StandbysMetrics {
    pub(in crate::database) fn new(metrics: &Metrics) -> Self {
        Self {
            states: metrics.gauges(
                "atelier_standby_state",
                "1 for the state of a standby: in_rotation, or removed from rotation as unavailable, slow or lagging.",
                &["standby", "state"],
            ),
            lag_seconds: metrics.fractional_gauges(
                "atelier_standby_replication_lag_seconds",
                "Age of the oldest WAL that the standby has not replayed, in seconds; 0 below half a second.",
                &["standby"],
            ),
            lag_bytes: metrics.gauges(
                "atelier_standby_replication_lag_bytes",
                "WAL of the primary that the standby has not replayed, in bytes.",
                &["standby"],
            ),
            reads: metrics.counters(
                "atelier_standby_reads_total",
                "Reads sent to a standby, by outcome: answered; or sent on to another server, since the standby had not replayed \
                 what the read requires (not_replayed), timed_out or failed.",
                &["standby", "outcome"],
            ),
        }
    }

    pub(super) fn of(&self, standby: &str) -> StandbyMetrics {
        let reads = |outcome| self.reads.with_label_values(&[standby, outcome]);
        StandbyMetrics {
            states: StandbyState::ALL.map(|state| self.states.with_label_values(&[standby, state.name()])),
            lag_seconds: self.lag_seconds.with_label_values(&[standby]),
            lag_bytes: self.lag_bytes.with_label_values(&[standby]),
            answered: reads("answered"),
            not_replayed: reads("not_replayed"),
            timed_out: reads("timed_out"),
            failed: reads("failed"),
        }
    }
}

/// Metrics of one standby.
pub(super) struct StandbyMetrics {
    states: [IntGauge; StandbyState::ALL.len()],
    lag_seconds: Gauge,
    lag_bytes: IntGauge,
    answered: IntCounter,
    not_replayed: IntCounter,
    timed_out: IntCounter,
    failed: IntCounter,
}

impl StandbyMetrics {
    /// Counts a read, by its error if it had one.
    pub(super) fn read(&self, err: Option<&JobError>) {
        match err {
            None => self.answered.inc(),
            Some(JobError::NotReplayed) => self.not_replayed.inc(),
            Some(JobError::TimedOut) => self.timed_out.inc(),
            Some(_) => self.failed.inc(),
        }
    }

    pub(super) fn state(&self, state: StandbyState) {
        for (gauge, other) in self.states.iter().zip(StandbyState::ALL) {
            gauge.set((other == state).into());
        }
    }

    /// Sets the replication lag; the bytes only where there is a primary to compare with.
    pub(super) fn lag(&self, lag: Duration, bytes: Option<u64>) {
        self.lag_seconds.set(lag.as_secs_f64());
        if let Some(bytes) = bytes {
            self.lag_bytes.set(bytes.try_into().unwrap_or(i64::MAX));
        }
    }
}
