//! A listener that receives no notifications, for each cause, while the database answers all other connections: no stale
//! response is served.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde_json::Value;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, PgConnection};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::databases::{TestDatabase, eventually, rename_without_notification, run};
use crate::http_client::get;
use crate::replica::Replica;
use crate::tcp_proxy::{ProxyState, TcpProxy};

const SHOP: &str =
    "insert into products select id, 'Name 0', '', '', 'Jackets', 140 from generate_series(1, 100) id";
/// The time in which a replica must detect that notifications do not arrive.
const DETECTION_LIMIT: Duration = Duration::from_secs(2);
const TIMEOUT: (&str, &str) = ("ATELIER_DATABASE_TIMEOUT_MS", "1000");

/// The name of product 1 in the response of the replica, or the status of that response.
async fn product_name(replica: &Replica) -> String {
    let mut client = replica.connect().await;
    let (status, body) = get(&mut client, "/products/1").await.expect("a response");
    let product: Value = serde_json::from_slice(&body).expect("JSON");
    product["name"].as_str().map_or(status.to_string(), str::to_owned)
}

async fn rename(sql: &mut PgConnection, name: &str) {
    run(sql, format!("update products set name = '{name}' where id = 1")).await;
}

/// Asserts that the next responses show a change, for several changes.
async fn assert_no_stale_response(replica: &Replica, sql: &mut PgConnection, prefix: &str) {
    for number in 0..20 {
        let name = format!("{prefix} {number}");
        rename(sql, &name).await;
        assert_eq!(product_name(replica).await, name);
        assert_eq!(product_name(replica).await, name, "the second response");
    }
}

async fn is_connected(replica: &Replica) -> bool {
    replica.metric("atelier_listener_connected").await > 0.0
}

async fn until_connected(replica: &Replica) {
    eventually("the listener is connected", async || is_connected(replica).await).await;
}

async fn until_disconnected(replica: &Replica) {
    eventually("the listener is disconnected", async || !is_connected(replica).await).await;
}

/// Until a response that is cached is loaded: after a lost connection, once the database has answered another one.
async fn until_bypassed(replica: &Replica) {
    let misses = async || replica.metric("atelier_cache_misses_total").await;
    eventually("the cache is bypassed", async || {
        let before = misses().await;
        product_name(replica).await;
        misses().await > before
    })
    .await;
}

/// The causes for which the replica has logged that its listener is disconnected.
fn logged_causes(replica: &Replica) -> Vec<String> {
    let events =
        replica.take_log().into_iter().map(|line| serde_json::from_str::<Value>(&line).expect("JSON"));
    let is_disconnection =
        |it: &Value| it["message"].as_str().is_some_and(|it| it.starts_with("listener disconnected; "));
    let disconnections = events.filter(is_disconnection);
    disconnections.map(|it| it["cause"].as_str().expect("a cause").to_owned()).collect()
}

/// A replica whose listener connects through a proxy, and nothing else does.
async fn with_listener_proxy(database: &TestDatabase) -> (Replica, TcpProxy) {
    let proxy = TcpProxy::start(&database.options()).await;
    let url = database.options().to_url_lossy().to_string();
    let variables = [("ATELIER_DATABASE_LISTEN_URL", &*proxy.url(&database.options())), TIMEOUT];
    let replica = Replica::ready(&url, &variables).await;
    (replica, proxy)
}

/// A replica with this setting for its listener, which need not be ready.
async fn with_listen_url(database: &TestDatabase, listen_url: &str) -> Replica {
    let url = database.options().to_url_lossy().to_string();
    let replica = Replica::start(&url, &[("ATELIER_DATABASE_LISTEN_URL", listen_url), TIMEOUT]);
    eventually("products are served", async || replica.status("/products/2").await == Some(200)).await;
    replica
}

#[tokio::test]
async fn no_stale_response_while_no_server_listens_at_the_listen_url() {
    let database = TestDatabase::filled(SHOP).await;
    let replica = with_listen_url(&database, "postgres://nobody@127.0.0.1:1/none").await;
    assert_no_stale_response(&replica, &mut database.connect().await, "changed").await;
    assert!(!is_connected(&replica).await);
    assert_eq!(replica.status("/health/ready").await, Some(503));
}

