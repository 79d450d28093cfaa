//! SIGTERM: what runs is finished, and nothing new begins.

use std::time::Duration;

use nix::sys::signal::Signal;

use crate::databases::{TestDatabase, eventually};
use crate::process::{Process, get};
use crate::proxy::{Link, Proxy};

#[tokio::test]
async fn what_runs_when_it_is_asked_to_stop_is_finished() {
    let database =
        TestDatabase::filled("insert into products values (1, 'Camo Onesie', '', '', 'Jackets', 140)").await;
    let proxy = Proxy::start(&database.options()).await;
    let mut process = Process::ready(&proxy.url(&database.options()), &[]).await;
    let mut connection = process.connect().await;
    proxy.set(Link::Stalled);
    let answering = tokio::spawn(async move { get(&mut connection, "/products/1").await });
    eventually("the request waits for the database", async || {
        let (_, metrics) = get(&mut process.connect().await, "/metrics").await.expect("an answer");
        String::from_utf8_lossy(&metrics).contains("atelier_cache_misses_total 1\n")
    })
    .await;

    process.signal(Signal::SIGTERM);
    eventually("nobody listens any more", async || process.status("/health/live").await.is_none()).await;
    proxy.set(Link::Whole);

    let (status, _) = answering.await.unwrap().expect("an answer");
    assert_eq!(status, 200);
    assert!(process.ended().await.success());
}

#[tokio::test]
async fn idle_connections_do_not_hold_it_up() {
    let database = TestDatabase::filled("").await;
    let proxy = Proxy::start(&database.options()).await;
    let mut process = Process::ready(&proxy.url(&database.options()), &[]).await;
    let mut idle = process.connect().await;
    get(&mut idle, "/health/live").await.unwrap();

    process.signal(Signal::SIGTERM);

    let mut status = None;
    let took = eventually("the server ends", async || {
        status = Some(process.ended().await);
        true
    })
    .await;
    assert!(status.unwrap().success());
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test]
async fn while_it_drains_it_answers_but_is_not_ready() {
    let database = TestDatabase::filled("").await;
    let proxy = Proxy::start(&database.options()).await;
    let mut process = Process::ready(&proxy.url(&database.options()), &[("ATELIER_DRAIN_MS", "1000")]).await;

    process.signal(Signal::SIGTERM);

    eventually("it is not ready", async || process.status("/health/ready").await == Some(503)).await;
    assert_eq!(process.status("/products").await, Some(200));
    assert!(process.ended().await.success());
}
