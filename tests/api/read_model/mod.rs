//! The read model is up to date after every change, by any writer and any statement.

use std::collections::BTreeMap;

use sqlx::PgConnection;

use crate::support::{CATALOGUE, TestDatabase, run};

mod changes;
mod concurrency;
mod privileges;

/// A database with the catalogue, and a connection to it.
async fn catalogue() -> (TestDatabase, PgConnection) {
    let database = TestDatabase::filled(CATALOGUE).await;
    let mut sql = database.connect().await;
    assert_up_to_date(&mut sql).await;
    (database, sql)
}

/// Makes a change. Returns the ids of the products whose documents were inserted, updated or deleted.
async fn changed(sql: &mut PgConnection, change: &str) -> Vec<i64> {
    let before = documents(sql).await;
    run(sql, change).await;
    assert_up_to_date(sql).await;
    let after = documents(sql).await;
    let mut ids: Vec<i64> = before.keys().chain(after.keys()).copied().collect();
    ids.sort_unstable();
    ids.dedup();
    ids.retain(|id| before.get(id) != after.get(id));
    ids
}

/// Asserts that documents and counts equal those computed from the base tables.
async fn assert_up_to_date(sql: &mut PgConnection) {
    let stale: Vec<i64> = sqlx::query_scalar(
        "with expected as (select * from product_documents_between(1, 9223372036854775807))
         (select product_id from (select * from product_documents except all select * from expected) stale)
         union
         (select product_id from (select * from expected except all select * from product_documents) missing)
         order by product_id",
    )
    .fetch_all(&mut *sql)
    .await
    .unwrap();
    assert!(stale.is_empty(), "the documents of {stale:?} are stale");
    // A bucket may remain after its last product was deleted.
    let miscounted: Vec<i64> = sqlx::query_scalar(
        "with expected as (select id / 1000 as bucket, count(*) as products from products group by 1)
         select bucket from product_counts c full join expected using (bucket)
         where coalesce(c.products, 0) <> coalesce(expected.products, 0)",
    )
    .fetch_all(sql)
    .await
    .unwrap();
    assert!(miscounted.is_empty(), "the counts of buckets {miscounted:?} are wrong");
}

async fn documents(sql: &mut PgConnection) -> BTreeMap<i64, String> {
    let rows: Vec<(i64, String)> = sqlx::query_as(
        "select product_id, concat_ws('|', summary, features, styles, related) from product_documents",
    )
    .fetch_all(sql)
    .await
    .unwrap();
    rows.into_iter().collect()
}
