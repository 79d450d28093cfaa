//! What a rate of requests needs, multiplied from the cost of one request. Nothing here is measured.

use super::tiers::Tiers;

/// The share of reads that hit the cache of a replica.
pub(super) const HIT_RATIO: f64 = 0.9;
/// The share of each CPU that is planned with; the rest is for bursts.
pub(super) const UTILIZATION: f64 = 0.7;
pub(super) const REPLICA_CPUS: f64 = 2.0;
/// A replica's connections to PostgreSQL: four for reads, four for writes, and the listener's.
pub(super) const REPLICA_CONNECTIONS: f64 = 9.0;
/// The limit of the service's PostgreSQL role (compose.yaml).
pub(super) const CONNECTIONS: f64 = 280.0;
pub(super) const CACHE_MB: f64 = 268.0;
/// The machine for NGINX, and that for PostgreSQL.
pub(super) const MACHINE_CPUS: f64 = 32.0;
const NETWORK_BYTES: f64 = 10e9 / 8.0;

/// What a rate needs.
pub(super) struct Need {
    pub(super) rate: f64,
    pub(super) nginx_cpus: f64,
    pub(super) app_cpus: f64,
    pub(super) replicas: f64,
    /// Of all replicas, with full caches.
    pub(super) app_gb: f64,
    pub(super) database_cpus: f64,
    pub(super) database_connections: f64,
    pub(super) gbit: f64,
    /// The limits below the rate.
    pub(super) exceeded: Vec<&'static str>,
    /// The next limit.
    pub(super) next: Option<Limit>,
}

/// The rate up to which one of a kind suffices.
#[derive(Clone, Copy)]
pub(super) struct Limit {
    pub(super) name: &'static str,
    pub(super) rate: f64,
}

/// The app's CPU time a request, at the planned share of hits.
fn app_us(tiers: &Tiers) -> f64 {
    // The difference between a miss and a hit is the same behind NGINX and without it.
    tiers.behind_nginx_us + (1.0 - HIT_RATIO) * (tiers.cold_us - tiers.hot_us).max(0.0)
}

/// All limits, the lowest first.
pub(super) fn limits(tiers: &Tiers) -> Vec<Limit> {
    let cpu_us = UTILIZATION * 1e6;
    let replicas = (CONNECTIONS / REPLICA_CONNECTIONS).floor();
    let replica = REPLICA_CPUS * cpu_us / app_us(tiers);
    let mut limits = vec![
        ("one replica", replica),
        ("one machine's NGINX", MACHINE_CPUS * cpu_us / tiers.nginx_us),
        ("one PostgreSQL's CPUs", MACHINE_CPUS * cpu_us / ((1.0 - HIT_RATIO) * tiers.database_us)),
        ("PostgreSQL's connections", replicas * replica),
        ("a network of 10 Gbit/s", NETWORK_BYTES / tiers.bytes_compressed),
    ];
    limits.sort_by(|one, other| one.1.total_cmp(&other.1));
    limits.into_iter().map(|(name, rate)| Limit { name, rate }).collect()
}

pub(super) fn need(tiers: &Tiers, rate: f64) -> Need {
    let cpus = |us: f64| rate * us / 1e6 / UTILIZATION;
    let app_cpus = cpus(app_us(tiers));
    // At least two, so that one may fail.
    let replicas = (app_cpus / REPLICA_CPUS).ceil().max(2.0);
    let limits = limits(tiers);
    Need {
        rate,
        nginx_cpus: cpus(tiers.nginx_us),
        app_cpus,
        replicas,
        app_gb: replicas * (tiers.idle_mb + CACHE_MB * tiers.mb_for_mb_cached) / 1e3,
        database_cpus: cpus((1.0 - HIT_RATIO) * tiers.database_us),
        database_connections: replicas * REPLICA_CONNECTIONS,
        gbit: rate * tiers.bytes_compressed * 8.0 / 1e9,
        exceeded: limits.iter().filter(|limit| limit.rate < rate).map(|limit| limit.name).collect(),
        next: limits.into_iter().find(|limit| limit.rate >= rate),
    }
}
