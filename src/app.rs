//! The composition root: makes the parts, and gives each feature what it needs. The only file that knows every feature.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use tokio::signal::unix::{SignalKind, signal};

use crate::cache::{Cache, CacheOptions, Listener};
use crate::config::{Secret, Service, Settings};
use crate::database::batcher::Batcher;
use crate::database::connect::Database;
use crate::database::expiry::Expiry;
use crate::database::metrics::DatabaseMetrics;
use crate::database::pool::{Pool, PoolOptions};
use crate::database::reads::ReadPool;
use crate::http::body::BodyLimits;
use crate::http::proxies::Proxies;
use crate::http::routes::{Route, RouteTable};
use crate::server::accept::Server;
use crate::server::readiness::{self, Readiness};
use crate::server::site::Site;
use crate::server::{docs, health, loaderio, metrics, openapi};
use crate::telemetry::metrics::Metrics;
use crate::{cart, interactions, products, questions, reviews};

/// A running application. Its background tasks end when it is dropped.
pub struct App {
    site: Site,
    readiness: Arc<Readiness>,
    _expiry: Expiry,
}

/// What features depend on.
struct Dependencies {
    cache: Cache,
    reads: ReadPool,
    writes: Pool,
    body_limits: BodyLimits,
    proxies: Proxies,
}

/// The part of the OpenAPI document that a service has.
fn openapi(service: Service) -> &'static str {
    match service {
        Service::Products => products::OPENAPI,
        Service::Questions => questions::OPENAPI,
        Service::Reviews => reviews::OPENAPI,
        Service::Cart => cart::OPENAPI,
        Service::Interactions => interactions::OPENAPI,
    }
}

/// Starts to delete the rows of a service for which the retention of the settings is over.
fn delete_expired(service: Service, settings: &Settings, expiry: &mut Expiry) {
    match service {
        Service::Cart => cart::delete_expired(expiry, settings.cart_retention_days.count()),
        Service::Interactions => {
            settings
                .interaction_retention_days
                .iter()
                .for_each(|days| interactions::delete_expired(expiry, days.count()));
        }
        Service::Products | Service::Questions | Service::Reviews => {}
    }
}

/// The topics whose notifications concern a service.
fn topics(service: Service) -> &'static [&'static str] {
    match service {
        Service::Products => &[products::TOPIC],
        Service::Questions => &[questions::QUESTIONS, questions::ANSWERS],
        Service::Reviews => &[reviews::TOPIC],
        Service::Cart | Service::Interactions => &[],
    }
}

impl Dependencies {
    /// The routes of a service.
    fn routes(&self, service: Service) -> Vec<Route> {
        let Self { cache, reads, writes, body_limits, proxies } = self;
        match service {
            Service::Products => products::routes(reads),
            Service::Questions => questions::routes(cache, reads, writes, *body_limits),
            Service::Reviews => reviews::routes(cache, reads, writes, *body_limits),
            Service::Cart => cart::routes(reads, writes, *body_limits, proxies.clone()),
            Service::Interactions => interactions::routes(writes, *body_limits),
        }
    }
}

/// The OpenAPI document of a process with these settings, as JSON.
#[must_use]
pub fn openapi_document(settings: &Settings) -> String {
    let features: Vec<_> = settings.services.iter().map(openapi).collect();
    openapi::document(&features, settings.loaderio_token.as_ref())
}

impl App {
    /// Starts connections to `primary` and its standbys, the listener, and everything that answers requests.
    #[must_use]
    pub fn start(settings: &Settings, primary: &PgConnectOptions) -> Self {
        let metrics = Metrics::default();
        let (reads, writes) = connect(settings, primary, &metrics);
        let cache_options = CacheOptions {
            capacity_bytes: settings.cache_mib * 1024 * 1024,
            ttl: Duration::from_secs(settings.cache_ttl_s),
            missing_ttl: Duration::from_millis(settings.missing_ttl_ms),
        };
        let cache = Cache::new(cache_options, reads.current_position(), &metrics);
        let notifier = settings.database_listen_url.as_ref().map_or(primary, Secret::options);
        let listener = Listener::start(
            Database::primary(notifier, timeout(settings)),
            Batcher::new(reads.primary()),
            cache.clone(),
            settings.services.iter().flat_map(topics).copied().collect(),
            &metrics,
        );
        let readiness = Arc::new(Readiness::new(listener, reads.clone(), writes.clone()));
        readiness::register(&readiness, &metrics);
        let mut expiry = Expiry::start(&writes, &metrics);
        settings.services.iter().for_each(|service| delete_expired(service, settings, &mut expiry));
        let body_limits = BodyLimits {
            max_bytes: settings.max_body_bytes,
            timeout: Duration::from_millis(settings.body_timeout_ms),
        };
        let proxies = Proxies(Arc::new(settings.trusted_proxies.clone()));
        let dependencies = Dependencies { cache: cache.clone(), reads, writes, body_limits, proxies };
        let mut routes: Vec<Route> =
            settings.services.iter().flat_map(|service| dependencies.routes(service)).collect();
        routes.extend(health::routes(&readiness));
        routes.extend(metrics::routes(&metrics));
        routes.extend(openapi::routes(&openapi_document(settings)));
        routes.extend(docs::routes());
        routes.extend(settings.loaderio_token.iter().flat_map(loaderio::routes));
        let routes = RouteTable::new(routes, settings.max_count);
        let site = Site::new(routes, cache, Arc::clone(&readiness), &settings.cors_origins, &metrics);
        Self { site, readiness, _expiry: expiry }
    }

    /// What answers requests.
    #[must_use]
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// Whether this process takes traffic.
    #[must_use]
    pub fn readiness(&self) -> &Readiness {
        &self.readiness
    }
}

/// Connections to read and to write.
fn connect(settings: &Settings, primary: &PgConnectOptions, metrics: &Metrics) -> (ReadPool, Pool) {
    let pools = DatabaseMetrics::new(metrics);
    let options = |connections| PoolOptions { connections, queue_capacity: settings.queue };
    let primary = Database::primary(primary, timeout(settings));
    let reads = Pool::start(&primary, options(settings.read_connections), "read", &pools);
    let writes = Pool::start(&primary.for_writes(), options(settings.write_connections), "write", &pools);
    let standby = |url: &Secret| Database::standby(url.options(), timeout(settings));
    let standbys: Vec<_> = settings.database_standby_urls.iter().map(standby).collect();
    let reads = ReadPool::start(reads, &standbys, options(settings.read_connections), metrics, &pools);
    (reads, writes)
}

fn timeout(settings: &Settings) -> Duration {
    Duration::from_millis(settings.database_timeout_ms)
}

/// Serves `primary` until SIGTERM or SIGINT. Then the process is not ready, goes on answering for `drain_ms`, and lets open
/// requests finish. Fails where signals can't be received.
pub async fn serve(server: Server, primary: &PgConnectOptions) -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let app = App::start(server.settings(), primary);
    let drain = Duration::from_millis(server.settings().drain_ms);
    tracing::info!(address = %server.address(), "listening");
    let stop = async {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        tracing::info!("stopping: finishing open requests");
        app.readiness.drain();
        tokio::time::sleep(drain).await;
    };
    server.serve(app.site.clone(), stop).await;
    tracing::info!("stopped");
    Ok(())
}
