//! The memory that answers take.

use std::time::Duration;

use super::{name, take_away};
use crate::support::{Site, eventually, run};

/// How many products there are, of how many bytes each: 10 MB.
const PRODUCTS: usize = 500;
const BYTES: usize = 20_000;

async fn shop_of_large_products(cache_mib: u64) -> Site {
    let site = Site::start_with(|settings| settings.cache_mib = cache_mib).await;
    let many = format!(
        "insert into products
         select id, 'n', '', repeat(md5(id::text), {BYTES} / 32), '', 1 from generate_series(100001, 100000 + {PRODUCTS}) id"
    );
    run(&mut site.sql().await, many).await;
    let last = 100_000 + i64::try_from(PRODUCTS).unwrap();
    eventually("the site has heard of them", async || name(&site, last).await == "n").await;
    site
}

async fn ask_for_all(site: &Site) -> usize {
    let mut answered = 0;
    for number in 1..=PRODUCTS {
        answered += usize::from(site.get(&format!("/products/{}", 100_000 + number)).await.status == 200);
    }
    answered
}

#[tokio::test]
async fn no_more_is_kept_than_there_is_room_for() {
    let site = shop_of_large_products(1).await;
    assert_eq!(ask_for_all(&site).await, PRODUCTS);
    take_away(&mut site.sql().await).await;
    let room = 1024 * 1024 / BYTES;
    let mut kept = 0;
    eventually("what is too much is gone", async || {
        kept = ask_for_all(&site).await;
        kept <= room
    })
    .await;
    assert!(kept > room / 2, "{kept} of {room}");
}

#[tokio::test]
async fn what_there_is_room_for_is_kept() {
    let site = shop_of_large_products(16).await;
    assert_eq!(ask_for_all(&site).await, PRODUCTS);
    take_away(&mut site.sql().await).await;
    assert_eq!(ask_for_all(&site).await, PRODUCTS);
}

#[tokio::test]
async fn who_asks_for_many_unknown_ids_gets_no_memory_for_it() {
    let site =
        Site::start_with(|settings| (settings.cache_mib, settings.missing_ttl_ms) = (1, 3_600_000)).await;
    for id in 1_000_000..1_010_000 {
        assert_eq!(site.get(&format!("/products/{id}")).await.status, 404);
    }
    take_away(&mut site.sql().await).await;
    let mut kept = 0;
    let took = eventually("what is too much is gone", async || {
        kept = 0;
        for id in 1_000_000..1_010_000 {
            kept += usize::from(site.get(&format!("/products/{id}")).await.status == 404);
        }
        kept <= 3_000
    })
    .await;
    assert!(took < Duration::from_secs(15) && kept > 1_000, "{kept}");
}
