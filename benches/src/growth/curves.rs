//! The curves: one quantity varies while all others stay.

use std::path::Path;

use super::point::Point;
use crate::bench::Bench;
use crate::error::Result;
use crate::oha;
use crate::procfs::CpuTimes;
use crate::sample::{self, Sample};
use crate::servers::Server;
use crate::service::{REVIEWS, SMALLEST_CACHE, STYLES};
use crate::wrk::Load;

/// Offered load, as shares of the capacity.
const LOADS: [f64; 9] = [0.1, 0.25, 0.4, 0.55, 0.7, 0.8, 0.9, 1.0, 1.2];
/// Products that fit into the smallest cache several times.
const HOT: u64 = 100;
const SHARES: [f64; 7] = [0.0, 0.5, 0.8, 0.9, 0.95, 0.99, 1.0];
const REPLICAS: [usize; 3] = [1, 2, 4];

/// Throughput and latency over offered load, up to more than the capacity.
fn offered(bench: &Bench, server: &Server, urls: &Path, curve: &str) -> Result<Vec<Point>> {
    let seconds = if bench.quick { 3 } else { 10 };
    let capacity = oha::capacity(bench, urls, seconds)?;
    let point = |load: f64| {
        let rate = capacity * load;
        let run = || sample::measure(bench, &[server.pid()], || oha::run(bench, urls, Some(rate), seconds));
        let (hits, sample) = server.hit_ratio(run)?;
        Ok(Point::new(curve, rate, hits, sample, 0.0))
    };
    LOADS.into_iter().map(point).collect()
}

/// All reads mixed, of so few products that all responses are cached.
pub(super) fn hot_load(bench: &Bench) -> Result<Vec<Point>> {
    let server = Server::atelier(bench, "growth", &[])?;
    let urls = oha::write_urls(bench, &server, 1_000)?;
    offered(bench, &server, &urls, "hot, at a rate of")
}

/// All reads mixed, of all products.
pub(super) fn mixed_load(bench: &Bench) -> Result<Vec<Point>> {
    let server = Server::atelier(bench, "growth", SMALLEST_CACHE)?;
    let urls = oha::write_urls(bench, &server, bench.data.products)?;
    offered(bench, &server, &urls, "cold, at a rate of")
}

/// The round with the median throughput, of rounds that yield another figure and a sample.
fn median_round(bench: &Bench, mut run: impl FnMut() -> Result<(f64, Sample)>) -> Result<(f64, Sample)> {
    let mut rounds = (0..bench.rounds).map(|_| run()).collect::<Result<Vec<_>>>()?;
    rounds.sort_by(|one, other| one.1.per_second.total_cmp(&other.1.per_second));
    let middle = rounds.len() / 2;
    Ok(rounds.swap_remove(middle))
}

/// Cold styles, uniformly random over all products.
pub(super) fn cold(bench: &Bench) -> Result<Point> {
    let server = Server::atelier(bench, "growth", SMALLEST_CACHE)?;
    let load = Load::new(bench, STYLES, (1, bench.data.products));
    load.clone().seconds(2).run(bench, &server)?;
    let (hits, sample) = median_round(bench, || server.hit_ratio(|| load.measure(bench, &server)))?;
    Ok(Point::new("products", bench.data.products as f64, hits, sample, 0.0))
}

/// Styles, over the share of requests that are for a few products.
pub(super) fn hits(bench: &Bench) -> Result<Vec<Point>> {
    let server = Server::atelier(bench, "growth", SMALLEST_CACHE)?;
    let point = |share: f64| {
        let load = Load::new(bench, STYLES, (1, bench.data.products));
        let load = load.with(&format!("hot={HOT}")).with(&format!("share={share}"));
        load.clone().seconds(1).run(bench, &server)?;
        let (hits, sample) = median_round(bench, || server.hit_ratio(|| load.measure(bench, &server)))?;
        Ok(Point::new("share", share, hits, sample, 0.0))
    };
    // From the largest share down: the cache admits by frequency, which it has to learn first.
    let mut points = SHARES.into_iter().rev().map(point).collect::<Result<Vec<_>>>()?;
    points.reverse();
    Ok(points)
}

/// Reviews of hot products through NGINX, which does not cache them, over the number of replicas on this machine.
pub(super) fn replicas(bench: &Bench) -> Result<Vec<Point>> {
    let point = |count: usize| {
        let replicas = Server::replicas(bench, count)?;
        let nginx = Server::nginx(bench, &replicas)?;
        let load = Load::new(bench, REVIEWS, (1, 1_000.min(bench.data.products)));
        load.clone().seconds(2).run(bench, &nginx)?;
        let pids: Vec<_> = replicas.iter().map(Server::pid).collect();
        let (proxy_us, sample) = median_round(bench, || {
            let before = CpuTimes::now();
            let mut requests = 0.0;
            let run = || load.run(bench, &nginx).inspect(|work| requests = work.requests);
            let sample = sample::measure(bench, &pids, run)?;
            let proxy_us = CpuTimes::now().used_since(&before, &[nginx.pid()]) / requests;
            // NGINX is none of the servers measured, so its time was added to the load generator's.
            Ok((proxy_us, Sample { generator_us: sample.generator_us - proxy_us, ..sample }))
        })?;
        Ok(Point::new("replicas", count as f64, 1.0, sample, proxy_us))
    };
    REPLICAS.into_iter().map(point).collect()
}
