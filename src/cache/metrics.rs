//! Metrics of the cache.

use std::sync::Arc;

use prometheus::{IntCounter, IntCounterVec};

use crate::telemetry::metrics::Metrics;

/// Why every response is invalidated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FlushReason {
    /// The listener connected, at first or again: earlier notifications may be lost.
    ListenerConnected,
    /// A notification says that too much has changed to name it.
    Notification,
}

/// Metrics of one cache.
#[derive(Clone)]
pub(super) struct CacheMetrics {
    pub(super) hits: IntCounter,
    pub(super) misses: IntCounter,
    pub(super) invalidations: IntCounter,
    flushes: IntCounterVec,
}

impl CacheMetrics {
    pub(super) fn new(metrics: &Metrics) -> Self {
        let flushes = metrics.counters(
            "atelier_cache_flushes_total",
            "Invalidations of every response: when the listener connected, or by a notification.",
            &["reason"],
        );
        Self {
            hits: metrics.counter("atelier_cache_hits_total", "Requests answered from the cache."),
            misses: metrics.counter(
                "atelier_cache_misses_total",
                "Requests that waited for a load, since the response was not cached or the cache was bypassed. Concurrent \
                 requests share a load.",
            ),
            invalidations: metrics.counter(
                "atelier_cache_invalidations_total",
                "Invalidations of one subject, after a write by this replica or a notification.",
            ),
            flushes,
        }
    }

    pub(super) fn flushed(&self, reason: FlushReason) {
        let reason = match reason {
            FlushReason::ListenerConnected => "listener_connected",
            FlushReason::Notification => "notification",
        };
        self.flushes.with_label_values(&[reason]).inc();
    }
}

/// Registers the size of the cache, which `size` returns as entries and bytes. The numbers trail behind by what the cache
/// has yet to clean up.
pub(super) fn register_size(
    metrics: &Metrics,
    capacity_bytes: u64,
    size: impl Fn() -> (u64, u64) + Send + Sync + 'static,
) {
    let size = Arc::new(size);
    let entries = Arc::clone(&size);
    metrics.callback_gauge("atelier_cache_entries", "Cached responses.", move || float(entries().0));
    metrics.callback_gauge(
        "atelier_cache_size_bytes",
        "Memory that cached responses take, estimated, in bytes.",
        move || float(size().1),
    );
    metrics.callback_gauge(
        "atelier_cache_capacity_bytes",
        "Memory that cached responses may take, in bytes.",
        move || float(capacity_bytes),
    );
}

#[expect(clippy::cast_precision_loss, reason = "no count is near to 2^53")]
fn float(number: u64) -> f64 {
    number as f64
}
