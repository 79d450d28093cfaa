//! The memory that answers take.

use std::ops::Range;

use tokio::task::JoinSet;

use super::{name, take_away};
use crate::support::{Site, eventually, run};

/// 10 MB of products.
const LARGE_PRODUCTS: Range<usize> = 100_000..100_500;
/// The bytes of each, about.
const LARGE: usize = 20_000;
const MIB: usize = 1024 * 1024;
/// Requests on their way at one time.
const TOGETHER: usize = 100;

async fn shop_of_large_products(cache_mib: u64) -> Site {
    let site = Site::start_with(|settings| {
        (settings.cache_mib, settings.missing_ttl_ms) = (cache_mib, 3_600_000);
    })
    .await;
    let Range { start, end } = LARGE_PRODUCTS;
    // Remembered as missing until it is heard of, and so all others are.
    let last = i64::try_from(end).unwrap() - 1;
    assert_eq!(site.get(&format!("/products/{last}")).await.status, 404);
    let many = format!(
        "insert into products
         select id, 'n', '', repeat(md5(id::text), {LARGE} / 32), '', 1 from generate_series({start}, {end} - 1) id"
    );
    run(&mut site.sql().await, many).await;
    eventually("the site has heard of them", async || name(&site, last).await == "n").await;
    site
}

/// Asks for all of these products, and says how many of the answers have this status.
async fn count(site: &Site, ids: Range<usize>, status: u16) -> usize {
    let mut counted = 0;
    for start in ids.clone().step_by(TOGETHER) {
        let mut requests = JoinSet::new();
        for id in start..(start + TOGETHER).min(ids.end) {
            let site = site.clone();
            requests.spawn(async move { site.get(&format!("/products/{id}")).await.status });
        }
        counted += requests.join_all().await.into_iter().filter(|it| *it == status).count();
    }
    counted
}

#[tokio::test]
async fn no_more_is_kept_than_there_is_room_for() {
    let site = shop_of_large_products(1).await;
    assert_eq!(count(&site, LARGE_PRODUCTS, 200).await, LARGE_PRODUCTS.len());
    take_away(&mut site.sql().await).await;
    let room = MIB / LARGE;
    let mut kept = 0;
    eventually("what is too much is gone", async || {
        kept = count(&site, LARGE_PRODUCTS, 200).await;
        kept <= room
    })
    .await;
    assert!(kept > room / 2, "{kept} of {room}");
}

#[tokio::test]
async fn what_there_is_room_for_is_kept() {
    let site = shop_of_large_products(16).await;
    assert_eq!(count(&site, LARGE_PRODUCTS, 200).await, LARGE_PRODUCTS.len());
    take_away(&mut site.sql().await).await;
    assert_eq!(count(&site, LARGE_PRODUCTS, 200).await, LARGE_PRODUCTS.len());
}

#[tokio::test]
async fn who_asks_for_many_unknown_ids_gets_little_memory_for_it() {
    const UNKNOWN: Range<usize> = 1_000_000..1_006_000;
    let site =
        Site::start_with(|settings| (settings.cache_mib, settings.missing_ttl_ms) = (1, 3_600_000)).await;
    assert_eq!(count(&site, UNKNOWN, 404).await, UNKNOWN.len());
    take_away(&mut site.sql().await).await;
    // That there is nothing takes memory too, some 350 bytes.
    let room = MIB / 350;
    let mut kept = 0;
    eventually("what is too much is gone", async || {
        kept = count(&site, UNKNOWN, 404).await;
        kept <= room
    })
    .await;
    assert!(kept > room / 2, "{kept} of {room}");
}
