//! A listener that receives no notifications, in each of the ways in which that can be, while the database answers all
//! other connections: nothing stale is served.

use std::time::{Duration, Instant};

use serde_json::Value;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, PgConnection};

use crate::databases::{TestDatabase, change_unseen, eventually, run};
use crate::process::{Process, get};
use crate::proxy::{Link, Proxy};

const SHOP: &str =
    "insert into products select id, 'Name 0', '', '', 'Jackets', 140 from generate_series(1, 100) id";
/// Within this time it has to be noticed that notifications do not arrive.
const NOTICED: Duration = Duration::from_secs(2);
const TIMEOUT: (&str, &str) = ("ATELIER_DATABASE_TIMEOUT_MS", "1000");

/// The name of product 1 as the process shows it, or the status of its answer.
async fn name(process: &Process) -> String {
    let mut connection = process.connect().await;
    let (status, body) = get(&mut connection, "/products/1").await.expect("an answer");
    let product: Value = serde_json::from_slice(&body).expect("JSON");
    product["name"].as_str().map_or(status.to_string(), str::to_owned)
}

async fn rename(sql: &mut PgConnection, name: &str) {
    run(sql, format!("update products set name = '{name}' where id = 1")).await;
}

/// Asserts that each of some changes shows in the next answer.
async fn nothing_stale_is_served(process: &Process, sql: &mut PgConnection, round: &str) {
    for number in 0..20 {
        let new = format!("{round} {number}");
        rename(sql, &new).await;
        assert_eq!(name(process).await, new);
        // And whoever asks again.
        assert_eq!(name(process).await, new);
    }
}

async fn is_connected(process: &Process) -> bool {
    let mut connection = process.connect().await;
    let (_, body) = get(&mut connection, "/metrics").await.expect("metrics");
    let text = String::from_utf8(body.to_vec()).expect("UTF-8");
    text.lines().any(|line| line == "atelier_listener_connected 1")
}

/// The causes for which the process has logged that its listener is disconnected.
fn causes(process: &Process) -> Vec<String> {
    let events = process.logged().into_iter().map(|line| serde_json::from_str::<Value>(&line).expect("JSON"));
    let outages = events.filter(|it| {
        it["message"] == "listener disconnected; reads bypass the cache while the database answers"
    });
    outages.map(|it| it["cause"].as_str().expect("a cause").to_owned()).collect()
}

/// A server whose listener is connected by a way of its own.
async fn with_way_of_listener(database: &TestDatabase) -> (Process, Proxy) {
    let way = Proxy::start(&database.options()).await;
    let url = database.options().to_url_lossy().to_string();
    let variables = [("ATELIER_DATABASE_LISTEN_URL", &*way.url(&database.options())), TIMEOUT];
    let process = Process::ready(&url, &variables).await;
    (process, way)
}

/// A server whose listener is told to connect to `listen`.
async fn listening_at(database: &TestDatabase, listen: &str) -> Process {
    let url = database.options().to_url_lossy().to_string();
    let process = Process::start(&url, &[("ATELIER_DATABASE_LISTEN_URL", listen), TIMEOUT]);
    eventually("products are served", async || process.status("/products/2").await == Some(200)).await;
    process
}

#[tokio::test]
async fn where_nobody_listens_at_its_url() {
    let database = TestDatabase::filled(SHOP).await;
    let process = listening_at(&database, "postgres://nobody@127.0.0.1:1/none").await;
    nothing_stale_is_served(&process, &mut database.connect().await, "changed").await;
    assert!(!is_connected(&process).await);
    assert_eq!(process.status("/health/ready").await, Some(503));
}

#[tokio::test]
async fn where_its_url_leads_to_another_database() {
    let (database, other) = (TestDatabase::filled(SHOP).await, TestDatabase::filled(SHOP).await);
    let process = listening_at(&database, other.options().to_url_lossy().as_str()).await;
    let mut sql = database.connect().await;
    nothing_stale_is_served(&process, &mut sql, "changed").await;
    let mut logged = Vec::new();
    eventually("the cause is logged", async || {
        logged.extend(causes(&process));
        !logged.is_empty()
    })
    .await;
    assert!(logged[0].contains("does database_listen_url lead to another database"), "{logged:?}");
    // It is connected again and again, and each time to the wrong one.
    let started = Instant::now();
    while started.elapsed() < NOTICED * 2 {
        nothing_stale_is_served(&process, &mut sql, "later").await;
    }
    assert!(!is_connected(&process).await);
}

