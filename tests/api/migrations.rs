//! Migrations while programs use the database, and programs on a newer schema.

use std::time::Duration;

use atelier::database::connect::{ConnectError, Database};
use atelier::database::migrations::{self, MIGRATOR, Migrated, MigrationError, SchemaError};
use sqlx::PgConnection;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinHandle;

use crate::support::{CATALOGUE, Site, TestDatabase, run};

/// What a newer program does to the schema.
const NEWER: &str = "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
    values (9999, 'of a newer program', true, '', 0)";

type Migration = JoinHandle<Result<Migrated, MigrationError>>;

async fn migrate(connection: &mut PgConnection) -> Result<Migrated, MigrationError> {
    migrations::run(connection, &|_| ()).await
}

/// A database at an older version.
async fn at_version(version: i64) -> (TestDatabase, PgConnection) {
    let database = TestDatabase::empty().await;
    let mut sql = database.connect().await;
    MIGRATOR.run_to(version, &mut sql).await.unwrap();
    (database, sql)
}

/// A migration that runs, and what it reports.
async fn start(database: &TestDatabase) -> (Migration, UnboundedReceiver<String>) {
    let mut connection = database.connect().await;
    let (sender, reports) = unbounded_channel();
    let report = move |message: &str| sender.send(message.to_owned()).unwrap_or_default();
    (tokio::spawn(async move { migrations::run(&mut connection, &report).await }), reports)
}

async fn applied(sql: &mut PgConnection) -> i64 {
    sqlx::query_scalar("select count(*) from _sqlx_migrations where success").fetch_one(sql).await.unwrap()
}

#[tokio::test]
async fn a_replica_serves_a_newer_database_that_is_compatible() {
    let database = TestDatabase::filled(CATALOGUE).await;
    let mut sql = database.connect().await;
    run(&mut sql, NEWER).await;
    let site = Site::over(database.into(), |_| {}).await;
    assert_eq!(site.get("/products/1").await.status, 200);
    assert_eq!(site.post("/cart", r#"{"sku_id":9}"#, &[]).await.status, 201);
}

#[tokio::test]
async fn an_older_program_leaves_a_newer_database_as_it_is() {
    let database = TestDatabase::filled(CATALOGUE).await;
    let mut sql = database.connect().await;
    run(&mut sql, NEWER).await;
    let migrated = migrate(&mut sql).await.unwrap();
    assert_eq!(
        migrated.to_string(),
        "The database is at version 9999. This program knows 9, and works with it: nothing to do."
    );

    run(&mut sql, "update schema_compatibility set oldest_program = 10").await;
    let expected = "the database is at version 9999, which needs a program that knows at least 10; this one knows 9: run a \
                    newer `atelier`";
    assert_eq!(migrate(&mut sql).await.unwrap_err().to_string(), expected);
    let err = Database::primary(&database.options(), Duration::from_secs(20)).connect().await.unwrap_err();
    assert!(matches!(err, ConnectError::Schema(SchemaError::Newer { found: 9999, .. })), "{err}");
    run(&mut sql, "update schema_compatibility set oldest_program = 9").await;
    migrate(&mut sql).await.unwrap();
}

#[tokio::test]
async fn a_migration_that_waits_for_a_lock_lets_others_pass() {
    let (database, mut sql) = at_version(6).await;
    let mut other = database.connect().await;
    run(&mut sql, "begin; select from cart_items").await;
    let (migration, mut reports) = start(&database).await;
    // Twice, so that it retries.
    for _ in 0..2 {
        let report = reports.recv().await.unwrap();
        assert_eq!(report, "migration 7 waits for other transactions to release their locks");
        // It would never return if the migration stayed in the queue for the lock.
        run(&mut other, "select from cart_items").await;
    }
    run(&mut sql, "commit").await;
    assert_eq!(migration.await.unwrap().unwrap(), Migrated::ToVersion(9));
}

#[tokio::test]
async fn concurrent_migrations_wait_for_each_other() {
    let database = TestDatabase::empty().await;
    let mut sql = database.connect().await;
    run(&mut sql, "select pg_advisory_lock(hashtextextended('atelier migrations', 0))").await;
    let (one, mut reports) = start(&database).await;
    let (other, mut other_reports) = start(&database).await;
    for reports in [&mut reports, &mut other_reports] {
        assert_eq!(reports.recv().await.unwrap(), "waiting for another migration");
    }
    run(&mut sql, "select pg_advisory_unlock(hashtextextended('atelier migrations', 0))").await;
    for migration in [one, other] {
        assert_eq!(migration.await.unwrap().unwrap(), Migrated::ToVersion(9));
    }
    assert_eq!(applied(&mut sql).await, 9);
}

#[tokio::test]
async fn a_failed_migration_is_rolled_back_and_its_error_says_what_to_do() {
    let (_database, mut sql) = at_version(6).await;
    run(&mut sql, "create table schema_compatibility ()").await;
    let expected = "migration 7 failed and was rolled back; remove the cause, and migrate again";
    assert_eq!(migrate(&mut sql).await.unwrap_err().to_string(), expected);
    // Its first statement is undone.
    run(&mut sql, "alter table cart_items add touched_on text; alter table cart_items drop touched_on").await;
    assert_eq!(applied(&mut sql).await, 6);
    run(&mut sql, "drop table schema_compatibility").await;

    // A migration without a transaction.
    run(&mut sql, "create table taken (); alter table taken rename to cart_items_by_age").await;
    let expected = "migration 8 failed half-way; remove the cause, drop the invalid index that it may have left, and \
                    migrate again";
    assert_eq!(migrate(&mut sql).await.unwrap_err().to_string(), expected);
    assert_eq!(applied(&mut sql).await, 7);
    run(&mut sql, "drop table cart_items_by_age").await;
    assert_eq!(migrate(&mut sql).await.unwrap(), Migrated::ToVersion(9));
}
