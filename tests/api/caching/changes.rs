//! Changes in the database invalidate cached responses on every replica.

use std::time::Duration;

use super::{hide_documents, product_name};
use crate::support::{PATHS, Site, eventually, lock_waits, run};

/// Far longer than an invalidation takes, and far shorter than the time to live of a response.
const LIMIT: Duration = Duration::from_secs(2);
/// A role that every PostgreSQL has. It is no superuser, so that policies apply to it.
const READER: &str = "pg_signal_backend";

#[tokio::test]
async fn a_change_invalidates_every_response_that_shows_it() {
    for (change, changed) in [
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
            eventually(change, async || site.get(PATHS[changed[0]]).await.to_string() != before[changed[0]])
                .await;
        assert!(took < LIMIT, "{change}: {took:?}");
        let after = site.get_all(&PATHS).await;
        let differing: Vec<usize> = (0..PATHS.len()).filter(|it| before[*it] != after[*it]).collect();
        assert_eq!(differing, changed, "{change}");
    }
}

#[tokio::test]
async fn a_new_product_invalidates_its_cached_404() {
    let site = Site::start_with(|settings| settings.missing_ttl_ms = 3_600_000).await;
    assert_eq!(site.get("/products/4").await.status, 404);
    assert_eq!(site.get("/products?after=3&count=1").await.json()[0]["id"], 5);
    run(&mut site.sql().await, "insert into products values (4, 'New', '', '', '', 1)").await;
    let took = eventually("the product is served", async || product_name(&site, 4).await == "New").await;
    assert!(took < LIMIT, "{took:?}");
    assert_eq!(site.get("/products?after=3&count=1").await.json()[0]["id"], 4);
    assert_eq!(site.get("/products").await.header("x-total-count"), "9");
}

#[tokio::test]
async fn a_change_invalidates_on_every_replica() {
    let one = Site::start().await;
    let other = Site::over(one.database(), |_| {}).await;
    assert_eq!(one.get_all(&PATHS).await, other.get_all(&PATHS).await);
    run(&mut one.sql().await, "update products set name = 'Other' where id = 1").await;
    for site in [&one, &other] {
        let took = eventually("the change is served", async || product_name(site, 1).await == "Other").await;
        assert!(took < LIMIT, "{took:?}");
    }
    assert_eq!(one.get_all(&PATHS).await, other.get_all(&PATHS).await);
}

#[tokio::test]
async fn a_change_of_many_products_invalidates_each_of_them() {
    let site = Site::start().await;
    let mut sql = site.sql().await;
    let many = "insert into products select id, 'n', '', '', '', 1 from generate_series(100001, 103000) id";
    run(&mut sql, many).await;
    let ids = [1, 100_001, 101_500, 103_000];
    eventually("the products are served", async || product_name(&site, 103_000).await == "n").await;
    for id in ids {
        product_name(&site, id).await;
    }
    run(&mut sql, "update products set name = 'Other'").await;
    for id in ids {
        eventually("the change is served", async || product_name(&site, id).await == "Other").await;
    }
}

#[tokio::test]
async fn a_change_does_not_invalidate_other_products() {
    let site = Site::start().await;
    let mut sql = site.sql().await;
    assert_eq!(
        (product_name(&site, 1).await, product_name(&site, 5).await),
        ("Camo Onesie".into(), "Morning Joggers".into())
    );
    run(&mut sql, "update products set name = 'Other' where id = 1").await;
    eventually("the change is served", async || product_name(&site, 1).await == "Other").await;
    hide_documents(&mut sql).await;
    assert_eq!(product_name(&site, 5).await, "Morning Joggers");
}

#[tokio::test]
async fn the_result_of_a_read_that_began_before_a_change_is_not_cached() {
    let site = Site::start().await;
    let (mut sql, mut gate, mut observer) = (site.sql().await, site.sql().await, site.sql().await);
    // The policy is evaluated for each row after the statement has taken its snapshot. It makes reads of product 1 wait.
    let policy = format!(
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
    run(&mut gate, policy).await;
    let options = site.database().options().options([("role", READER)]);
    let site = Site::unready(&options, |settings| settings.database_timeout_ms = 20_000);
    eventually("the replica is ready", async || site.app.readiness().is_ready()).await;
    assert_eq!(product_name(&site, 2).await, "Bright Future Sunglasses");
    let early = tokio::spawn({
        let site = site.clone();
        async move { product_name(&site, 1).await }
    });
    eventually("the read has its snapshot", async || lock_waits(&mut observer).await == 1).await;
    run(&mut sql, "update products set name = 'Other' where id in (1, 2)").await;
    eventually("the change is served", async || product_name(&site, 2).await == "Other").await;
    let late = tokio::spawn({
        let site = site.clone();
        async move { product_name(&site, 1).await }
    });
    eventually("a later request starts a read of its own", async || lock_waits(&mut observer).await == 2)
        .await;
    run(&mut gate, "select pg_advisory_unlock(1)").await;
    assert_eq!(early.await.unwrap(), "Camo Onesie");
    assert_eq!(late.await.unwrap(), "Other");
    assert_eq!(product_name(&site, 1).await, "Other");
}

#[tokio::test]
async fn a_change_while_the_listener_is_disconnected_is_served_afterwards() {
    let site = Site::start().await;
    site.get_all(&PATHS).await;
    let change = "begin;
        update products set name = 'Other' where id = 1;
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'atelier';
        commit";
    run(&mut site.sql().await, change).await;
    eventually("the change is served", async || product_name(&site, 1).await == "Other").await;
}
