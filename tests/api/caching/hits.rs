//! Which responses are cached, and request coalescing.

use std::sync::Arc;

use axum::http::Method;
use insta::assert_snapshot;
use tokio::task::JoinSet;

use super::{hide_documents, product_name, restore_documents};
use crate::support::{
    CATALOGUE, PATHS, Site, TestDatabase, eventually, lock_waits, rename_without_notification, run,
};

#[tokio::test]
async fn a_hit_is_served_without_the_database() {
    let site = Site::start().await;
    let before = site.get_all(&PATHS).await;
    hide_documents(&mut site.sql().await).await;
    for (path, before) in PATHS.into_iter().zip(before) {
        assert_eq!(site.get(path).await.to_string(), before, "{path}");
        assert_eq!(site.send(Method::HEAD, path, &[]).await.status, 200, "{path}");
        assert_eq!(site.get_with(path, &[("if-none-match", "*")]).await.status, 304, "{path}");
    }
}

#[tokio::test]
async fn a_cached_response_is_encoded_without_the_database() {
    let site = Site::start().await;
    site.get("/products/1/styles").await;
    hide_documents(&mut site.sql().await).await;
    for encoding in ["gzip", "br"] {
        let response = site.get_with("/products/1/styles", &[("accept-encoding", encoding)]).await;
        assert_eq!(response.header("content-encoding"), encoding);
    }
}

#[tokio::test]
async fn equivalent_requests_share_a_cached_response() {
    let site = Site::start().await;
    for path in ["/products", "/products/1/styles", "/products/1/related", "/products?after=0"] {
        site.get(path).await;
    }
    hide_documents(&mut site.sql().await).await;
    for path in [
        "/products/?page=1&count=5&x=y",
        "/products?page=undefined&count=%225%22",
        "/products?count=5&page=01",
        "/styles?product_id=1",
        "/related/?product_id=%221%22",
        "/products/01/styles/",
        "/products?page=7&after=0",
    ] {
        assert_eq!(site.get(path).await.status, 200, "{path}");
    }
    assert_eq!(site.get("/products?page=2").await.status, 500);
}

