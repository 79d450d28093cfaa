//! Panics outside of handlers. Here the log causes them: it is the one part of a running process that a test can replace.

use std::cell::Cell;
use std::fmt::Debug;
use std::future::pending;
use std::sync::Once;

use atelier::config::Settings;
use atelier::server::accept::Server;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tracing::field::{Field, Visit};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::support::{Site, eventually, rename_without_notification, run};

thread_local! {
    /// The message at which this thread panics. A test has a thread of its own, on which its replica runs.
    static MESSAGE: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// From now on, this thread panics when it logs `message`; None ends that.
fn panic_at(message: Option<&'static str>) {
    static LOG: Once = Once::new();
    LOG.call_once(|| {
        tracing_subscriber::registry().with(Log).init();
        // A thread that has logged meanwhile may have found that nobody wants its events.
        tracing::callsite::rebuild_interest_cache();
    });
    MESSAGE.set(message);
}

/// The log of all threads.
struct Log;

impl<S: Subscriber> Layer<S> for Log {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if metadata.target().starts_with("atelier::") { Interest::always() } else { Interest::never() }
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        event.record(&mut Self);
    }
}

impl Visit for Log {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let panics = MESSAGE.get().is_some_and(|it| field.name() == "message" && format!("{value:?}") == it);
        assert!(!panics, "for the test");
    }
}

#[tokio::test]
async fn a_listener_that_panics_is_started_again_and_nothing_stale_is_served() {
    let site = Site::start().await;
    let mut sql = site.sql().await;
    site.get("/products/1").await;
    rename_without_notification(&mut sql, 1, "Renamed").await;
    assert!(!site.get("/products/1").await.text().contains("Renamed"), "the response is cached");

    panic_at(Some("listener connected"));
    let terminate = "select pg_terminate_backend(pid) from pg_stat_activity
                     where datname = current_database() and query like 'LISTEN%'";
    run(&mut sql, terminate).await;
    eventually("the listener panics, is started again, and panics again", async || {
        site.get("/metrics").await.text().contains("atelier_task_panics_total{task=\"listener\"} 2\n")
    })
    .await;
    assert!(!site.app.readiness().is_ready());
    eventually("reads bypass the cache", async || site.get("/products/1").await.text().contains("Renamed"))
        .await;

    panic_at(None);
    eventually("the replica is ready", async || site.app.readiness().is_ready()).await;
    assert!(site.get("/products/1").await.text().contains("Renamed"));
}

#[tokio::test]
async fn a_connection_whose_task_panics_is_closed_and_no_longer_counted() {
    let site = Site::start().await;
    let server = Server::bind(Settings { port: 0, max_connections: 1, ..Settings::default() }).await.unwrap();
    let address = server.address();
    let server = tokio::spawn(server.serve(site.app.site().clone(), pending()));
    let exchange = async || {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = "GET /health/live HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut response = String::new();
        // A connection that ends with a panic is reset.
        let _ = stream.read_to_string(&mut response).await;
        response
    };

    panic_at(Some("request"));
    assert_eq!(exchange().await, "");
    panic_at(None);

    eventually("the next connection is not rejected", async || exchange().await.starts_with("HTTP/1.1 200"))
        .await;
    eventually("no connection is counted", async || {
        site.get("/metrics").await.text().contains("atelier_http_connections 0\n")
    })
    .await;
    server.abort();
}
