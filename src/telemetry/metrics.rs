//! Measures in the terms of Prometheus. What is measured stands where it is measured; here is how, and how it is shown.
//!
//! Whoever measures holds handles, made once: measuring is an atomic addition, without locks, and without a look at names
//! and labels. What is known anyway is asked when measures are shown.

use prometheus::core::Collector;
use prometheus::{
    GaugeVec, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    PullingGauge, Registry, TextEncoder,
};

/// Upper bounds of times, in seconds: from an answer out of memory to one that nobody waits for.
pub const SECONDS: &[f64] =
    &[0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

const REGISTERED_ONCE: &str = "names and labels are ours, and each measure of a process is made once";

/// The measures of a process. Clones share them.
#[derive(Clone)]
pub struct Metrics {
    registry: Registry,
}

impl Default for Metrics {
    /// What can be said of any process: its version, its CPU time, memory and file descriptors.
    fn default() -> Self {
        let metrics = Self { registry: Registry::new() };
        let build = Opts::new("atelier_build_info", "Which program this is; always 1.")
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
    /// A number that only rises.
    #[must_use]
    pub fn counter(&self, name: &str, help: &str) -> IntCounter {
        self.register(IntCounter::new(name, help))
    }

    /// Numbers that only rise, told apart by labels.
    #[must_use]
    pub fn counters(&self, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
        self.register(IntCounterVec::new(Opts::new(name, help), labels))
    }

    /// A number that rises and falls.
    #[must_use]
    pub fn gauge(&self, name: &str, help: &str) -> IntGauge {
        self.register(IntGauge::new(name, help))
    }

    /// Numbers that rise and fall, told apart by labels.
    #[must_use]
    pub fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> IntGaugeVec {
        self.register(IntGaugeVec::new(Opts::new(name, help), labels))
    }

    /// Numbers with fractions that rise and fall, told apart by labels.
    #[must_use]
    pub fn fractional_gauges(&self, name: &str, help: &str, labels: &[&str]) -> GaugeVec {
        self.register(GaugeVec::new(Opts::new(name, help), labels))
    }

    /// How often which sizes came, up to each of `bounds`.
    #[must_use]
    pub fn histograms(&self, name: &str, help: &str, labels: &[&str], bounds: &[f64]) -> HistogramVec {
        self.register(HistogramVec::new(HistogramOpts::new(name, help).buckets(bounds.to_vec()), labels))
    }

    /// A number that is asked whenever measures are shown. `ask` must not hold these metrics, which hold it.
    pub fn asked(&self, name: &str, help: &str, ask: impl Fn() -> f64 + Send + Sync + 'static) {
        self.register(PullingGauge::new(name, help, Box::new(ask)));
    }

    /// All measures, in Prometheus' text format.
    #[must_use]
    pub fn text(&self) -> String {
        TextEncoder::new().encode_to_string(&self.registry.gather()).expect("writing to memory can't fail")
    }

    fn register<C: Collector + Clone + 'static>(&self, measure: prometheus::Result<C>) -> C {
        let measure = measure.expect(REGISTERED_ONCE);
        self.registry.register(Box::new(measure.clone())).expect(REGISTERED_ONCE);
        measure
    }
}