#[tokio::test]
async fn a_500_does_not_show_its_cause() {
    let site = Site::start().await;
    hide_documents(&mut site.sql().await).await;
    assert_snapshot!(site.get("/products/1").await, @r#"
    500 Internal Server Error
    access-control-allow-origin: *
    access-control-expose-headers: link,etag,x-total-count,x-request-id
    cache-control: no-store
    content-length: 105
    content-type: application/problem+json
    x-content-type-options: nosniff

    {"type":"about:blank","title":"Internal Server Error","status":500,"detail":"an internal error occurred"}
    "#);
}

#[tokio::test]
async fn concurrent_misses_share_one_read() {
    // The only connection is busy, and only one read may wait for it: a second one would be rejected.
    let site = Site::start_with(|settings| (settings.read_connections, settings.queue) = (1, 1)).await;
    let (mut sql, mut observer) = (site.sql().await, site.sql().await);
    run(&mut sql, "begin; lock table product_documents in access exclusive mode").await;
    let busy = tokio::spawn({
        let site = site.clone();
        async move { site.get("/products/2").await.status }
    });
    eventually("the connection is busy", async || lock_waits(&mut observer).await == 1).await;
    let mut requests = JoinSet::new();
    for number in 0..1000 {
        let site = site.clone();
        let encoding = ["identity", "gzip", "br"][number % 3];
        let path = ["/products/1/styles", "/styles?product_id=1"][number % 2];
        requests.spawn(async move { site.get_with(path, &[("accept-encoding", encoding)]).await.status });
    }
    // This runtime has one thread, which runs tasks in the order in which they were spawned: afterwards, all have been sent.
    tokio::task::yield_now().await;
    assert_eq!(site.get("/products/3").await.status, 503, "another read is rejected");
    run(&mut sql, "commit").await;
    assert_eq!(busy.await.unwrap(), 200);
    assert!(requests.join_all().await.iter().all(|status| *status == 200));
}

/// How many documents of products the replica has read.
async fn document_reads(site: &Site) -> u64 {
    let metrics = site.get("/metrics").await;
    let sum = r#"atelier_database_batch_jobs_sum{query="find_product_documents"} "#;
    let sum = metrics.text().lines().find_map(|line| line.strip_prefix(sum)).unwrap().to_owned();
    sum.parse().unwrap()
}

#[tokio::test]
async fn concurrent_requests_that_bypass_the_cache_share_one_read() {
    let database = Arc::new(TestDatabase::filled(CATALOGUE).await);
    let site = Site::unready(&database.options(), |settings| {
        settings.database_listen_url = "postgres://nobody@127.0.0.1:1/none".parse().ok();
        (settings.read_connections, settings.database_timeout_ms) = (4, 20_000);
    });
    let (mut sql, mut observer) = (database.connect().await, database.connect().await);
    eventually("products are served", async || site.get("/products/2").await.status == 200).await;
    rename_without_notification(&mut sql, 2, "Changed").await;
    assert_eq!(product_name(&site, 2).await, "Changed");
    rename_without_notification(&mut sql, 2, "Changed again").await;
    assert_eq!(product_name(&site, 2).await, "Changed again");

    let before = document_reads(&site).await;
    run(&mut sql, "begin; lock table product_documents in access exclusive mode").await;
    let mut requests = JoinSet::new();
    for number in 0..1000 {
        let site = site.clone();
        let encoding = ["identity", "gzip", "br"][number % 3];
        requests.spawn(
            async move { site.get_with("/products/1/styles", &[("accept-encoding", encoding)]).await },
        );
    }
    tokio::task::yield_now().await;
    eventually("the read waits", async || lock_waits(&mut observer).await == 1).await;
    run(&mut sql, "commit").await;
    assert!(requests.join_all().await.iter().all(|response| response.status == 200));
    assert_eq!(document_reads(&site).await, before + 1);
}

#[tokio::test]
async fn a_404_is_cached() {
    let site = Site::start().await;
    for view in ["", "/styles", "/related"] {
        site.get(&format!("/products/4{view}")).await;
    }
    hide_documents(&mut site.sql().await).await;
    for view in ["", "/styles", "/related"] {
        assert_eq!(site.get(&format!("/products/4{view}")).await.status, 404);
    }
    let headers = [("accept-encoding", "br")];
    assert_eq!(site.get_with("/products/4", &headers).await.status, 404);
    assert_eq!(site.get("/products/6").await.status, 500);
}

#[tokio::test]
async fn a_cached_404_expires_before_other_responses() {
    let site = Site::start_with(|settings| settings.missing_ttl_ms = 100).await;
    assert_eq!(site.get("/products/4").await.status, 404);
    assert_eq!(product_name(&site, 1).await, "Camo Onesie");
    hide_documents(&mut site.sql().await).await;
    eventually("it is read again", async || site.get("/products/4").await.status == 500).await;
    assert_eq!(product_name(&site, 1).await, "Camo Onesie");
}

#[tokio::test]
async fn responses_expire() {
    let site = Site::start_with(|settings| settings.cache_ttl_s = 1).await;
    assert_eq!(product_name(&site, 1).await, "Camo Onesie");
    rename_without_notification(&mut site.sql().await, 1, "Other").await;
    assert_eq!(product_name(&site, 1).await, "Camo Onesie");
    eventually("it is read again", async || product_name(&site, 1).await == "Other").await;
}

#[tokio::test]
async fn errors_are_not_cached() {
    let site = Site::start().await;
    let mut sql = site.sql().await;
    hide_documents(&mut sql).await;
    for path in PATHS {
        assert_eq!(site.get(path).await.status, 500, "{path}");
    }
    restore_documents(&mut sql).await;
    for path in PATHS {
        assert_eq!(site.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_read_that_times_out_is_a_503_and_is_not_cached() {
    let site = Site::start_with(|settings| settings.database_timeout_ms = 200).await;
    let mut sql = site.sql().await;
    run(&mut sql, "begin; lock table product_documents in access exclusive mode").await;
    assert_snapshot!(site.get("/products/1").await, @r#"
    503 Service Unavailable
    access-control-allow-origin: *
    access-control-expose-headers: link,etag,x-total-count,x-request-id
    cache-control: no-store
    content-length: 122
    content-type: application/problem+json
    retry-after: 1
    x-content-type-options: nosniff

    {"type":"about:blank","title":"Service Unavailable","status":503,"detail":"the service is unavailable; try again shortly"}
    "#);
    run(&mut sql, "commit").await;
    eventually("it is read", async || site.get("/products/1").await.status == 200).await;
}
