//! The cost of a request at each tier, and the memory of an idle service.

use serde::Serialize;

use super::point::{Point, capacity};
use crate::bench::Bench;
use crate::data::psql;
use crate::error::{Result, error};
use crate::k6;
use crate::procfs::CpuTimes;
use crate::row::Row;
use crate::rows;
use crate::series::Series;
use crate::servers::Server;
use crate::service::STYLES;
use crate::wrk::Load;

/// The share of the capacity at which the cost of a request is measured. At lower rates it is higher, since batches are smaller and
/// threads sleep and wake more often.
const LOADED: f64 = 0.7;

/// CPU time in microseconds a request, memory in megabytes.
#[derive(Debug, Serialize)]
pub(super) struct Tiers {
    /// The app, all reads mixed: cache hits, and misses.
    pub(super) hot_us: f64,
    pub(super) cold_us: f64,
    /// PostgreSQL, for the misses.
    pub(super) database_us: f64,
    /// NGINX as shipped, and the app behind it, for a hit.
    pub(super) nginx_us: f64,
    pub(super) behind_nginx_us: f64,
    /// The load generators.
    pub(super) wrk_us: f64,
    pub(super) oha_us: f64,
    pub(super) k6_us: f64,
    /// Of a response with its head on the wire, not compressed and compressed.
    pub(super) bytes: f64,
    pub(super) bytes_compressed: f64,
    /// The median latency of a hit on one connection.
    pub(super) hot_ms: f64,
    pub(super) idle_mb: f64,
    pub(super) mb_for_10k_connections: f64,
    pub(super) mb_for_mb_cached: f64,
    pub(super) database_gb: f64,
}

/// Takes from the curves what they have, and measures the rest.
pub(super) fn measure(
    bench: &Bench,
    hot_load: &[Point],
    mixed_load: &[Point],
    hits: &[Point],
    replicas: &[Point],
) -> Result<Tiers> {
    let loaded = |points: &[Point]| {
        let wanted = LOADED * capacity(points);
        let distance = |point: &Point| (point.at - wanted).abs();
        points.iter().min_by(|one, other| distance(one).total_cmp(&distance(other))).cloned()
    };
    let (Some(hot), Some(cold), Some(hit), Some(proxied)) =
        (loaded(hot_load), loaded(mixed_load), hits.last(), replicas.first())
    else {
        return Err(error("a curve has no points"));
    };
    let server = Server::atelier(bench, "tiers", &[])?;
    let load = Load::new(bench, STYLES, (1, 1_000.min(bench.data.products)));
    let measure = |load: &Load| {
        load.clone().seconds(1).run(bench, &server)?;
        load.measure(bench, &server)
    };
    let compressed = measure(&load.clone().with("accept-encoding=br"))?;
    let alone = load.connections(1);
    let alone = (0..bench.rounds).map(|_| measure(&alone)).collect::<Result<Vec<_>>>()?;
    let k6_us = k6_us(bench, &server)?;
    drop(server);

    let rows = rows::measure(bench, &["8b", "17"].map(ToOwned::to_owned));
    let of = |id: &str| {
        let row = rows.iter().find(|row| row.figure.id == id);
        row.and_then(Row::result).ok_or_else(|| error(format!("row {id} could not be measured")))
    };
    let database_bytes: f64 =
        psql(&bench.data.url, "select pg_database_size(current_database())")?.parse()?;
    Ok(Tiers {
        hot_us: hot.sample.server_us,
        cold_us: cold.sample.server_us,
        database_us: cold.sample.database_us,
        nginx_us: proxied.proxy_us,
        behind_nginx_us: proxied.sample.server_us,
        wrk_us: hit.sample.generator_us,
        oha_us: hot.sample.generator_us,
        k6_us,
        bytes: hit.sample.bytes,
        bytes_compressed: compressed.bytes,
        hot_ms: Series::each(&alone, |sample| sample.p50_ms).median(),
        idle_mb: of("17")?,
        mb_for_10k_connections: of("18")?,
        mb_for_mb_cached: of("8b")?,
        database_gb: database_bytes / 1e9,
    })
}

fn k6_us(bench: &Bench, server: &Server) -> Result<f64> {
    k6::install(bench, server)?;
    let (this, database) = (std::process::id(), bench.data.postmaster);
    let before = CpuTimes::now();
    let summary = k6::mixed(bench, server, 1_000, if bench.quick { 5 } else { 20 })?;
    let after = CpuTimes::now();
    let used = |pids: &[u32]| after.used_since(&before, pids);
    Ok((used(&[this, database]) - used(&[database, server.pid()])) / summary.requests)
}
