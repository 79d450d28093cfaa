//! Readiness: whether this process takes traffic.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::cache::Listener;
use crate::database::pool::Pool;
use crate::database::reads::ReadPool;
use crate::telemetry::metrics::Metrics;

/// Whether this process takes traffic.
pub struct Readiness {
    listener: Listener,
    reads: ReadPool,
    writes: Pool,
    is_draining: AtomicBool,
}

impl Readiness {
    /// Ready once there are connections to read and write, and the listener is connected.
    #[must_use]
    pub fn new(listener: Listener, reads: ReadPool, writes: Pool) -> Self {
        Self { listener, reads, writes, is_draining: AtomicBool::new(false) }
    }

    /// Whether requests should be sent here. Once the listener was connected, a standby is enough: without a primary every
    /// replica is in the same state, and can answer reads.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        let has_primary =
            self.listener.is_connected() && self.reads.primary().is_connected() && self.writes.is_connected();
        let has_standby = self.listener.has_been_connected() && self.reads.is_connected_to_standby();
        (has_primary || has_standby) && !self.is_draining.load(Ordering::Relaxed)
    }

    /// From now on this process is not ready. Requests that come are answered.
    pub fn drain(&self) {
        self.is_draining.store(true, Ordering::Relaxed);
    }
}

/// Exports readiness.
pub fn register(readiness: &Arc<Readiness>, metrics: &Metrics) {
    let readiness = Arc::clone(readiness);
    metrics.callback_gauge("atelier_ready", "1 where requests should be sent here, else 0.", move || {
        f64::from(u8::from(readiness.is_ready()))
    });
}
