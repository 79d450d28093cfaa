//! Standbys that stall or are stopped: they are removed from rotation, and other servers take their reads.

use sqlx::ConnectOptions as _;

use super::cluster::{Pair, ReplicatedDatabase};
use super::shop::{is_in_state, until_in_rotation, until_read_from};
use crate::databases::eventually;
use crate::http_client::get;
use crate::replica::Replica;
use crate::tcp_proxy::{ProxyState, TcpProxy};

const TIMEOUT: (&str, &str) = ("ATELIER_DATABASE_TIMEOUT_MS", "2000");

/// A replica that reaches the standby through `proxy`.
async fn start(pair: &Pair, database: &ReplicatedDatabase, proxy: &TcpProxy) -> Replica {
    let url = database.on(&pair.primary).to_url_lossy().to_string();
    let standby_url = proxy.url(&database.on(&pair.primary));
    Replica::ready(&url, &[("ATELIER_DATABASE_STANDBY_URLS", &standby_url), TIMEOUT]).await
}

/// Asserts that reads of these products, which are not cached, succeed.
async fn assert_reads_succeed(replica: &Replica, ids: std::ops::Range<u32>) {
    let mut client = replica.connect().await;
    for id in ids {
        let path = format!("/products/{id}");
        assert_eq!(get(&mut client, &path).await.expect("a response").0, 200, "{path}");
    }
}

#[tokio::test]
async fn a_stalled_standby_is_removed_from_rotation_until_it_answers() {
    let pair = Pair::shared().await;
    let database = pair.create_database().await;
    let proxy = TcpProxy::start(&database.on(&pair.standby)).await;
    let replica = start(&pair, &database, &proxy).await;
    until_read_from(&replica, &proxy).await;

    proxy.set(ProxyState::Stalled);
    assert_reads_succeed(&replica, 1..50).await;
    eventually("the standby is removed from rotation", async || {
        !is_in_state(&replica, &proxy, "in_rotation").await
    })
    .await;
    assert_reads_succeed(&replica, 50..100).await;
    assert_eq!(replica.status("/health/ready").await, Some(200));

    proxy.set(ProxyState::Forwarding);
    until_in_rotation(&replica, &proxy).await;
    until_read_from(&replica, &proxy).await;
}

#[tokio::test]
async fn a_stopped_standby_is_removed_from_rotation_until_another_one_listens() {
    let pair = Pair::shared().await;
    let database = pair.create_database().await;
    let standby = pair.primary.standby().await.expect("a standby");
    let proxy = TcpProxy::start(&database.on(&standby)).await;
    let replica = start(&pair, &database, &proxy).await;
    until_read_from(&replica, &proxy).await;

    drop(standby);
    assert_reads_succeed(&replica, 1..50).await;
    eventually("the standby is removed from rotation", async || {
        is_in_state(&replica, &proxy, "unavailable").await
    })
    .await;
    assert_reads_succeed(&replica, 50..100).await;
    assert_eq!(replica.status("/health/ready").await, Some(200));

    let standby = pair.primary.standby().await.expect("a standby");
    proxy.set_upstream(&database.on(&standby));
    until_in_rotation(&replica, &proxy).await;
    until_read_from(&replica, &proxy).await;
}
