//! Panics outside of handlers. Here the log causes them: it is the one part of a running process that a test can replace.

use std::fmt::Debug;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use atelier::config::Settings;
use atelier::server::accept::Server;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::support::{Site, eventually, rename_without_notification, run};

/// Panics when this message is logged, while it is armed.
#[derive(Clone)]
struct PanicAt {
    message: &'static str,
    is_armed: Arc<AtomicBool>,
}

impl PanicAt {
    fn new(message: &'static str) -> Self {
        Self { message, is_armed: Arc::default() }
    }

    fn arm(&self, is_armed: bool) {
        self.is_armed.store(is_armed, Ordering::Relaxed);
    }
}

impl<S: Subscriber> Layer<S> for PanicAt {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        event.record(&mut self.clone());
    }
}

impl Visit for PanicAt {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let is_message = field.name() == "message" && format!("{value:?}") == self.message;
        assert!(!is_message || !self.is_armed.load(Ordering::Relaxed), "for the test");
    }
}

#[tokio::test]
async fn a_listener_that_panics_is_started_again_and_nothing_stale_is_served() {
    let panic = PanicAt::new("listener connected");
    let _log = tracing_subscriber::registry().with(panic.clone()).set_default();
    let site = Site::start().await;
    let mut sql = site.sql().await;
    site.get("/products/1").await;
    rename_without_notification(&mut sql, 1, "Renamed").await;
    assert!(!site.get("/products/1").await.text().contains("Renamed"), "the response is cached");

    panic.arm(true);
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

    panic.arm(false);
    eventually("the replica is ready", async || site.app.readiness().is_ready()).await;
    assert!(site.get("/products/1").await.text().contains("Renamed"));
}

#[tokio::test]
async fn a_connection_whose_task_panics_is_closed_and_no_longer_counted() {
    let panic = PanicAt::new("request");
    let _log = tracing_subscriber::registry().with(panic.clone()).set_default();
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

    panic.arm(true);
    assert_eq!(exchange().await, "");
    panic.arm(false);

    eventually("the next connection is not rejected", async || exchange().await.starts_with("HTTP/1.1 200"))
        .await;
    eventually("no connection is counted", async || {
        site.get("/metrics").await.text().contains("atelier_http_connections 0\n")
    })
    .await;
    server.abort();
}