#[tokio::test]
async fn no_stale_response_while_the_listen_url_leads_to_another_database() {
    let (database, other) = (TestDatabase::filled(SHOP).await, TestDatabase::filled(SHOP).await);
    let replica = with_listen_url(&database, other.options().to_url_lossy().as_str()).await;
    let mut sql = database.connect().await;
    assert_no_stale_response(&replica, &mut sql, "changed").await;
    let mut causes = Vec::new();
    eventually("the cause is logged", async || {
        causes.extend(logged_causes(&replica));
        !causes.is_empty()
    })
    .await;
    assert!(causes[0].contains("does database_listen_url lead to another database"), "{causes:?}");
    // It goes on while the listener connects to that database again and again.
    let started = Instant::now();
    while started.elapsed() < DETECTION_LIMIT * 2 {
        assert_no_stale_response(&replica, &mut sql, "later").await;
    }
    assert!(!is_connected(&replica).await);
}

#[tokio::test]
async fn no_stale_response_while_the_listener_is_terminated_and_its_role_has_no_free_connection() {
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
    let listen_url = listener.to_url_lossy().to_string();
    let replica = Replica::ready(&url, &[("ATELIER_DATABASE_LISTEN_URL", &*listen_url), TIMEOUT]).await;
    assert_eq!(product_name(&replica).await, "Name 0");

    let terminate =
        format!("select pg_terminate_backend(pid) from pg_stat_activity where usename = '{role}'");
    run(&mut sql, terminate).await;
    let connections = take_connections(&listener).await;
    assert_no_stale_response(&replica, &mut sql, "changed").await;
    assert!(!is_connected(&replica).await);
    eventually("the cause is logged", async || {
        logged_causes(&replica).iter().any(|cause| cause.contains("too many connections for role"))
    })
    .await;

    drop(connections);
    until_connected(&replica).await;
    let cached = product_name(&replica).await;
    rename_without_notification(&mut sql, 1, "not cached").await;
    assert_eq!(product_name(&replica).await, cached, "cached responses are served again");
    rename(&mut sql, "changed").await;
    eventually("the change is served", async || product_name(&replica).await == "changed").await;
    drop(replica);
    run(&mut sql, format!("drop owned by {role}; drop role {role}")).await;
}

/// Opens all connections that the role may have.
async fn take_connections(options: &PgConnectOptions) -> Vec<PgConnection> {
    let mut connections = Vec::new();
    eventually("all connections are taken", async || {
        if let Ok(connection) = options.connect().await {
            connections.push(connection);
        }
        connections.len() == 2
    })
    .await;
    connections
}

#[tokio::test]
async fn no_stale_response_while_the_listener_can_not_connect() {
    let database = TestDatabase::filled(SHOP).await;
    let (replica, proxy) = with_listener_proxy(&database).await;
    let mut sql = database.connect().await;
    assert_eq!(product_name(&replica).await, "Name 0");

    proxy.set(ProxyState::Disconnected);
    until_bypassed(&replica).await;
    assert_no_stale_response(&replica, &mut sql, "changed").await;

    proxy.set(ProxyState::Forwarding);
    until_connected(&replica).await;
    assert_eq!(product_name(&replica).await, "changed 19");
    let mut causes = logged_causes(&replica);
    assert!(!causes.is_empty());
    let count = causes.len();
    causes.sort_unstable();
    causes.dedup();
    assert_eq!(causes.len(), count, "each cause is logged once");
}

#[tokio::test]
async fn no_stale_response_while_the_listener_s_connection_is_silent() {
    let database = TestDatabase::filled(SHOP).await;
    let (replica, proxy) = with_listener_proxy(&database).await;
    let mut sql = database.connect().await;
    assert_eq!(product_name(&replica).await, "Name 0");

    proxy.set(ProxyState::Stalled);
    rename(&mut sql, "changed").await;
    let took = eventually("the change is served", async || product_name(&replica).await == "changed").await;
    assert!(took < DETECTION_LIMIT, "{took:?}");
    assert_no_stale_response(&replica, &mut sql, "changed").await;
    // It goes on while the listener tries other connections.
    let started = Instant::now();
    while started.elapsed() < DETECTION_LIMIT * 2 {
        assert_no_stale_response(&replica, &mut sql, "later").await;
    }
    assert!(logged_causes(&replica)[0].contains("do not arrive"));

    proxy.set(ProxyState::Forwarding);
    until_connected(&replica).await;
    assert_eq!(product_name(&replica).await, "later 19");
}

