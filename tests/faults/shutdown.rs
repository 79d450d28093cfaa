//! Graceful shutdown after SIGTERM.

use std::time::Duration;

use nix::sys::signal::Signal;

use crate::databases::{TestDatabase, eventually};
use crate::http_client::get;
use crate::replica::Replica;
use crate::tcp_proxy::{ProxyState, TcpProxy};

#[tokio::test]
async fn running_requests_are_finished_before_the_replica_ends() {
    let database =
        TestDatabase::filled("insert into products values (1, 'Camo Onesie', '', '', 'Jackets', 140)").await;
    let proxy = TcpProxy::start(&database.options()).await;
    let mut replica = Replica::ready(&proxy.url(&database.options()), &[]).await;
    let mut client = replica.connect().await;
    proxy.set(ProxyState::Stalled);
    let running = tokio::spawn(async move { get(&mut client, "/products/1").await });
    eventually("the request waits for the database", async || {
        let (_, metrics) = get(&mut replica.connect().await, "/metrics").await.expect("a response");
        String::from_utf8_lossy(&metrics).contains("atelier_cache_misses_total 1\n")
    })
    .await;

    replica.signal(Signal::SIGTERM);
    eventually("the port is closed", async || replica.status("/health/live").await.is_none()).await;
    proxy.set(ProxyState::Forwarding);

    let (status, _) = running.await.unwrap().expect("a response");
    assert_eq!(status, 200);
    assert!(replica.wait().await.success());
}

#[tokio::test]
async fn idle_connections_do_not_delay_shutdown() {
    let database = TestDatabase::filled("").await;
    let proxy = TcpProxy::start(&database.options()).await;
    let mut replica = Replica::ready(&proxy.url(&database.options()), &[]).await;
    let mut idle = replica.connect().await;
    get(&mut idle, "/health/live").await.unwrap();

    replica.signal(Signal::SIGTERM);

    let mut status = None;
    let took = eventually("the replica ends", async || {
        status = Some(replica.wait().await);
        true
    })
    .await;
    assert!(status.unwrap().success());
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test]
async fn a_draining_replica_serves_requests_but_is_not_ready() {
    let database = TestDatabase::filled("").await;
    let proxy = TcpProxy::start(&database.options()).await;
    let mut replica = Replica::ready(&proxy.url(&database.options()), &[("ATELIER_DRAIN_MS", "1000")]).await;

    replica.signal(Signal::SIGTERM);

    eventually("it is not ready", async || replica.status("/health/ready").await == Some(503)).await;
    assert_eq!(replica.status("/products").await, Some(200));
    assert!(replica.wait().await.success());
}
