//! What handlers share, and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::FromRef;
use tokio::task::JoinHandle;

use crate::cache::Cache;
use crate::cache::invalidation::{self, Listening};
use crate::config::Settings;
use crate::database::Database;
use crate::http::query::MaxCount;
use crate::products::{self, Products};

/// The state of the whole router, of which each handler takes its part. Clones share it.
#[derive(Clone, FromRef)]
pub struct App {
    products: Products,
    max_count: MaxCount,
    #[from_ref(skip)]
    listening: Listening,
    #[from_ref(skip)]
    draining: Arc<AtomicBool>,
    #[from_ref(skip)]
    hearing: Arc<Hearing>,
}

/// The task that hears of changes: it ends with the last clone of the state.
struct Hearing(JoinHandle<()>);

impl Drop for Hearing {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl App {
    /// Starts all that works behind the handlers: the readers, and the ear for changes.
    #[must_use]
    pub fn start(settings: &Settings, database: &Database) -> Self {
        let cache = Cache::new(
            settings.cache_mib * 1024 * 1024,
            Duration::from_secs(settings.cache_ttl_s),
            Duration::from_millis(settings.missing_ttl_ms),
        );
        let listening = Listening::default();
        let hearing = tokio::spawn(invalidation::listen(
            database.clone(),
            cache.clone(),
            &[products::TOPIC],
            listening.clone(),
        ));
        Self {
            products: Products::start(settings, database, cache),
            max_count: MaxCount(settings.max_count),
            listening,
            draining: Arc::default(),
            hearing: Arc::new(Hearing(hearing)),
        }
    }

    /// Whether requests should be sent here: not while starting, draining or without a database.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        !self.draining.load(Ordering::Relaxed) && self.listening.is_on() && self.products.is_connected()
    }

    /// From now on it is not ready, so that no new requests are sent here; those that come are answered.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }
}
