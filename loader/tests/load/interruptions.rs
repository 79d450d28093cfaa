//! Loads that are killed, interrupted or concurrent.

use std::fs::OpenOptions;
use std::io::Write;
use std::process::Child;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sqlx::Connection;

use crate::server::eventually;
use crate::support::{DataSet, Database, run, start};

const PRODUCTS: &str = "select count(*) from products";
const STAGING_IS_GONE: &str = "select not exists (select from pg_namespace where nspname = 'loading')";
const STAGING_OID: &str = "select coalesce(max(oid)::bigint, 0) from pg_namespace where nspname = 'loading'";
/// More tables and indexes than a load creates.
const STAGES: usize = 120;

/// A load that copies `file` into `table`, and waits for its lines forever.
async fn stalled(database: &Database, file: &str, table: &str, header: &str) -> (Child, std::fs::File) {
    let set = DataSet::small();
    let pipe = set.stall(file);
    let load = start(&set, database);
    // Blocks until the load opens the pipe.
    let mut writer = OpenOptions::new().write(true).open(pipe).unwrap();
    writeln!(writer, "{header}").unwrap();
    let copying = format!(
        "select exists (select from pg_stat_activity
         where datname = current_database() and query like 'copy loading.{table} %' and state = 'active')"
    );
    database.until(&copying).await;
    (load, writer)
}

async fn assert_old_data_are_served_and_a_new_load_works(database: &Database) {
    assert_eq!(database.number(PRODUCTS).await, 2);
    let set = DataSet::small();
    set.write("product.csv", b"id,name,slogan,description,category,default_price\n1,a,b,c,d,1");
    set.replace_with_less(database).await.unwrap();
    assert_eq!(database.number(PRODUCTS).await, 1);
    database.until(STAGING_IS_GONE).await;
    assert_eq!(run(database, &["check"]).status.code(), Some(0));
}

#[tokio::test]
async fn a_load_killed_while_it_copies_changes_nothing() {
    let files = [
        ("product.csv", "products", "id,name,slogan,description,category,default_price"),
        ("skus.csv", "skus", "id,styleId,size,quantity"),
        ("related.csv", "related_products", "id,current_product_id,related_product_id"),
    ];
    for (file, table, header) in files {
        let database = Database::create().await;
        DataSet::small().load(&database).await.unwrap();
        let (mut load, _writer) = stalled(&database, file, table, header).await;
        load.kill().unwrap();
        load.wait().unwrap();
        assert_old_data_are_served_and_a_new_load_works(&database).await;
    }
}

#[tokio::test]
async fn a_load_killed_while_it_waits_to_swap_changes_nothing() {
    let database = Database::create().await;
    DataSet::small().load(&database).await.unwrap();
    let mut reader = database.connect().await;
    let mut transaction = reader.begin().await.unwrap();
    sqlx::query("select from products").execute(&mut *transaction).await.unwrap();

    let set = DataSet::small();
    let mut load = start(&set, &database);
    database
        .until("select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')")
        .await;
    load.kill().unwrap();
    load.wait().unwrap();
    transaction.rollback().await.unwrap();
    assert_old_data_are_served_and_a_new_load_works(&database).await;
}

/// Waits until a load has created this many tables and indexes in its staging schema, or has ended. The schema that a
/// killed load has left does not count.
async fn reach(stage: usize, load: &mut Child, leftover: i64, database: &Database) {
    let created = format!(
        "select count(*) from pg_class
         where relnamespace = (select oid from pg_namespace where nspname = 'loading' and oid::bigint <> {leftover})"
    );
    eventually(&format!("the load reaches stage {stage}"), async || {
        let is_reached = database.number(&created).await >= i64::try_from(stage).unwrap();
        is_reached || load.try_wait().unwrap().is_some()
    })
    .await;
}

