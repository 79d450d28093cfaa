//! Changes in the database are seen at once, by every server.

use std::time::Duration;

use super::{name, take_away};
use crate::support::{PATHS, Site, eventually, lock_waits, run};

/// What is soon: far more than it takes, far less than an answer lives.
const SOON: Duration = Duration::from_secs(2);
/// A role that every PostgreSQL has and that is no superuser, so that policies hold for it.
const READER: &str = "pg_signal_backend";

#[tokio::test]
async fn a_change_is_seen_soon_wherever_it_shows() {
    for (change, seen) in [
        ("update products set name = 'Other' where id = 1", &[0, 1][..]),
        ("update features set value = 'Wool' where product_id = 1", &[1]),
        ("insert into styles values (1, 30, 'Red', 10, 5, true)", &[2, 4]),
        ("update skus set quantity = 0 where product_id = 1", &[2, 4]),
        ("delete from photos where product_id = 1", &[2, 4]),
        ("truncate related_products", &[3, 5]),
        ("delete from products where id = 1", &[0, 1, 2, 3, 4, 5]),
        ("truncate products cascade", &[0, 1, 2, 3, 4, 5]),
    ] {
        let site = Site::start().await;
        let before = site.get_all(&PATHS).await;
        run(&mut site.sql().await, change).await;
        let took =
            eventually(change, async || site.get(PATHS[seen[0]]).await.to_string() != before[seen[0]]).await;
        assert!(took < SOON, "{change}: {took:?}");
        let after = site.get_all(&PATHS).await;
        let differing: Vec<usize> = (0..PATHS.len()).filter(|it| before[*it] != after[*it]).collect();
        assert_eq!(differing, seen, "{change}");
    }
}

#[tokio::test]
async fn a_product_that_was_missing_is_seen_soon() {
    let site = Site::start_with(|settings| settings.missing_ttl_ms = 3_600_000).await;
    assert_eq!(site.get("/products/4").await.status, 404);
    assert_eq!(site.get("/products?after=3&count=1").await.json()[0]["id"], 5);
    run(&mut site.sql().await, "insert into products values (4, 'New', '', '', '', 1)").await;
    let took = eventually("it is there", async || name(&site, 4).await == "New").await;
    assert!(took < SOON, "{took:?}");
    assert_eq!(site.get("/products?after=3&count=1").await.json()[0]["id"], 4);
    assert_eq!(site.get("/products").await.header("x-total-count"), "9");
}

#[tokio::test]
async fn every_server_of_a_database_sees_the_change() {
    let one = Site::start().await;
    let other = Site::over(one.database(), |_| {}).await;
    assert_eq!(one.get_all(&PATHS).await, other.get_all(&PATHS).await);
    run(&mut one.sql().await, "update products set name = 'Other' where id = 1").await;
    for site in [&one, &other] {
        let took = eventually("it is seen", async || name(site, 1).await == "Other").await;
        assert!(took < SOON, "{took:?}");
    }
    assert_eq!(one.get_all(&PATHS).await, other.get_all(&PATHS).await);
}

#[tokio::test]
async fn a_change_of_many_products_is_seen_of_each() {
    let site = Site::start().await;
    let mut sql = site.sql().await;
    let many = "insert into products select id, 'n', '', '', '', 1 from generate_series(100001, 103000) id";
    run(&mut sql, many).await;
    let ids = [1, 100_001, 101_500, 103_000];
    eventually("they are there", async || name(&site, 103_000).await == "n").await;
    for id in ids {
        name(&site, id).await;
    }
    run(&mut sql, "update products set name = 'Other'").await;
    for id in ids {
        eventually("it is seen", async || name(&site, id).await == "Other").await;
    }
}

#[tokio::test]
async fn a_change_leaves_what_it_does_not_touch() {
    let site = Site::start().await;
    let mut sql = site.sql().await;
    assert_eq!(
        (name(&site, 1).await, name(&site, 5).await),
        ("Camo Onesie".into(), "Morning Joggers".into())
    );
    run(&mut sql, "update products set name = 'Other' where id = 1").await;
    eventually("it is seen", async || name(&site, 1).await == "Other").await;
    take_away(&mut sql).await;
    assert_eq!(name(&site, 5).await, "Morning Joggers");
}

#[tokio::test]
async fn a_read_that_began_before_a_change_does_not_outlive_it() {
    let site = Site::start().await;
    let (mut sql, mut gate, mut observer) = (site.sql().await, site.sql().await, site.sql().await);
    // A policy is asked for each row, when the statement has its snapshot: there the reader of product 1 is held.
    let hold = format!(
        "create function pass(id bigint) returns boolean language plpgsql as $$
         begin
             if id = 1 then perform pg_advisory_xact_lock_shared(1); end if;
             return true;
         end $$;
         alter table product_documents enable row level security;
         create policy pass on product_documents using (pass(product_id));
         grant select on all tables in schema public to {READER};
         select pg_advisory_lock(1)"
    );
    run(&mut gate, hold).await;
    let options = site.database().options().options([("role", READER)]);
    let site = Site::unready(&options, |settings| settings.database_timeout_ms = 20_000);
    eventually("the site is ready", async || site.app.readiness().is_ready()).await;
    assert_eq!(name(&site, 2).await, "Bright Future Sunglasses");
    let early = tokio::spawn({
        let site = site.clone();
        async move { name(&site, 1).await }
    });
    eventually("the read has its snapshot", async || lock_waits(&mut observer).await == 1).await;
    run(&mut sql, "update products set name = 'Other' where id in (1, 2)").await;
    eventually("the site has heard of the change", async || name(&site, 2).await == "Other").await;
    let late = tokio::spawn({
        let site = site.clone();
        async move { name(&site, 1).await }
    });
    eventually("who asks now does not wait for the old read", async || lock_waits(&mut observer).await == 2)
        .await;
    run(&mut gate, "select pg_advisory_unlock(1)").await;
    assert_eq!(early.await.unwrap(), "Camo Onesie");
    assert_eq!(late.await.unwrap(), "Other");
    assert_eq!(name(&site, 1).await, "Other");
}

#[tokio::test]
async fn what_changed_while_nobody_listened_is_seen_afterwards() {
    let site = Site::start().await;
    site.get_all(&PATHS).await;
    let change = "begin;
        update products set name = 'Other' where id = 1;
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'atelier';
        commit";
    run(&mut site.sql().await, change).await;
    eventually("it is seen", async || name(&site, 1).await == "Other").await;
}
