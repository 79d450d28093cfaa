//! Metrics of standbys.

use std::time::Duration;

use prometheus::{Gauge, GaugeVec, IntCounterVec, IntGauge, IntGaugeVec};

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
                "Reads sent to a standby, by outcome: answered; or why they went on to another server: not_replayed (the \
                 standby lacks what the read requires), timed_out, overloaded, unavailable, failed.",
                &["standby", "outcome"],
            ),
        }
    }

    pub(super) fn of(&self, standby: &str) -> StandbyMetrics {
        StandbyMetrics {
            standby: standby.to_owned(),
            states: self.states.clone(),
            lag_seconds: self.lag_seconds.with_label_values(&[standby]),
            lag_bytes: self.lag_bytes.with_label_values(&[standby]),
            reads: self.reads.clone(),
        }
    }
}

/// Metrics of one standby.
pub(super) struct StandbyMetrics {
    standby: String,
    states: IntGaugeVec,
    lag_seconds: Gauge,
    lag_bytes: IntGauge,
    reads: IntCounterVec,
}

impl StandbyMetrics {
    /// Counts a read, by its error if it had one.
    pub(super) fn read(&self, err: Option<&JobError>) {
        let outcome = err.map_or("answered", JobError::reason);
        self.reads.with_label_values(&[&*self.standby, outcome]).inc();
    }

    pub(super) fn state(&self, state: StandbyState) {
        for other in StandbyState::ALL {
            let gauge = self.states.with_label_values(&[&*self.standby, other.name()]);
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
