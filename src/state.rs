//! What handlers share, and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::FromRef;

use crate::cache::Cache;
use crate::cache::invalidation::Listener;
use crate::config::Settings;
use crate::database::Database;
use crate::database::connections::Connections;
use crate::database::metrics::DatabaseMetrics;
use crate::http::fields::BodyLimits;
use crate::http::query::MaxCount;
use crate::products::{self, Products};
use crate::telemetry::metrics::Metrics;

/// The topics of all features: what is heard of.
const TOPICS: &[&str] = &[products::TOPIC];

/// The state of the whole router, of which each handler takes its part. Clones share it.
#[derive(Clone, FromRef)]
pub struct App {
    products: Products,
    max_count: MaxCount,
    body_limits: BodyLimits,
    presence: Presence,
    cache: Cache,
    metrics: Metrics,
}

/// What the features work with.
#[derive(Clone)]
pub struct Backing {
    /// Ready answers.
    pub cache: Cache,
    /// Connections for reads.
    pub reads: Connections,
    /// Connections for writes.
    pub writes: Connections,
    /// How many jobs of a kind may wait for a connection.
    pub queue: usize,
}

/// Whether this process should be sent requests. Clones see the same.
#[derive(Clone)]
pub struct Presence {
    listener: Arc<Listener>,
    reads: Connections,
    is_draining: Arc<AtomicBool>,
}

impl App {
    /// Starts all that works behind the handlers: connections, and the ear for changes.
    #[must_use]
    pub fn start(settings: &Settings, database: &Database) -> Self {
        let metrics = Metrics::default();
        let cache = Cache::new(
            settings.cache_mib * 1024 * 1024,
            Duration::from_secs(settings.cache_ttl_s),
            Duration::from_millis(settings.missing_ttl_ms),
            &metrics,
        );
        let listener = Arc::new(Listener::start(database.clone(), cache.clone(), TOPICS));
        let jobs = DatabaseMetrics::new(&metrics);
        let reads = Connections::start(database, settings.read_connections, "read", &jobs);
        let writes = Connections::start(database, settings.write_connections, "write", &jobs);
        let backing = Backing { cache: cache.clone(), reads: reads.clone(), writes, queue: settings.queue };
        let presence = Presence { listener, reads, is_draining: Arc::default() };
        let asked = presence.clone();
        metrics.asked("atelier_ready", "1 where requests should be sent here, else 0.", move || {
            f64::from(u8::from(asked.is_ready()))
        });
        Self {
            products: Products::new(&backing),
            max_count: MaxCount(settings.max_count),
            body_limits: BodyLimits {
                max_bytes: settings.max_body_bytes,
                timeout: Duration::from_millis(settings.body_timeout_ms),
            },
            presence,
            cache,
            metrics,
        }
    }

    /// Whether requests should be sent here: not while starting, draining or without a database.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.presence.is_ready()
    }

    /// What is measured here.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// From now on it is not ready, so that no new requests are sent here; those that come are answered.
    pub fn drain(&self) {
        self.presence.is_draining.store(true, Ordering::Relaxed);
    }
}

impl Presence {
    /// Whether requests should be sent here.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        !self.is_draining.load(Ordering::Relaxed) && self.listener.is_listening() && self.reads.is_there()
    }
}
