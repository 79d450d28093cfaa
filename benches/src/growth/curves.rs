//! What changes with one thing while all else stays.

use serde::Serialize;

use crate::ask::metric;
use crate::error::Result;
use crate::oha;
use crate::sample::{Sample, measure};
use crate::series::Series;
use crate::servers::Server;
use crate::wrk::Load;
use crate::{Bench, NO_CACHE, STYLES, say};

/// What NGINX has to ask a replica for, each time.
const REVIEWS: &str = "/reviews?product_id=%d";

/// A measurement at one place of a curve.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Point {
    /// What was changed: a rate, a number of products, a share, a number of replicas.
    pub(crate) at: f64,
    /// The share of requests that were answered from memory.
    pub(crate) hits: f64,
    pub(crate) sample: Sample,
    /// NGINX's CPU time, where it was there: not in that of the servers.
    pub(crate) proxy_us: f64,
}

/// Of what is possible.
const STEPS: [f64; 9] = [0.1, 0.25, 0.4, 0.55, 0.7, 0.8, 0.9, 1.0, 1.2];
/// Keys that fit into the least cache several times over.
const HOT: u64 = 100;
const SHARES: [f64; 7] = [0.0, 0.5, 0.8, 0.9, 0.95, 0.99, 1.0];
const REPLICAS: [usize; 3] = [1, 2, 4];

fn told(what: &str, point: &Point) {
    let Point { at, hits, sample, proxy_us } = point;
    say(&format!(
        "  {what} {at:>10.2}: {:>8.0}/s  p50 {:>7.2} p99 {:>8.2} ms  {:>5.1} % hits  app {:>5.1} PostgreSQL {:>5.1} nginx {proxy_us:>5.1} generator {:>5.1} µs  others {:>3.0} %",
        sample.per_second,
        sample.p50_ms,
        sample.p99_ms,
        hits * 100.0,
        sample.server_us,
        sample.database_us,
        sample.generator_us,
        sample.others * 100.0
    ));
}

/// The share of hits while `work` was done.
fn with_hits<T>(server: &Server, work: impl FnOnce() -> Result<T>) -> Result<(f64, T)> {
    let count = || -> Result<[f64; 2]> {
        Ok([
            metric(server.address, "atelier_cache_hits_total")?,
            metric(server.address, "atelier_cache_misses_total")?,
        ])
    };
    let before = count()?;
    let done = work()?;
    let after = count()?;
    let (hits, misses) = (after[0] - before[0], after[1] - before[1]);
    Ok((hits / (hits + misses).max(1.0), done))
}

/// Throughput and latency over the rate of arrivals, of addresses from this file, up to more than is possible.
fn offered(bench: &Bench, server: &Server, addresses: &std::path::Path, what: &str) -> Result<Vec<Point>> {
    // Filled, as far as it will be.
    let length = if bench.quick { 3 } else { 10 };
    oha::run(bench, addresses, None, length)?;
    let possible = oha::run(bench, addresses, None, length)?;
    let possible = possible.requests / possible.seconds;
    let mut points = Vec::new();
    for step in STEPS {
        let rate = possible * step;
        let run = || measure(bench, &[server.pid()], || oha::run(bench, addresses, Some(rate), length));
        let (hits, sample) = with_hits(server, run)?;
        let point = Point { at: rate, hits, sample, proxy_us: 0.0 };
        told(what, &point);
        points.push(point);
    }
    Ok(points)
}

/// All reads mixed, of so few products that all answers are in memory.
pub(crate) fn hot_load(bench: &Bench) -> Result<Vec<Point>> {
    let server = Server::atelier(&bench.places, "atelier-growth", &bench.data.url, &[])?;
    let addresses = oha::addresses(bench, &server, 1_000)?;
    offered(bench, &server, &addresses, "hot, at a rate of")
}

