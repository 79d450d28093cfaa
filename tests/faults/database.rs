//! A database that is away, that hangs, and that comes back.

use std::time::{Duration, Instant};

use serde_json::Value;
use sqlx::ConnectOptions as _;
use tokio::task::JoinSet;

use crate::databases::{TestDatabase, eventually, run};
use crate::process::{Process, get};
use crate::proxy::{Link, Proxy};

const SHOP: &str =
    "insert into products select id, 'Camo Onesie', '', '', 'Jackets', 140 from generate_series(1, 100) id";
const LIMIT: (&str, &str) = ("ATELIER_DATABASE_TIMEOUT_MS", "300");

async fn shop() -> (TestDatabase, Proxy, Process) {
    let database = TestDatabase::filled(SHOP).await;
    let proxy = Proxy::start(&database.options()).await;
    let process = Process::ready(&proxy.url(&database.options()), &[LIMIT]).await;
    (database, proxy, process)
}

#[tokio::test]
async fn while_the_database_is_away_cached_answers_go_on_and_others_are_a_503() {
    let (_database, proxy, process) = shop().await;
    assert_eq!(process.status("/products/1").await, Some(200));

    proxy.set(Link::Cut);

    eventually("it is not ready", async || process.status("/health/ready").await == Some(503)).await;
    assert_eq!(process.status("/products/1").await, Some(200));
    assert_eq!(process.status("/products/2").await, Some(503));
    assert_eq!(process.status("/health/live").await, Some(200));
}

#[tokio::test]
async fn while_the_database_is_frozen_cached_answers_wait_for_nothing() {
    let database = TestDatabase::filled(SHOP).await;
    let proxy = Proxy::start(&database.options()).await;
    let patient = [("ATELIER_DATABASE_TIMEOUT_MS", "10000")];
    let process = Process::ready(&proxy.url(&database.options()), &patient).await;
    assert_eq!(process.status("/products/1").await, Some(200));

    proxy.set(Link::Stalled);
    // While the heartbeats are still believed to be under way, and when they are not.
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(4) {
        let answer = tokio::time::timeout(Duration::from_secs(5), process.status("/products/1")).await;
        assert_eq!(answer, Ok(Some(200)));
    }
    proxy.set(Link::Cut);
    assert_eq!(process.status("/products/1").await, Some(200));
}

#[tokio::test]
async fn a_database_that_is_back_is_read_from_within_two_seconds() {
    let (_database, proxy, process) = shop().await;
    proxy.set(Link::Cut);
    eventually("reads fail", async || process.status("/products/2").await == Some(503)).await;

    proxy.set(Link::Whole);

    let took = eventually("reads work", async || process.status("/products/3").await == Some(200)).await;
    assert!(took < Duration::from_secs(2), "{took:?}");
    eventually("it is ready", async || process.status("/health/ready").await == Some(200)).await;
}

#[tokio::test]
async fn an_outage_is_told_once_and_so_is_its_end() {
    let (_database, proxy, process) = shop().await;
    process.logged();
    proxy.set(Link::Cut);
    eventually("reads fail", async || process.status("/products/2").await == Some(503)).await;
    for _ in 0..100 {
        process.status("/products/2").await;
    }
    proxy.set(Link::Whole);
    let mut log = Vec::new();
    eventually("its end is logged", async || {
        log.append(&mut process.logged());
        log.iter().any(|line| line.contains("listener connected"))
    })
    .await;
    // Whatever is logged twice would be by now.
    eventually("it is ready", async || process.status("/health/ready").await == Some(200)).await;
    log.append(&mut process.logged());

    let events: Vec<Value> = log.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let errors = events.iter().filter(|it| it["level"] == "ERROR");
    let mut errors: Vec<_> = errors.map(|it| format!("{} {}", it["message"], it["cause"])).collect();
    // The connection that broke, and each of the ways in which there is no other.
    let told = errors.len();
    assert!(errors.iter().all(|error| error.contains("listener disconnected")), "{log:#?}");
    errors.sort_unstable();
    errors.dedup();
    assert!(told > 0 && told == errors.len(), "{log:#?}");
    assert_eq!(events.iter().filter(|it| it["message"] == "listener connected").count(), 1, "{log:#?}");
}

#[tokio::test]
async fn a_database_that_hangs_costs_a_request_its_limit_and_no_more() {
    let (_database, proxy, process) = shop().await;
    proxy.set(Link::Stalled);

    let started = Instant::now();
    let status = process.status("/products/2").await;

    assert_eq!(status, Some(503));
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    proxy.set(Link::Whole);
    eventually("reads work", async || process.status("/products/3").await == Some(200)).await;
}

/// Ends all connections of the service to the database that this is said to.
const SHOOT_ALL: &str = "
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = 'atelier'";

#[tokio::test]
async fn a_connection_that_was_shot_costs_no_reader_its_answer() {
    let (database, _proxy, process) = shop().await;
    let mut sql = database.connect().await;
    let mut connection = process.connect().await;
    for id in 1..=20 {
        run(&mut sql, SHOOT_ALL).await;
        let (status, _) = get(&mut connection, &format!("/products/{id}")).await.unwrap();
        assert_eq!(status, 200, "product {id}");
        // All of them are to be shot again, so all have to be there again.
        eventually("it is ready", async || process.status("/health/ready").await == Some(200)).await;
    }
}

#[tokio::test]
async fn connections_that_were_all_shot_cost_none_of_many_readers_an_answer() {
    let database = TestDatabase::filled(SHOP).await;
    let patient = [("ATELIER_DATABASE_TIMEOUT_MS", "20000")];
    let process = Process::ready(database.options().to_url_lossy().as_str(), &patient).await;
    let mut sql = database.connect().await;
    for round in 0..5 {
        let mut readers = JoinSet::new();
        let mut connections = Vec::new();
        for _ in 0..20 {
            connections.push(process.connect().await);
        }
        run(&mut sql, SHOOT_ALL).await;
        // What one connection leaves undone, another one takes that is as dead.
        for (id, mut connection) in (20 * round + 1..).zip(connections) {
            readers.spawn(async move { (id, get(&mut connection, &format!("/products/{id}")).await) });
        }
        for (id, answer) in readers.join_all().await {
            assert_eq!(answer.map(|(status, _)| status.as_u16()), Some(200), "product {id}");
        }
        eventually("it is ready", async || process.status("/health/ready").await == Some(200)).await;
    }
}