#[tokio::test]
async fn a_load_killed_at_any_stage_leaves_the_old_data_or_the_new() {
    let database = Database::create().await;
    let set = DataSet::small();
    set.load(&database).await.unwrap();
    for stage in (0..STAGES).step_by(6) {
        let oid = database.number("select 'products'::regclass::oid::bigint").await;
        let leftover = database.number(STAGING_OID).await;
        let mut load = start(&set, &database);
        reach(stage, &mut load, leftover, &database).await;
        load.kill().unwrap();
        let ended = load.wait().unwrap();
        assert_eq!(database.number(PRODUCTS).await, 2);
        let swapped = database.number("select 'products'::regclass::oid::bigint").await != oid;
        assert!(swapped || !ended.success(), "succeeded without new tables");
        assert_eq!(run(&database, &["check"]).status.code(), Some(0));
        if ended.success() {
            // There is no such stage.
            break;
        }
    }
    set.replace(&database).await.unwrap();
    database.until(STAGING_IS_GONE).await;
}

#[tokio::test]
async fn a_second_concurrent_load_is_refused() {
    let database = Database::create().await;
    DataSet::small().load(&database).await.unwrap();
    let (mut load, writer) = stalled(&database, "skus.csv", "skus", "id,styleId,size,quantity").await;
    let refused = DataSet::small().replace(&database).await.unwrap_err();
    assert_eq!(refused.to_string(), "another load into this database is running");
    drop(writer);
    assert!(load.wait().unwrap().success());
    assert_eq!(database.number("select count(*) from skus").await, 0);
}

#[tokio::test]
async fn an_interrupted_load_removes_its_schema_and_reports_it() {
    let database = Database::create().await;
    DataSet::small().load(&database).await.unwrap();
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let (load, _writer) = stalled(&database, "skus.csv", "skus", "id,styleId,size,quantity").await;
        kill(Pid::from_raw(load.id().try_into().unwrap()), signal).unwrap();
        let ended = load.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(1));
        assert!(
            String::from_utf8(ended.stderr).unwrap().ends_with("error: interrupted; nothing was changed\n")
        );
        assert!(
            database
                .texts("select nspname::text from pg_namespace where nspname = 'loading'")
                .await
                .is_empty()
        );
    }
    assert_old_data_are_served_and_a_new_load_works(&database).await;
}

#[tokio::test]
async fn a_lost_connection_names_the_file_and_the_line() {
    let database = Database::create().await;
    DataSet::small().load(&database).await.unwrap();
    let (load, writer) = stalled(&database, "skus.csv", "skus", "id,styleId,size,quantity").await;
    database
        .execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like 'copy loading.skus %'")
        .await;
    database
        .until("select not exists (select from pg_stat_activity where datname = current_database() and query like 'copy loading.skus %')")
        .await;
    drop(writer);
    let ended = load.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let message = String::from_utf8(ended.stderr).unwrap();
    assert!(message.contains("skus.csv, line 1: "), "{message}");
    assert_eq!(database.number(PRODUCTS).await, 2);
}

#[tokio::test]
async fn a_row_that_the_database_refuses_ends_the_load_before_the_end_of_the_file() {
    let database = Database::create().await;
    DataSet::small().load(&database).await.unwrap();
    database.execute("alter table skus add constraint skus_lucky check (quantity <> 13)").await;
    let (load, mut writer) = stalled(&database, "skus.csv", "skus", "id,styleId,size,quantity").await;
    // More than one block, so that the row is sent. The end may never be read.
    let lines: Vec<_> = (1..=30_000).map(|id| format!("{id},1,\"S\",13\n")).collect();
    let _ = writer.write_all(lines.concat().as_bytes());
    let ended = load.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let message = String::from_utf8(ended.stderr).unwrap();
    assert!(message.contains("skus.csv, line ") && message.contains("skus_lucky"), "{message}");
    assert_eq!(database.number(PRODUCTS).await, 2);
    drop(writer);
}
