//! `GET /health/live` and `GET /health/ready`.

use std::time::Duration;

use atelier::database::connect::Database;
use atelier::database::migrations;
use insta::assert_snapshot;

use crate::support::{CATALOGUE, Site, TestDatabase, eventually, lock_waits, run, unreachable_database};

#[tokio::test]
async fn with_a_database_the_replica_is_live_and_ready() {
    let site = Site::start().await;
    assert_snapshot!(site.get("/health/live").await, @r#"
    200 OK
    access-control-allow-origin: *
    access-control-expose-headers: link,etag,x-total-count,x-request-id
    cache-control: no-store
    content-length: 17
    content-type: application/json
    x-content-type-options: nosniff

    {"status":"live"}
    "#);
    assert_snapshot!(site.get("/health/ready").await, @r#"
    200 OK
    access-control-allow-origin: *
    access-control-expose-headers: link,etag,x-total-count,x-request-id
    cache-control: no-store
    content-length: 18
    content-type: application/json
    x-content-type-options: nosniff

    {"status":"ready"}
    "#);
}

#[tokio::test]
async fn without_a_database_the_replica_is_live_but_not_ready() {
    let site = Site::unready(&unreachable_database(), |_| {});
    assert_eq!(site.get("/health/live").await.status, 200);
    assert_snapshot!(site.get("/health/ready").await, @r#"
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
}

#[tokio::test]
async fn without_a_database_misses_are_a_503() {
    let site = Site::unready(&unreachable_database(), |_| {});
    for path in ["/products", "/products/1", "/styles?product_id=1"] {
        let response = site.get(path).await;
        assert_eq!((response.status.as_u16(), response.header("retry-after")), (503, "1"), "{path}");
        assert_eq!(response.json()["title"], "Service Unavailable", "{path}");
    }
    assert_eq!(site.get("/products/abc").await.status, 404);
    assert_eq!(site.get("/products?page=0").await.status, 422);
}

#[tokio::test]
async fn a_database_that_is_not_migrated_is_rejected_until_it_is() {
    let database = TestDatabase::empty().await;
    let site = Site::unready(&database.options(), |_| {});
    let err = Database::primary(&database.options(), Duration::from_secs(20)).connect().await.unwrap_err();
    assert_snapshot!(err, @"the database is not migrated: it is at version 0, this program needs 9; run `atelier migrate`");
    assert_eq!(site.get("/health/ready").await.status, 503);
    assert_eq!(site.get("/products").await.status, 503);
    migrations::run(&mut database.connect().await, &|_| ()).await.unwrap();
    eventually("the replica is ready", async || site.get("/health/ready").await.status == 200).await;
    assert_eq!(site.get("/products").await.text(), "[]");
}

#[tokio::test]
async fn a_newer_database_that_needs_a_newer_program_is_rejected() {
    let newer = "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
                 values (9999, 'of a newer program', true, '', 0);
                 update schema_compatibility set oldest_program = 9999";
    assert_rejected_after(newer).await;
}

#[tokio::test]
async fn a_database_with_a_failed_migration_is_rejected() {
    assert_rejected_after("update _sqlx_migrations set success = false where version = 2").await;
}

#[tokio::test]
async fn a_draining_replica_serves_requests_but_is_not_ready() {
    let site = Site::start().await;
    site.app.readiness().drain();
    assert_eq!(site.get("/health/ready").await.status, 503);
    assert_eq!(site.get("/health/live").await.status, 200);
    assert_eq!(site.get("/products/1").await.status, 200);
}

/// Asserts that a replica rejects its database after this statement.
async fn assert_rejected_after(statement: &str) {
    let database = TestDatabase::filled(CATALOGUE).await;
    let (mut sql, mut observer) = (database.connect().await, database.connect().await);
    let lock = "begin; lock table _sqlx_migrations in access exclusive mode";
    run(&mut sql, lock).await;
    let site = Site::unready(&database.options(), |settings| {
        settings.read_connections = 2;
        settings.write_connections = 2;
    });
    eventually("two readers, two writers and the listener query the version", async || {
        lock_waits(&mut observer).await == 5
    })
    .await;
    run(&mut sql, statement).await;
    run(&mut sql, "commit").await;
    // A connection that queries the version again has rejected the first result.
    run(&mut sql, lock).await;
    eventually("all of them query it again", async || lock_waits(&mut observer).await == 5).await;
    assert_eq!(site.get("/health/ready").await.status, 503);
    assert_eq!(site.get("/products/1").await.status, 503);
}
