//! From what a request costs to what so many a second need. Nothing here is measured: it multiplies.

use super::tiers::Tiers;

/// Of reads that are answered from the memory of a replica.
pub(super) const HITS: f64 = 0.9;
/// How much of a CPU is planned with, so that bursts are waited for by nobody.
pub(super) const PLANNED: f64 = 0.7;
pub(super) const CORES_OF_A_REPLICA: f64 = 2.0;
/// What a replica takes of PostgreSQL: four that read, four that write, and one that listens.
pub(super) const CONNECTIONS_OF_A_REPLICA: f64 = 9.0;
/// The service's account may have so many (compose.yaml).
pub(super) const CONNECTIONS: f64 = 280.0;
pub(super) const CACHE_MB: f64 = 268.0;
/// A large machine, for NGINX and for PostgreSQL.
pub(super) const CORES_OF_A_MACHINE: f64 = 32.0;
pub(super) const NETWORK_BYTES: f64 = 10e9 / 8.0;

/// What a rate needs.
pub(super) struct Need {
    pub(super) rate: f64,
    pub(super) nginx_cores: f64,
    pub(super) app_cores: f64,
    pub(super) replicas: f64,
    /// All replicas, with full caches.
    pub(super) app_gb: f64,
    pub(super) database_cores: f64,
    pub(super) database_connections: f64,
    pub(super) gbit: f64,
    /// What one of its kind no longer carries.
    pub(super) beyond: Vec<&'static str>,
    /// What comes next, and at which rate.
    pub(super) next: Option<(&'static str, f64)>,
}

/// What the app takes for a request, hits and misses as they come.
pub(super) fn app_us(tiers: &Tiers) -> f64 {
    // A miss behind NGINX costs as much more than a hit there as without it.
    tiers.behind_nginx_us + (1.0 - HITS) * (tiers.cold_us - tiers.hot_us).max(0.0)
}

/// Up to which rate one of each suffices, least first.
pub(super) fn limits(tiers: &Tiers) -> Vec<(&'static str, f64)> {
    let a_core = PLANNED * 1e6;
    let replicas = (CONNECTIONS / CONNECTIONS_OF_A_REPLICA).floor();
    let replica = CORES_OF_A_REPLICA * a_core / app_us(tiers);
    let mut limits = vec![
        ("one replica", replica),
        ("one machine's NGINX", CORES_OF_A_MACHINE * a_core / tiers.nginx_us),
        ("one PostgreSQL's CPUs", CORES_OF_A_MACHINE * a_core / ((1.0 - HITS) * tiers.database_us)),
        ("PostgreSQL's connections", replicas * replica),
        ("a network of 10 Gbit/s", NETWORK_BYTES / tiers.bytes_compressed),
    ];
    limits.sort_by(|one, other| one.1.total_cmp(&other.1));
    limits
}

pub(super) fn need(tiers: &Tiers, rate: f64) -> Need {
    let cores = |us: f64| rate * us / 1e6 / PLANNED;
    let app_cores = cores(app_us(tiers));
    // Two, so that one may be away.
    let replicas = (app_cores / CORES_OF_A_REPLICA).ceil().max(2.0);
    let limits = limits(tiers);
    Need {
        rate,
        nginx_cores: cores(tiers.nginx_us),
        app_cores,
        replicas,
        app_gb: replicas * (tiers.idle_mb + CACHE_MB * tiers.mb_for_mb_cached) / 1e3,
        database_cores: cores((1.0 - HITS) * tiers.database_us),
        database_connections: replicas * CONNECTIONS_OF_A_REPLICA,
        gbit: rate * tiers.bytes_compressed * 8.0 / 1e9,
        beyond: limits.iter().filter(|(_, limit)| *limit < rate).map(|(name, _)| *name).collect(),
        next: limits.into_iter().find(|(_, limit)| *limit >= rate),
    }
}
