//! Standbys that hang, or are away: others answer, and they are taken back.

use sqlx::ConnectOptions as _;

use super::cluster::{Pair, Shop};
use super::shop::{is_read_from, is_standby};
use crate::databases::eventually;
use crate::process::{Process, get};
use crate::proxy::{Link, Proxy};

const LIMIT: (&str, &str) = ("ATELIER_DATABASE_TIMEOUT_MS", "2000");

async fn server(pair: &Pair, shop: &Shop, way: &Proxy) -> Process {
    let url = shop.on(&pair.primary).to_url_lossy().to_string();
    let replica = way.url(&shop.on(&pair.primary));
    Process::ready(&url, &[("ATELIER_DATABASE_STANDBY_URLS", &replica), LIMIT]).await
}

/// Reads what was not read before: none may fail.
async fn read_products(process: &Process, ids: std::ops::Range<u32>) {
    let mut client = process.connect().await;
    for id in ids {
        let path = format!("/products/{id}");
        assert_eq!(get(&mut client, &path).await.expect("an answer").0, 200, "{path}");
    }
}

#[tokio::test]
async fn a_standby_that_hangs_is_left_out_until_it_answers_again() {
    let pair = Pair::shared().await;
    let shop = pair.shop().await;
    let way = Proxy::start(&shop.on(&pair.standby)).await;
    let process = server(&pair, &shop, &way).await;
    is_read_from(&process, &way).await;

    way.set(Link::Stalled);
    read_products(&process, 1..50).await;
    eventually("it is removed from rotation", async || {
        !is_standby(&process, &way.name(), "in_rotation").await
    })
    .await;
    read_products(&process, 50..100).await;
    assert_eq!(process.status("/health/ready").await, Some(200));

    way.set(Link::Whole);
    eventually("it is in rotation again", async || is_standby(&process, &way.name(), "in_rotation").await)
        .await;
    is_read_from(&process, &way).await;
}

#[tokio::test]
async fn a_standby_that_is_stopped_is_left_out_until_one_is_there_again() {
    let pair = Pair::shared().await;
    let shop = pair.shop().await;
    let standby = pair.primary.standby().await.expect("a standby");
    let way = Proxy::start(&shop.on(&standby)).await;
    let process = server(&pair, &shop, &way).await;
    is_read_from(&process, &way).await;

    drop(standby);
    read_products(&process, 1..50).await;
    eventually("it is removed from rotation", async || {
        is_standby(&process, &way.name(), "unavailable").await
    })
    .await;
    read_products(&process, 50..100).await;
    assert_eq!(process.status("/health/ready").await, Some(200));

    let standby = pair.primary.standby().await.expect("a standby");
    way.lead(&shop.on(&standby));
    eventually("it is in rotation again", async || is_standby(&process, &way.name(), "in_rotation").await)
        .await;
    is_read_from(&process, &way).await;
}