#[tokio::test]
async fn no_stale_response_after_notifications_that_arrive_late() {
    let database = TestDatabase::filled(SHOP).await;
    let (replica, proxy) = with_listener_proxy(&database).await;
    let mut sql = database.connect().await;
    assert_eq!(product_name(&replica).await, "Name 0");

    proxy.set(ProxyState::Stalled);
    rename(&mut sql, "late").await;
    until_disconnected(&replica).await;
    proxy.set(ProxyState::Forwarding);
    until_connected(&replica).await;

    assert_eq!(product_name(&replica).await, "late");
}

#[tokio::test]
async fn no_stale_response_after_the_process_was_frozen() {
    let (database, replica) = Replica::over(SHOP, &[]).await;
    let mut sql = database.connect().await;
    for round in 0..4 {
        let mut clients = Vec::new();
        for _ in 0..20 {
            let mut client = replica.connect().await;
            get(&mut client, "/products/1").await.unwrap();
            clients.push(client);
        }
        replica.signal(Signal::SIGSTOP);
        rename(&mut sql, &format!("round {round}")).await;
        // These requests arrive before the process goes on, and so does the notification.
        let requests: JoinSet<_> = clients
            .into_iter()
            .map(|mut client| async move { get(&mut client, "/products/1").await.unwrap().1 })
            .collect();
        sleep(Duration::from_secs(1)).await;
        replica.signal(Signal::SIGCONT);
        for body in requests.join_all().await {
            let product: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(product["name"], format!("round {round}"));
        }
        until_connected(&replica).await;
    }
}

#[tokio::test]
async fn a_wrong_password_at_the_start_is_logged_with_what_it_means() {
    let database = TestDatabase::filled(SHOP).await;
    let options = database.options().username("nobody").password("wrong");
    let replica = Replica::start(options.to_url_lossy().as_str(), &[]);
    eventually("the cause is logged", async || {
        let log = replica.take_log();
        let line = log.iter().find(|line| line.contains("listener disconnected"));
        line.inspect(|line| {
            assert!(line.contains("this process is not ready until it is connected"), "{line}");
            assert!(
                line.contains("nobody") && !line.contains("wrong") && !line.contains("at line"),
                "{line}"
            );
        })
        .is_some()
    })
    .await;
    assert_eq!(replica.status("/products/1").await, Some(503));
    assert_eq!(replica.status("/health/ready").await, Some(503));
}

#[tokio::test]
async fn without_listener_and_database_the_last_responses_are_served() {
    let database = TestDatabase::filled(SHOP).await;
    let (proxy, listener_proxy) =
        (TcpProxy::start(&database.options()).await, TcpProxy::start(&database.options()).await);
    let listen_url = listener_proxy.url(&database.options());
    let variables = [("ATELIER_DATABASE_LISTEN_URL", &*listen_url), TIMEOUT];
    let replica = Replica::ready(&proxy.url(&database.options()), &variables).await;
    let mut sql = database.connect().await;
    assert_eq!(product_name(&replica).await, "Name 0");
    listener_proxy.set(ProxyState::Disconnected);
    until_disconnected(&replica).await;
    assert_no_stale_response(&replica, &mut sql, "changed").await;

    for state in [ProxyState::Stalled, ProxyState::Disconnected] {
        proxy.set(state);
        // The first responses wait for the database until the timeout, later ones do not.
        for _ in 0..20 {
            assert_eq!(product_name(&replica).await, "changed 19", "{state:?}");
        }
        proxy.set(ProxyState::Forwarding);
        eventually("reads succeed", async || replica.status("/products/3").await == Some(200)).await;
    }
    rename(&mut sql, "again").await;
    eventually("the cache is bypassed again", async || product_name(&replica).await == "again").await;
    assert_no_stale_response(&replica, &mut sql, "later").await;
}
