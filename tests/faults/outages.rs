//! A primary that is unreachable, that does not answer, that terminates connections, and that recovers.

use std::time::{Duration, Instant};

use serde_json::Value;
use sqlx::ConnectOptions as _;
use tokio::task::JoinSet;

use crate::databases::{TestDatabase, eventually, run};
use crate::http_client::get;
use crate::replica::Replica;
use crate::tcp_proxy::{ProxyState, TcpProxy};

const SHOP: &str =
    "insert into products select id, 'Camo Onesie', '', '', 'Jackets', 140 from generate_series(1, 100) id";
const TIMEOUT: (&str, &str) = ("ATELIER_DATABASE_TIMEOUT_MS", "300");
/// For tests of retries: reconnecting may take longer than 300 ms on a busy machine, but not a second.
const RECONNECT_TIMEOUT: (&str, &str) = ("ATELIER_DATABASE_TIMEOUT_MS", "1000");

/// A replica whose connections to the database lead through a proxy.
async fn start() -> (TestDatabase, TcpProxy, Replica) {
    start_with(TIMEOUT).await
}

/// The same with this timeout.
async fn start_with(timeout: (&str, &str)) -> (TestDatabase, TcpProxy, Replica) {
    let database = TestDatabase::filled(SHOP).await;
    let proxy = TcpProxy::start(&database.options()).await;
    let replica = Replica::ready(&proxy.url(&database.options()), &[timeout]).await;
    (database, proxy, replica)
}

#[tokio::test]
async fn without_a_database_hits_are_served_and_misses_are_a_503() {
    let (_database, proxy, replica) = start().await;
    assert_eq!(replica.status("/products/1").await, Some(200));

    proxy.set(ProxyState::Disconnected);

    eventually("it is not ready", async || replica.status("/health/ready").await == Some(503)).await;
    assert_eq!(replica.status("/products/1").await, Some(200));
    assert_eq!(replica.status("/products/2").await, Some(503));
    assert_eq!(replica.status("/health/live").await, Some(200));
}

#[tokio::test]
async fn hits_do_not_wait_for_a_database_that_does_not_answer() {
    let database = TestDatabase::filled(SHOP).await;
    let proxy = TcpProxy::start(&database.options()).await;
    let long_timeout = [("ATELIER_DATABASE_TIMEOUT_MS", "10000")];
    let replica = Replica::ready(&proxy.url(&database.options()), &long_timeout).await;
    assert_eq!(replica.status("/products/1").await, Some(200));

    proxy.set(ProxyState::Stalled);
    // Before the heartbeats are overdue, and after.
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(4) {
        let status = tokio::time::timeout(Duration::from_secs(5), replica.status("/products/1")).await;
        assert_eq!(status, Ok(Some(200)));
    }
    proxy.set(ProxyState::Disconnected);
    assert_eq!(replica.status("/products/1").await, Some(200));
}

#[tokio::test]
async fn reads_succeed_within_two_seconds_of_the_end_of_an_outage() {
    let (_database, proxy, replica) = start().await;
    proxy.set(ProxyState::Disconnected);
    eventually("reads fail", async || replica.status("/products/2").await == Some(503)).await;

    proxy.set(ProxyState::Forwarding);

    let took = eventually("reads succeed", async || replica.status("/products/3").await == Some(200)).await;
    assert!(took < Duration::from_secs(2), "{took:?}");
    eventually("it is ready", async || replica.is_ready().await).await;
}

#[tokio::test]
async fn an_outage_and_its_end_are_each_logged_once() {
    let (_database, proxy, replica) = start().await;
    proxy.set(ProxyState::Disconnected);
    let mut log = Vec::new();
    eventually("the outage is logged", async || {
        log.append(&mut replica.take_log());
        let outage = log.iter().position(|line| line.contains("listener disconnected"));
        // The start may be logged as late as this, and does not count.
        log.drain(..outage.unwrap_or(0));
        outage.is_some()
    })
    .await;
    eventually("reads fail", async || replica.status("/products/2").await == Some(503)).await;
    for _ in 0..100 {
        replica.status("/products/2").await;
    }
    proxy.set(ProxyState::Forwarding);
    eventually("its end is logged", async || {
        log.append(&mut replica.take_log());
        log.iter().any(|line| line.contains("listener connected"))
    })
    .await;
    // A second line would have been logged by then.
    eventually("it is ready", async || replica.is_ready().await).await;
    log.append(&mut replica.take_log());

    let events: Vec<Value> = log.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let errors = events.iter().filter(|it| it["level"] == "ERROR");
    let mut errors: Vec<_> = errors.map(|it| format!("{} {}", it["message"], it["cause"])).collect();
    // One for the connection that was lost, and one for each cause for which the next attempts fail.
    let count = errors.len();
    assert!(errors.iter().all(|error| error.contains("listener disconnected")), "{log:#?}");
    errors.sort_unstable();
    errors.dedup();
    assert!(count > 0 && count == errors.len(), "{log:#?}");
    assert_eq!(events.iter().filter(|it| it["message"] == "listener connected").count(), 1, "{log:#?}");
}

#[tokio::test]
async fn a_miss_waits_no_longer_than_the_timeout_for_a_database_that_does_not_answer() {
    let (_database, proxy, replica) = start().await;
    proxy.set(ProxyState::Stalled);

    let started = Instant::now();
    let status = replica.status("/products/2").await;

    assert_eq!(status, Some(503));
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    proxy.set(ProxyState::Forwarding);
    eventually("reads succeed", async || replica.status("/products/3").await == Some(200)).await;
}

/// Terminates all connections of the service to the current database.
const TERMINATE_ALL: &str = "
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = 'atelier'";

#[tokio::test]
async fn a_read_succeeds_although_its_connection_was_terminated() {
    let (database, _proxy, replica) = start_with(RECONNECT_TIMEOUT).await;
    let mut sql = database.connect().await;
    let mut client = replica.connect().await;
    for id in 1..=20 {
        run(&mut sql, TERMINATE_ALL).await;
        let (status, _) = get(&mut client, &format!("/products/{id}")).await.unwrap();
        assert_eq!(status, 200, "product {id}: {:#?}", replica.take_log());
        // The next round terminates all of them, so all of them must be connected.
        eventually("it is ready", async || replica.is_ready().await).await;
    }
}

#[tokio::test]
async fn concurrent_reads_succeed_although_all_connections_were_terminated() {
    let database = TestDatabase::filled(SHOP).await;
    let long_timeout = [("ATELIER_DATABASE_TIMEOUT_MS", "20000")];
    let replica = Replica::ready(database.options().to_url_lossy().as_str(), &long_timeout).await;
    let mut sql = database.connect().await;
    for round in 0..5 {
        let mut readers = JoinSet::new();
        let mut clients = Vec::new();
        for _ in 0..20 {
            clients.push(replica.connect().await);
        }
        run(&mut sql, TERMINATE_ALL).await;
        // A read that one connection requeues may be taken by another that is terminated too.
        for (id, mut client) in (20 * round + 1..).zip(clients) {
            readers.spawn(async move { (id, get(&mut client, &format!("/products/{id}")).await) });
        }
        for (id, response) in readers.join_all().await {
            assert_eq!(response.map(|(status, _)| status.as_u16()), Some(200), "product {id}");
        }
        eventually("it is ready", async || replica.is_ready().await).await;
    }
}
