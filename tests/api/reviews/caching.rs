//! Cached reviews are never stale, on any replica.

use axum::http::Method;

use super::{ids, post, review, start};
use crate::support::{Site, eventually, run};

const PATHS: [&str; 5] = [
    "/reviews?product_id=2",
    "/reviews?product_id=2&sort=newest",
    "/reviews?product_id=2&sort=helpful",
    "/reviews?product_id=2&page=2&count=2",
    "/reviews/meta?product_id=2",
];

/// Renames the tables of reviews and totals, so that every miss is a 500.
async fn hide_reviews(site: &Site) {
    let rename = "alter table reviews rename to hidden; alter table review_totals rename to hidden_too";
    run(&mut site.sql().await, rename).await;
}

#[tokio::test]
async fn a_hit_is_served_without_the_database() {
    let site = start().await;
    let before = site.get_all(&PATHS).await;
    hide_reviews(&site).await;
    assert_eq!(site.get_all(&PATHS).await, before);
    assert_eq!(site.get("/reviews/?sort=relevant&count=5&product_id=%222%22").await.status, 200);
    for path in PATHS {
        let etag = site.get(path).await.header("etag").to_owned();
        assert_eq!(site.get_with(path, &[("if-none-match", &etag)]).await.status, 304);
        assert_eq!(site.send(Method::HEAD, path, &[]).await.status, 200);
        assert_eq!(
            site.get_with(path, &[("accept-encoding", "br")]).await.header("cache-control"),
            "no-cache"
        );
    }
    assert_eq!(site.get("/reviews?product_id=1").await.status, 500);
}

#[tokio::test]
async fn a_write_does_not_invalidate_other_products() {
    let site = start().await;
    let before = site.get_all(&PATHS).await;
    site.get("/reviews/meta?product_id=1").await;
    site.put("/reviews/1/helpful").await;
    eventually("the page can be read", async || ids(&site, "/reviews?product_id=1").await == [1]).await;
    hide_reviews(&site).await;
    assert_eq!(site.get_all(&PATHS).await, before);
}

#[tokio::test]
async fn a_write_invalidates_on_every_replica() {
    let one = start().await;
    let other = Site::over(one.database(), |_| {}).await;
    for write in ["helpful", "report", "create"] {
        let before = other.get_all(&PATHS).await;
        assert_eq!(one.get_all(&PATHS).await, before);
        match write {
            "create" => assert_eq!(post(&one, &review()).await.status, 201),
            vote => assert_eq!(one.put(&format!("/reviews/9/{vote}")).await.status, 204),
        }
        let after = one.get_all(&PATHS).await;
        assert_ne!(after, before, "{write}");
        eventually(write, async || other.get_all(&PATHS).await == after).await;
    }
}

#[tokio::test]
async fn a_change_by_sql_invalidates() {
    let site = start().await;
    let mut sql = site.sql().await;
    for change in [
        "update reviews set response = 'Thank you!' where id = 9",
        "update reviews set is_reported = false where id = 7",
        "insert into review_photos values (2, 10, 50, 'https://images.example/50.jpg')",
        "delete from review_photos where id = 50",
        "insert into characteristic_ratings values (2, 10, 50, 15, 1)",
        "update characteristic_ratings set value = 2 where id = 50",
        "delete from characteristic_ratings where id = 50",
        "update characteristics set name = 'Width' where id = 15",
        "insert into characteristics values (2, 50, 'Size')",
        "update reviews set product_id = 8 where id = 10",
        "delete from reviews where id = 5",
        "truncate characteristic_ratings",
        "truncate reviews cascade",
        "delete from products where id = 2",
    ] {
        let before = site.get_all(&PATHS).await;
        run(&mut sql, change).await;
        eventually(change, async || site.get_all(&PATHS).await != before).await;
    }
}

#[tokio::test]
async fn no_reader_sees_the_votes_decrease() {
    let site = start().await;
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let site = site.clone();
            tokio::spawn(async move {
                let mut last = 2;
                while last < 102 {
                    let shown = site.get("/reviews?product_id=2&sort=newest&count=3").await.json();
                    let votes = shown["results"][1]["helpfulness"].as_i64().unwrap();
                    assert!(votes >= last, "{votes} after {last}");
                    last = votes;
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for votes in 3..=102 {
        assert_eq!(site.put("/reviews/9/helpful").await.status, 204);
        let shown = site.get("/reviews?product_id=2&sort=newest&count=3").await.json();
        assert_eq!(shown["results"][1]["helpfulness"], votes);
    }
    for reader in readers {
        reader.await.unwrap();
    }
}
