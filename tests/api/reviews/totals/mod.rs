//! The sums that the database keeps are true after every change, whoever made it and however.

use std::sync::Arc;

use sqlx::PgConnection;

use crate::support::{TestDatabase, run};

mod changes;
mod concurrency;

async fn connect() -> (Arc<TestDatabase>, PgConnection) {
    let database = super::database().await;
    let mut sql = database.connect().await;
    assert_true(&mut sql).await;
    (database, sql)
}

/// Asserts that all sums are what they would be if they were computed anew.
pub(super) async fn assert_true(sql: &mut PgConnection) {
    let wrong = differences(sql).await;
    assert!(wrong.is_empty(), "not true: {wrong:?}");
}

/// Makes a change, asserts that the sums are true, and says which have changed.
async fn changed(sql: &mut PgConnection, change: &str) -> Vec<String> {
    let before = totals(sql).await;
    run(sql, change).await;
    let wrong = differences(sql).await;
    assert!(wrong.is_empty(), "{change}: not true: {wrong:?}");
    let after = totals(sql).await;
    // What is gone with a minus, what is new with a plus.
    let gone = before.iter().filter(|it| !after.contains(it)).map(|it| format!("-{it}"));
    let new = after.iter().filter(|it| !before.contains(it)).map(|it| format!("+{it}"));
    gone.chain(new).collect()
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

/// Sums that are not what they should be. One of nothing may be there or not.
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
         kept as (
             select * from review_totals
             where (rating_1, rating_2, rating_3, rating_4, rating_5, recommended, not_recommended) <> (0, 0, 0, 0, 0, 0, 0)
         ),
         rated as (
             select c.product_id, c.characteristic_id, count(*) as ratings, sum(c.value) as total
             from characteristic_ratings c
             join reviews r on r.product_id = c.product_id and r.id = c.review_id and not r.is_reported
             group by c.product_id, c.characteristic_id
         ),
         kept_too as (select * from characteristic_totals where (ratings, total) <> (0, 0))
         select coalesce(kept, counted)::text from kept full join counted on kept = counted
         where kept is null or counted is null
         union all
         select coalesce(kept_too, rated)::text from kept_too full join rated on kept_too = rated
         where kept_too is null or rated is null",
    )
    .fetch_all(sql)
    .await
    .unwrap()
}