/// All reads mixed, of all products.
pub(crate) fn mixed_load(bench: &Bench) -> Result<Vec<Point>> {
    let server = Server::atelier(&bench.places, "atelier-growth", &bench.data.url, NO_CACHE)?;
    let addresses = oha::addresses(bench, &server, bench.data.products)?;
    offered(bench, &server, &addresses, "cold, at a rate of")
}

/// The median of the rounds by throughput.
fn rounds(bench: &Bench, mut run: impl FnMut() -> Result<(f64, Sample)>) -> Result<(f64, Sample)> {
    let mut all = (0..bench.rounds).map(|_| run()).collect::<Result<Vec<_>>>()?;
    all.sort_by(|one, other| one.1.per_second.total_cmp(&other.1.per_second));
    let middle = all.len() / 2;
    Ok(all.swap_remove(middle))
}

/// Cold styles, uniformly random over all products.
pub(crate) fn cold(bench: &Bench) -> Result<Point> {
    let server = Server::atelier(&bench.places, "atelier-growth", &bench.data.url, NO_CACHE)?;
    let load = Load::of(bench, STYLES, (1, bench.data.products));
    load.clone().for_seconds(2).run(bench, &server)?;
    let run = || with_hits(&server, || measure(bench, &[server.pid()], || load.run(bench, &server)));
    let (hits, sample) = rounds(bench, run)?;
    let point = Point { at: bench.data.products as f64, hits, sample, proxy_us: 0.0 };
    told("products", &point);
    Ok(point)
}

/// Styles, by the share of requests that are for a few keys.
pub(crate) fn hits(bench: &Bench) -> Result<Vec<Point>> {
    let server = Server::atelier(&bench.places, "atelier-growth", &bench.data.url, NO_CACHE)?;
    let mut points = Vec::new();
    // From the end: what is asked for often has to be known as such.
    for share in SHARES.into_iter().rev() {
        let load = Load::of(bench, STYLES, (1, bench.data.products));
        let load = load.with(&format!("hot={HOT}")).with(&format!("share={share}"));
        load.clone().for_seconds(1).run(bench, &server)?;
        let run = || with_hits(&server, || measure(bench, &[server.pid()], || load.run(bench, &server)));
        let (hits, sample) = rounds(bench, run)?;
        let point = Point { at: share, hits, sample, proxy_us: 0.0 };
        told("share", &point);
        points.push(point);
    }
    points.reverse();
    Ok(points)
}

/// Reviews of hot products through NGINX, which keeps none of them, by the number of replicas, all on this machine.
pub(crate) fn replicas(bench: &Bench) -> Result<Vec<Point>> {
    let names = ["atelier-replica-1", "atelier-replica-2", "atelier-replica-3", "atelier-replica-4"];
    let mut points = Vec::new();
    for count in REPLICAS {
        let start = |name: &&str| Server::atelier(&bench.places, name, &bench.data.url, &[]);
        let servers = names.iter().take(count).map(start).collect::<Result<Vec<_>>>()?;
        let nginx = Server::nginx(&bench.places, &servers.iter().map(|it| it.address).collect::<Vec<_>>())?;
        let load = Load::of(bench, REVIEWS, (1, 1_000.min(bench.data.products)));
        load.clone().for_seconds(2).run(bench, &nginx)?;
        let pids: Vec<_> = servers.iter().map(Server::pid).collect();
        let mut proxy_us = Vec::new();
        let run = || {
            let before = crate::accounts::Accounts::now();
            let mut requests = 0.0;
            let sample =
                measure(bench, &pids, || load.run(bench, &nginx).inspect(|work| requests = work.requests))?;
            let used = crate::accounts::Accounts::now().used_since(&before, &[nginx.pid()]) / requests;
            proxy_us.push(used);
            // It was counted as a generator's, being none of the servers named.
            Ok((1.0, Sample { generator_us: sample.generator_us - used, ..sample }))
        };
        let (hits, sample) = rounds(bench, run)?;
        let point = Point { at: count as f64, hits, sample, proxy_us: Series(proxy_us).median() };
        told("replicas", &point);
        points.push(point);
    }
    Ok(points)
}
