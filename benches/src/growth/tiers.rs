//! What a request costs each tier, and what each takes that has nothing to do.

use serde::Serialize;

use super::curves::Point;
use crate::accounts::Accounts;
use crate::data::psql;
use crate::error::{Result, error};
use crate::report::Row;
use crate::sample::measure as account;
use crate::series::Series;
use crate::servers::Server;
use crate::wrk::Load;
use crate::{Bench, STYLES, k6, rows};

/// Planned with is what a request costs at this share of what is possible: where less is asked for, batches are smaller
/// and threads wake up more often for what they do, and a request costs more.
pub(super) const LOADED: f64 = 0.7;

/// CPU time in microseconds a request, memory in megabytes.
#[derive(Debug, Serialize)]
pub(crate) struct Tiers {
    /// The app, all reads mixed, where answers are in memory, and where they are not.
    pub(crate) hot_us: f64,
    pub(crate) cold_us: f64,
    /// PostgreSQL, for the latter.
    pub(crate) database_us: f64,
    /// NGINX as it is shipped, and the app behind it, for a hit.
    pub(crate) nginx_us: f64,
    pub(crate) behind_nginx_us: f64,
    /// The load generators.
    pub(crate) wrk_us: f64,
    pub(crate) oha_us: f64,
    pub(crate) k6_us: f64,
    /// Of an answer with its head, plain and compressed, on the wire.
    pub(crate) bytes: f64,
    pub(crate) bytes_compressed: f64,
    /// Of a hit, half of them sooner.
    pub(crate) hot_ms: f64,
    pub(crate) idle_mb: f64,
    pub(crate) mb_for_10k_connections: f64,
    pub(crate) mb_for_mb_cached: f64,
    pub(crate) database_gb: f64,
}

/// What of it the curves don't have is measured here.
pub(crate) fn measure(
    bench: &Bench,
    hot_load: &[Point],
    mixed_load: &[Point],
    hits: &[Point],
    replicas: &[Point],
) -> Result<Tiers> {
    let loaded = |points: &[Point]| {
        let possible = points.iter().map(|point| point.sample.per_second).fold(0.0, f64::max);
        let far = |point: &Point| (point.at - LOADED * possible).abs();
        points.iter().min_by(|one, other| far(one).total_cmp(&far(other))).cloned()
    };
    let last = |points: &[Point]| points.last().cloned();
    let (Some(hot), Some(cold), Some(hit), Some(proxied)) =
        (loaded(hot_load), loaded(mixed_load), last(hits), replicas.first())
    else {
        return Err(error("a curve has no points"));
    };
    let server = Server::atelier(&bench.places, "atelier-tiers", &bench.data.url, &[])?;
    let load = Load::of(bench, STYLES, (1, 1_000.min(bench.data.products)));
    let ask = |load: Load| -> Result<_> {
        load.clone().for_seconds(1).run(bench, &server)?;
        account(bench, &[server.pid()], || load.run(bench, &server))
    };
    let compressed = ask(load.clone().with("accept-encoding=br"))?;
    let quiet = (0..bench.rounds).map(|_| ask(load.clone().by(1))).collect::<Result<Vec<_>>>()?;
    let k6_us = k6_us(bench, &server)?;
    drop(server);

    let rows = rows::measure(bench, &["8b", "17"].map(ToOwned::to_owned));
    let of = |id: &str| {
        let row = rows.iter().find(|row| row.id == id);
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
        hot_ms: Series::each(&quiet, |sample| sample.p50_ms).median(),
        idle_mb: of("17")?,
        mb_for_10k_connections: of("18")?,
        mb_for_mb_cached: of("8b")?,
        database_gb: database_bytes / 1e9,
    })
}

fn k6_us(bench: &Bench, server: &Server) -> Result<f64> {
    k6::install(bench, server)?;
    let (this, database) = (std::process::id(), bench.data.postmaster);
    let before = Accounts::now();
    let told = k6::mixed(bench, server, 1_000, if bench.quick { 5 } else { 20 })?;
    let after = Accounts::now();
    let used = |pids: &[u32]| after.used_since(&before, pids);
    Ok((used(&[this, database]) - used(&[database, server.pid()])) / told.requests)
}