#[tokio::test]
async fn where_its_connection_was_terminated_and_its_slot_is_taken() {
    let database = TestDatabase::filled(SHOP).await;
    let mut sql = database.connect().await;
    let role = format!("{}_listener", database.options().get_database().expect("a name"));
    run(
        &mut sql,
        format!(
            "create role {role} login password 'listener' connection limit 2;
             grant select on all tables in schema public to {role}"
        ),
    )
    .await;
    let listener = database.options().username(&role).password("listener");
    let url = database.options().to_url_lossy().to_string();
    let listen = listener.to_url_lossy().to_string();
    let process = Process::ready(&url, &[("ATELIER_DATABASE_LISTEN_URL", &*listen), TIMEOUT]).await;
    assert_eq!(name(&process).await, "Name 0");

    let terminated =
        format!("select pg_terminate_backend(pid) from pg_stat_activity where usename = '{role}'");
    run(&mut sql, terminated).await;
    let slots = take_slots(&listener).await;
    nothing_stale_is_served(&process, &mut sql, "changed").await;
    assert!(!is_connected(&process).await);
    eventually("the cause is logged", async || {
        causes(&process).iter().any(|cause| cause.contains("too many connections for role"))
    })
    .await;

    drop(slots);
    eventually("the listener is connected", async || is_connected(&process).await).await;
    let last = name(&process).await;
    change_unseen(&mut sql, 1, "unseen").await;
    assert_eq!(name(&process).await, last, "what is cached is served again");
    rename(&mut sql, "seen").await;
    eventually("changes are seen", async || name(&process).await == "seen").await;
    drop(process);
    run(&mut sql, format!("drop owned by {role}; drop role {role}")).await;
}

/// All connections that this role may have.
async fn take_slots(options: &PgConnectOptions) -> Vec<PgConnection> {
    let mut slots = Vec::new();
    eventually("the slots are taken", async || {
        if let Ok(connection) = options.connect().await {
            slots.push(connection);
        }
        slots.len() == 2
    })
    .await;
    slots
}

#[tokio::test]
async fn where_its_connection_is_cut() {
    let database = TestDatabase::filled(SHOP).await;
    let (process, way) = with_way_of_listener(&database).await;
    let mut sql = database.connect().await;
    assert_eq!(name(&process).await, "Name 0");

    way.set(Link::Cut);
    eventually("it is noticed", async || !is_connected(&process).await).await;
    nothing_stale_is_served(&process, &mut sql, "changed").await;

    way.set(Link::Whole);
    eventually("the listener is connected", async || is_connected(&process).await).await;
    assert_eq!(name(&process).await, "changed 19");
    let mut logged = causes(&process);
    assert!(!logged.is_empty());
    let count = logged.len();
    logged.sort_unstable();
    logged.dedup();
    assert_eq!(logged.len(), count, "each cause is logged once");
}

#[tokio::test]
async fn where_its_connection_is_silent() {
    let database = TestDatabase::filled(SHOP).await;
    let (process, way) = with_way_of_listener(&database).await;
    let mut sql = database.connect().await;
    assert_eq!(name(&process).await, "Name 0");

    way.set(Link::Stalled);
    rename(&mut sql, "changed").await;
    let took = eventually("it is noticed", async || name(&process).await == "changed").await;
    assert!(took < NOTICED, "{took:?}");
    nothing_stale_is_served(&process, &mut sql, "changed").await;
    // That lasts, however often another connection is tried.
    let started = Instant::now();
    while started.elapsed() < NOTICED * 2 {
        nothing_stale_is_served(&process, &mut sql, "later").await;
    }
    assert!(causes(&process)[0].contains("do not arrive"));

    way.set(Link::Whole);
    eventually("the listener is connected", async || is_connected(&process).await).await;
    assert_eq!(name(&process).await, "later 19");
}

#[tokio::test]
async fn where_notifications_are_only_late() {
    let database = TestDatabase::filled(SHOP).await;
    let (process, way) = with_way_of_listener(&database).await;
    let mut sql = database.connect().await;
    assert_eq!(name(&process).await, "Name 0");

    way.set(Link::Stalled);
    rename(&mut sql, "late").await;
    eventually("it is noticed", async || !is_connected(&process).await).await;
    way.set(Link::Whole);
    eventually("the listener is connected", async || is_connected(&process).await).await;

    assert_eq!(name(&process).await, "late");
}

#[tokio::test]
async fn a_database_that_fails_too_leaves_what_was_read_last() {
    let database = TestDatabase::filled(SHOP).await;
    let (way, way_of_listener) =
        (Proxy::start(&database.options()).await, Proxy::start(&database.options()).await);
    let listen = way_of_listener.url(&database.options());
    let variables = [("ATELIER_DATABASE_LISTEN_URL", &*listen), TIMEOUT];
    let process = Process::ready(&way.url(&database.options()), &variables).await;
    let mut sql = database.connect().await;
    assert_eq!(name(&process).await, "Name 0");
    way_of_listener.set(Link::Cut);
    eventually("it is noticed", async || !is_connected(&process).await).await;
    nothing_stale_is_served(&process, &mut sql, "changed").await;

    for link in [Link::Stalled, Link::Cut] {
        way.set(link);
        // At first each answer waits for the database, and later none does.
        for _ in 0..20 {
            assert_eq!(name(&process).await, "changed 19", "{link:?}");
        }
        way.set(Link::Whole);
        eventually("the database is read from", async || process.status("/products/3").await == Some(200))
            .await;
    }
    rename(&mut sql, "again").await;
    eventually("the cache is bypassed again", async || name(&process).await == "again").await;
    nothing_stale_is_served(&process, &mut sql, "later").await;
}
