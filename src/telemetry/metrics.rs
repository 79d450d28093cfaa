//! Metrics for Prometheus: how they are registered and exported. Each is defined where it is measured.
//!
//! Code that measures holds handles, made once: an update is an atomic addition, without locks or lookups of labels. A value
//! that can be computed when metrics are scraped is a callback gauge.

use prometheus::core::Collector;
use prometheus::{
    GaugeVec, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    PullingGauge, Registry, TextEncoder,
};

use super::tasks::Supervisor;

/// Upper bounds of durations, in seconds: from a cached response to one that nobody waits for.
pub const SECONDS: &[f64] =
    &[0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

const REGISTERED_ONCE: &str = "names and labels are constants, and each metric is registered once";

/// The metrics of a process. Clones share them.
#[derive(Clone)]
pub struct Metrics {
    registry: Registry,
    supervisor: Supervisor,
}

impl Default for Metrics {
    /// The metrics of any process: version, CPU time, memory and file descriptors.
    fn default() -> Self {
        let panics = Opts::new(
            "atelier_task_panics_total",
            "Panics of background tasks, each of which was started again.",
        );
        let panics = IntCounterVec::new(panics, &["task"]).expect(REGISTERED_ONCE);
        let metrics = Self { registry: Registry::new(), supervisor: Supervisor { panics: panics.clone() } };
        metrics.registry.register(Box::new(panics)).expect(REGISTERED_ONCE);
        let build = Opts::new("atelier_build_info", "The version of this program; always 1.")
            .const_label("version", env!("CARGO_PKG_VERSION"));
        metrics.register(IntGauge::with_opts(build)).set(1);
        // It reads /proc; other systems have none.
        #[cfg(target_os = "linux")]
        metrics
            .registry
            .register(Box::new(prometheus::process_collector::ProcessCollector::for_self()))
            .expect(REGISTERED_ONCE);
        metrics
    }
}

impl Metrics {
    /// Supervises background tasks, and counts their panics.
    #[must_use]
    pub fn supervisor(&self) -> &Supervisor {
        &self.supervisor
    }

    /// Registers a counter.
    #[must_use]
    pub fn counter(&self, name: &str, help: &str) -> IntCounter {
        self.register(IntCounter::new(name, help))
    }

    /// Registers a counter with labels.
    #[must_use]
    pub fn counters(&self, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
        self.register(IntCounterVec::new(Opts::new(name, help), labels))
    }

    /// Registers a gauge.
    #[must_use]
    pub fn gauge(&self, name: &str, help: &str) -> IntGauge {
        self.register(IntGauge::new(name, help))
    }

    /// Registers a gauge with labels.
    #[must_use]
    pub fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> IntGaugeVec {
        self.register(IntGaugeVec::new(Opts::new(name, help), labels))
    }

    /// Registers a gauge of floating-point numbers with labels.
    #[must_use]
    pub fn fractional_gauges(&self, name: &str, help: &str, labels: &[&str]) -> GaugeVec {
        self.register(GaugeVec::new(Opts::new(name, help), labels))
    }

    /// Registers a histogram with labels and these upper bounds.
    #[must_use]
    pub fn histograms(&self, name: &str, help: &str, labels: &[&str], bounds: &[f64]) -> HistogramVec {
        self.register(HistogramVec::new(HistogramOpts::new(name, help).buckets(bounds.to_vec()), labels))
    }

    /// Registers a gauge that is computed when metrics are scraped. `callback` must not own these metrics, which own it.
    pub fn callback_gauge(&self, name: &str, help: &str, callback: impl Fn() -> f64 + Send + Sync + 'static) {
        self.register(PullingGauge::new(name, help, Box::new(callback)));
    }

    /// All metrics, in Prometheus' text format.
    #[must_use]
    pub fn text(&self) -> String {
        TextEncoder::new().encode_to_string(&self.registry.gather()).expect("writing to memory can't fail")
    }

    fn register<C: Collector + Clone + 'static>(&self, metric: prometheus::Result<C>) -> C {
        let metric = metric.expect(REGISTERED_ONCE);
        self.registry.register(Box::new(metric.clone())).expect(REGISTERED_ONCE);
        metric
    }
}
