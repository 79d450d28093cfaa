//! What handlers share, and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::FromRef;
use tokio::task::JoinSet;

use crate::cache::Cache;
use crate::cache::invalidation::Listener;
use crate::cart::Cart;
use crate::config::{Secret, Settings};
use crate::database::connections::Connections;
use crate::database::metrics::DatabaseMetrics;
use crate::database::standbys::Servers;
use crate::database::{Database, expiry};
use crate::http::client::Proxies;
use crate::http::fields::BodyLimits;
use crate::http::query::MaxCount;
use crate::interactions::Interactions;
use crate::products::{self, Products};
use crate::questions::{self, Questions};
use crate::reviews::{self, Reviews};
use crate::telemetry::metrics::Metrics;

/// The topics of all features: what is heard of.
const TOPICS: &[&str] = &[products::TOPIC, questions::QUESTIONS, questions::ANSWERS, reviews::TOPIC];

/// The state of the whole router, of which each handler takes its part. Clones share it: one count goes up for each,
/// since there is one for every request.
#[derive(Clone)]
pub struct App(Arc<Parts>);

struct Parts {
    products: Arc<Products>,
    questions: Arc<Questions>,
    reviews: Arc<Reviews>,
    cart: Arc<Cart>,
    interactions: Arc<Interactions>,
    proxies: Proxies,
    max_count: MaxCount,
    body_limits: BodyLimits,
    presence: Arc<Presence>,
    cache: Cache,
    metrics: Metrics,
    /// They end with the last clone.
    _expiry: JoinSet<()>,
    _watches: JoinSet<()>,
}

macro_rules! parts {
    ($($part:ident: $kind:ty;)+) => {
        $(impl FromRef<App> for $kind {
            fn from_ref(app: &App) -> Self {
                app.0.$part.clone()
            }
        })+
    };
}

parts! {
    products: Arc<Products>;
    questions: Arc<Questions>;
    reviews: Arc<Reviews>;
    cart: Arc<Cart>;
    interactions: Arc<Interactions>;
    proxies: Proxies;
    max_count: MaxCount;
    body_limits: BodyLimits;
    presence: Arc<Presence>;
    cache: Cache;
    metrics: Metrics;
}

/// What the features work with.
pub struct Backing {
    /// Ready answers.
    pub cache: Cache,
    /// Whom to read from.
    pub servers: Servers,
    /// Connections for writes.
    pub writes: Connections,
    /// How many jobs of a kind may wait for a connection.
    pub queue: usize,
}

/// Whether this process should be sent requests.
pub struct Presence {
    listener: Listener,
    servers: Servers,
    writes: Connections,
    is_draining: AtomicBool,
}

impl App {
    /// Starts all that works behind the handlers: connections, and the ear for changes.
    #[must_use]
    pub fn start(settings: &Settings, database: &Database) -> Self {
        let metrics = Metrics::default();
        let jobs = DatabaseMetrics::new(&metrics);
        let reads = Connections::start(database, settings.read_connections, "read", &jobs);
        let writes = Connections::start(database, settings.write_connections, "write", &jobs);
        let standby = |url: &Secret| Database::standby(url.options(), database.limit());
        let standbys: Vec<_> = settings.database_standby_urls.iter().map(standby).collect();
        let (servers, watches) = Servers::start(reads, &standbys, settings.read_connections, &metrics, &jobs);
        let cache = Cache::new(
            settings.cache_mib * 1024 * 1024,
            Duration::from_secs(settings.cache_ttl_s),
            Duration::from_millis(settings.missing_ttl_ms),
            servers.written(),
            &metrics,
        );
        let heard = settings.database_listen_url.as_ref();
        let heard =
            heard.map_or_else(|| database.clone(), |url| Database::new(url.options(), database.limit()));
        let listener = Listener::start(heard, servers.heartbeats(), cache.clone(), TOPICS, &metrics);
        let expiry = expiry::start(&writes);
        let backing = Backing { cache, servers, writes, queue: settings.queue };
        let presence = Arc::new(Presence {
            listener,
            servers: backing.servers.clone(),
            writes: backing.writes.clone(),
            is_draining: AtomicBool::new(false),
        });
        let asked = Arc::clone(&presence);
        metrics.asked("atelier_ready", "1 where requests should be sent here, else 0.", move || {
            f64::from(u8::from(asked.is_ready()))
        });
        Self(Arc::new(Parts {
            products: Arc::new(Products::new(&backing)),
            questions: Arc::new(Questions::new(&backing)),
            reviews: Arc::new(Reviews::new(&backing)),
            cart: Arc::new(Cart::new(&backing)),
            interactions: Arc::new(Interactions::new(&backing)),
            proxies: Proxies(settings.trusted_proxies.clone()),
            max_count: MaxCount(settings.max_count),
            body_limits: BodyLimits {
                max_bytes: settings.max_body_bytes,
                timeout: Duration::from_millis(settings.body_timeout_ms),
            },
            presence,
            cache: backing.cache,
            metrics,
            _expiry: expiry,
            _watches: watches,
        }))
    }

    /// Whether requests should be sent here: not while starting, draining or without a database.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.0.presence.is_ready()
    }

    /// What is measured here.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// From now on it is not ready, so that no new requests are sent here; those that come are answered.
    pub fn drain(&self) {
        self.0.presence.is_draining.store(true, Ordering::Relaxed);
    }
}

impl Presence {
    /// Whether requests should be sent here. Once it was, a standby is enough: while there is no primary, all replicas
    /// are alike, and can answer reads.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        let has_primary =
            self.listener.is_connected() && self.servers.has_primary() && self.writes.is_there();
        let has_standby = self.listener.has_been_connected() && self.servers.has_standby();
        (has_primary || has_standby) && !self.is_draining.load(Ordering::Relaxed)
    }
}
