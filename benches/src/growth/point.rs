//! A measurement at one place of a curve.

use serde::Serialize;

use crate::sample::Sample;

#[derive(Clone, Debug, Serialize)]
pub(super) struct Point {
    /// The quantity that varies: a rate, a number of products, a share of requests, a number of replicas.
    pub(super) at: f64,
    /// The share of cache hits.
    pub(super) hits: f64,
    pub(super) sample: Sample,
    /// NGINX's CPU time a request, which is not part of the servers'. 0 without NGINX.
    pub(super) proxy_us: f64,
}

impl Point {
    pub(super) fn new(curve: &str, at: f64, hits: f64, sample: Sample, proxy_us: f64) -> Self {
        eprintln!(
            "  {curve} {at:>10.2}: {:>8.0}/s  p50 {:>7.2} p99 {:>8.2} ms  {:>5.1} % hits  app {:>5.1} PostgreSQL {:>5.1} nginx {proxy_us:>5.1} generator {:>5.1} µs  others {:>3.0} %",
            sample.per_second,
            sample.p50_ms,
            sample.p99_ms,
            hits * 100.0,
            sample.server_us,
            sample.database_us,
            sample.generator_us,
            sample.others * 100.0
        );
        Self { at, hits, sample, proxy_us }
    }
}

/// The largest number of requests answered a second.
pub(super) fn capacity(points: &[Point]) -> f64 {
    points.iter().map(|point| point.sample.per_second).fold(0.0, f64::max)
}
