//! The memory that cached responses take.

use std::ops::Range;

use tokio::task::JoinSet;

use super::{hide_documents, product_name};
use crate::support::{Site, eventually, run};

/// 10 MB of products.
const LARGE_PRODUCTS: Range<usize> = 100_000..100_500;
/// The size of each, about, in bytes.
const LARGE: usize = 20_000;
const MIB: usize = 1024 * 1024;
/// Concurrent requests.
const CONCURRENCY: usize = 100;

/// A replica with the large products, none of which is cached.
async fn start_with_large_products(cache_mib: u64) -> Site {
    let site = Site::start_with(|settings| {
        (settings.cache_mib, settings.missing_ttl_ms) = (cache_mib, 3_600_000);
    })
    .await;
    let Range { start, end } = LARGE_PRODUCTS;
    // The 404 of the last product is cached until the notification of the insert arrives.
    let last = i64::try_from(end).unwrap() - 1;
    assert_eq!(site.get(&format!("/products/{last}")).await.status, 404);
    let many = format!(
        "insert into products
         select id, 'n', '', repeat(md5(id::text), {LARGE} / 32), '', 1 from generate_series({start}, {end} - 1) id"
    );
    run(&mut site.sql().await, many).await;
    eventually("the notification arrives", async || product_name(&site, last).await == "n").await;
    site
}

/// Requests all of these products. Returns how many responses have this status.
async fn count_responses(site: &Site, ids: Range<usize>, status: u16) -> usize {
    let mut counted = 0;
    for start in ids.clone().step_by(CONCURRENCY) {
        let mut requests = JoinSet::new();
        for id in start..(start + CONCURRENCY).min(ids.end) {
            let site = site.clone();
            requests.spawn(async move { site.get(&format!("/products/{id}")).await.status });
        }
        counted += requests.join_all().await.into_iter().filter(|it| *it == status).count();
    }
    counted
}

#[tokio::test]
async fn responses_beyond_the_capacity_are_evicted() {
    let site = start_with_large_products(1).await;
    assert_eq!(count_responses(&site, LARGE_PRODUCTS, 200).await, LARGE_PRODUCTS.len());
    hide_documents(&mut site.sql().await).await;
    let capacity = MIB / LARGE;
    let mut cached = 0;
    eventually("the excess is evicted", async || {
        cached = count_responses(&site, LARGE_PRODUCTS, 200).await;
        cached <= capacity
    })
    .await;
    assert!(cached > capacity / 2, "{cached} of {capacity}");
}

#[tokio::test]
async fn responses_within_the_capacity_are_all_cached() {
    let site = start_with_large_products(16).await;
    assert_eq!(count_responses(&site, LARGE_PRODUCTS, 200).await, LARGE_PRODUCTS.len());
    hide_documents(&mut site.sql().await).await;
    assert_eq!(count_responses(&site, LARGE_PRODUCTS, 200).await, LARGE_PRODUCTS.len());
}

#[tokio::test]
async fn unknown_ids_count_towards_the_capacity() {
    const UNKNOWN: Range<usize> = 1_000_000..1_006_000;
    let site =
        Site::start_with(|settings| (settings.cache_mib, settings.missing_ttl_ms) = (1, 3_600_000)).await;
    assert_eq!(count_responses(&site, UNKNOWN, 404).await, UNKNOWN.len());
    hide_documents(&mut site.sql().await).await;
    // An entry without a body takes about 350 bytes.
    let capacity = MIB / 350;
    let mut cached = 0;
    eventually("the excess is evicted", async || {
        cached = count_responses(&site, UNKNOWN, 404).await;
        cached <= capacity
    })
    .await;
    assert!(cached > capacity / 2, "{cached} of {capacity}");
}
