//! What is measured of the cache.

use prometheus::IntCounter;

use super::Cache;
use crate::telemetry::metrics::Metrics;

/// Why everything is forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Listening began, at first or again: nobody knows what was said before.
    Listening,
    /// It was told that too much has changed to name it.
    Told,
}

/// The measures of one cache.
#[derive(Clone)]
pub(super) struct CacheMetrics {
    pub(super) hits: IntCounter,
    pub(super) misses: IntCounter,
    pub(super) forgotten: IntCounter,
    forgotten_since_listening: IntCounter,
    forgotten_since_told: IntCounter,
}

impl CacheMetrics {
    pub(super) fn new(metrics: &Metrics) -> Self {
        let forgotten_all = metrics.counters(
            "atelier_cache_forgotten_all_total",
            "How often everything was forgotten: because listening to the database began (again), or told so by it.",
            &["reason"],
        );
        Self {
            hits: metrics.counter("atelier_cache_hits_total", "Answers that were in memory."),
            misses: metrics.counter(
                "atelier_cache_misses_total",
                "Answers that were not in memory, or may not be served from there, and were waited for; many who wait for one are one read.",
            ),
            forgotten: metrics.counter(
                "atelier_cache_forgotten_subjects_total",
                "Things whose answers were forgotten, since they changed here or elsewhere.",
            ),
            forgotten_since_listening: forgotten_all.with_label_values(&["listening"]),
            forgotten_since_told: forgotten_all.with_label_values(&["told"]),
        }
    }

    pub(super) fn forgotten_all(&self, reason: Reason) {
        match reason {
            Reason::Listening => self.forgotten_since_listening.inc(),
            Reason::Told => self.forgotten_since_told.inc(),
        }
    }
}

impl Cache {
    /// Has its size shown among `metrics`. The numbers lag behind by what the cache has yet to tidy up.
    pub(super) fn show_size(&self, metrics: &Metrics) {
        let entries = self.entries.clone();
        metrics.asked("atelier_cache_entries", "Answers in memory.", move || float(entries.entry_count()));
        let entries = self.entries.clone();
        metrics.asked("atelier_cache_bytes", "Memory that answers take, about.", move || {
            float(entries.weighted_size())
        });
        let capacity = float(self.entries.policy().max_capacity().unwrap_or_default());
        metrics.asked("atelier_cache_max_bytes", "Memory that answers may take.", move || capacity);
    }
}

#[expect(clippy::cast_precision_loss, reason = "nothing is counted that is near to 2^53")]
fn float(number: u64) -> f64 {
    number as f64
}
