//! The stored totals match the reviews after every change, by any writer and any statement.

use std::sync::Arc;

use sqlx::PgConnection;

use crate::support::{TestDatabase, run};

mod changes;
mod concurrency;

/// A database with reviews, and a connection to it.
async fn connect() -> (Arc<TestDatabase>, PgConnection) {
    let database = super::database().await;
    let mut sql = database.connect().await;
    assert_totals_match(&mut sql).await;
    (database, sql)
}

/// Asserts that the stored totals equal those computed from the reviews.
pub(super) async fn assert_totals_match(sql: &mut PgConnection) {
    let wrong = differences(sql).await;
    assert!(wrong.is_empty(), "wrong totals: {wrong:?}");
}

/// Makes a change, and asserts that the totals match. Returns the totals that have changed.
async fn changed(sql: &mut PgConnection, change: &str) -> Vec<String> {
    let before = totals(sql).await;
    run(sql, change).await;
    let wrong = differences(sql).await;
    assert!(wrong.is_empty(), "{change}: wrong totals: {wrong:?}");
    let after = totals(sql).await;
    // Old totals with a minus, new ones with a plus.
    let old = before.iter().filter(|it| !after.contains(it)).map(|it| format!("-{it}"));
    let new = after.iter().filter(|it| !before.contains(it)).map(|it| format!("+{it}"));
    old.chain(new).collect()
}

async fn totals(sql: &mut PgConnection) -> Vec<String> {
    sqlx::query_scalar(
        "select concat_ws(' ', product_id, rating_1, rating_2, rating_3, rating_4, rating_5, not_recommended, recommended)
         from review_totals
         union all
         select concat_ws(' ', product_id, 'c' || characteristic_id, ratings, total) from characteristic_totals
         order by 1",
    )
    .fetch_all(sql)
    .await
    .unwrap()
}

/// The totals that differ from those computed from the reviews. Totals of 0 may be stored or not.
async fn differences(sql: &mut PgConnection) -> Vec<String> {
    sqlx::query_scalar(
        "with
         counted as (
             select product_id,
                 count(*) filter (where rating = 1) as rating_1, count(*) filter (where rating = 2) as rating_2,
                 count(*) filter (where rating = 3) as rating_3, count(*) filter (where rating = 4) as rating_4,
                 count(*) filter (where rating = 5) as rating_5, count(*) filter (where recommend) as recommended,
                 count(*) filter (where not recommend) as not_recommended
             from reviews
             where not is_reported
             group by product_id
         ),
         stored as (
             select * from review_totals
             where (rating_1, rating_2, rating_3, rating_4, rating_5, recommended, not_recommended) <> (0, 0, 0, 0, 0, 0, 0)
         ),
         rated as (
             select c.product_id, c.characteristic_id, count(*) as ratings, sum(c.value) as total
             from characteristic_ratings c
             join reviews r on r.product_id = c.product_id and r.id = c.review_id and not r.is_reported
             group by c.product_id, c.characteristic_id
         ),
         stored_means as (select * from characteristic_totals where (ratings, total) <> (0, 0))
         select coalesce(stored, counted)::text from stored full join counted on stored = counted
         where stored is null or counted is null
         union all
         select coalesce(stored_means, rated)::text from stored_means full join rated on stored_means = rated
         where stored_means is null or rated is null",
    )
    .fetch_all(sql)
    .await
    .unwrap()
}
