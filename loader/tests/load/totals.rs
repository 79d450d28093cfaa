//! The sums over reviews.

use crate::support::{DataSet, Database, run};

const REVIEWS: &str = "
    select concat_ws(' ', product_id, rating_1, rating_2, rating_3, rating_4, rating_5, recommended, not_recommended)
    from review_totals
    where rating_1 + rating_2 + rating_3 + rating_4 + rating_5 > 0
    order by product_id";
const CHARACTERISTICS: &str = "
    select concat_ws(' ', product_id, characteristic_id, ratings, total)
    from characteristic_totals
    where ratings > 0
    order by characteristic_id";

#[tokio::test]
async fn totals_exclude_reported_reviews() {
    let database = Database::create().await;
    DataSet::whole().load(&database).await.unwrap();
    assert_eq!(database.texts(REVIEWS).await, ["1 0 0 0 1 1 1 1"]);
    assert_eq!(database.texts(CHARACTERISTICS).await, ["1 1 2 9", "1 2 1 3"]);
}

#[tokio::test]
async fn a_load_computes_the_same_totals_as_the_triggers() {
    let database = Database::create().await;
    DataSet::whole().load(&database).await.unwrap();
    let (reviews, characteristics) = (database.texts(REVIEWS).await, database.texts(CHARACTERISTICS).await);
    database.execute("update reviews set is_reported = not is_reported").await;
    assert_eq!(database.texts(REVIEWS).await, ["2 1 0 0 0 0 0 1"]);
    assert_eq!(database.texts(CHARACTERISTICS).await, ["2 3 1 2"]);
    // Rows of zeros are equivalent to missing rows.
    assert_eq!(run(&database, &["check"]).status.code(), Some(0));
    database.execute("update reviews set is_reported = not is_reported").await;
    assert_eq!(database.texts(REVIEWS).await, reviews);
    assert_eq!(database.texts(CHARACTERISTICS).await, characteristics);
    assert_eq!(run(&database, &["check"]).status.code(), Some(0));
}

#[tokio::test]
async fn check_lists_wrong_totals_and_counts_all_rows() {
    let database = Database::create().await;
    DataSet::whole().load(&database).await.unwrap();
    database
        .execute(
            "update review_totals set recommended = 2;
             insert into review_totals values (2, 1, 0, 0, 0, 0, 1, 0);
             delete from characteristic_totals where characteristic_id = 2;
             update characteristic_totals set total = 8 where characteristic_id = 1",
        )
        .await;
    let checked = run(&database, &["check"]);
    assert_eq!(checked.status.code(), Some(1));
    let output = String::from_utf8(checked.stdout).unwrap();
    let (tables, differences) = output.split_at(output.find("product 1:").unwrap());
    assert_eq!(
        differences,
        "product 1: its totals of reviews are wrong
\
         product 2: its totals of reviews are left over\n\
         product 1, characteristic 1: its totals of characteristics are wrong
\
         product 1, characteristic 2: its totals of characteristics are missing\n\
         The read model differs from the base tables in 4 places.\n"
    );
    let rows: Vec<_> =
        tables.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>()).collect();
    for (table, count) in [("characteristic_ratings", "4"), ("review_totals", "2"), ("cart_items", "0")] {
        assert!(rows.contains(&vec![table, count]), "{tables}");
    }
}
