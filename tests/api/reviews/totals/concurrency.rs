//! Concurrent transactions that change the same totals.

use tokio::task::JoinSet;

use super::{assert_totals_match, connect};
use crate::support::{overlap, run};

const REPORT: &str = "update reviews set is_reported = true where id = 10";
const UNREPORT: &str = "update reviews set is_reported = false where id = 7";
const REVIEW: &str =
    "insert into reviews (product_id, rating, recommend, summary, body, reviewer_name, reviewer_email)
                      values (2, 1, true, '', '', '', '')";

fn rate(review: i64) -> String {
    format!(
        "insert into characteristic_ratings (product_id, review_id, characteristic_id, value) values (2, {review}, 15, 3)"
    )
}

#[tokio::test]
async fn totals_match_after_two_overlapping_changes() {
    for (first, second) in [
        // A rating of a review that is being reported, in both orders, and of one whose report is being undone.
        (REPORT, &*rate(10)),
        (&*rate(10), REPORT),
        (UNREPORT, &*rate(7)),
        (&*rate(7), UNREPORT),
        (REPORT, "update characteristic_ratings set review_id = 10 where id = 1"),
        ("update characteristic_ratings set review_id = 10 where id = 1", REPORT),
        (
            "update reviews set is_reported = true where id = 5",
            "update characteristic_ratings set value = 1 where id = 1",
        ),
        (
            "update characteristic_ratings set value = 1 where id = 1",
            "update reviews set is_reported = true where id = 5",
        ),
        (
            "update reviews set is_reported = true where id = 5",
            "delete from characteristic_ratings where id = 1",
        ),
        (
            "delete from characteristic_ratings where id = 1",
            "update reviews set is_reported = true where id = 5",
        ),
        // Two changes of one review.
        (REPORT, REPORT),
        (REPORT, "update reviews set helpfulness = helpfulness + 1, rating = 3 where id = 10"),
        ("update reviews set rating = 3 where id = 10", REPORT),
        ("update reviews set is_reported = true where id = 5", "delete from reviews where id = 5"),
        ("delete from reviews where id = 5", "update reviews set is_reported = true where id = 5"),
        (&*rate(10), "delete from reviews where id = 10"),
        // Two changes of one product.
        (REVIEW, REVIEW),
        (REVIEW, REPORT),
        (REPORT, "delete from reviews where id = 5"),
        (&*rate(8), &*rate(10)),
        // The first two reviews of a product.
        (
            "insert into reviews (product_id, rating, recommend, summary, body, reviewer_name, reviewer_email) values (8, 1, true, '', '', '', '')",
            "insert into reviews (product_id, rating, recommend, summary, body, reviewer_name, reviewer_email) values (8, 1, true, '', '', '', '')",
        ),
        // Truncates and deletes.
        ("truncate reviews cascade", REVIEW),
        (REVIEW, "truncate reviews cascade"),
        ("truncate characteristic_ratings", &*rate(10)),
        (&*rate(10), "truncate characteristic_ratings"),
        (REVIEW, "delete from products where id = 2"),
        (REPORT, "delete from products where id = 2"),
        (&*rate(10), "delete from products where id = 2"),
        (&*rate(10), "delete from characteristics where id = 15"),
    ] {
        let (database, mut sql) = connect().await;
        if let Err(err) = overlap(&database, first, second).await {
            panic!("{second} after {first}: {err}");
        }
        assert_totals_match(&mut sql).await;
    }
}

#[tokio::test]
async fn a_row_that_refers_to_a_concurrently_deleted_one_is_rejected() {
    for (first, second, constraint) in [
        ("delete from products where id = 2", REVIEW, "reviews_product_fkey"),
        ("delete from reviews where id = 10", &*rate(10), "characteristic_ratings_review_fkey"),
        (
            "delete from characteristics where id = 15",
            &*rate(10),
            "characteristic_ratings_characteristic_fkey",
        ),
    ] {
        let (database, mut sql) = connect().await;
        let err = overlap(&database, first, second).await.unwrap_err();
        assert_eq!(err.as_database_error().unwrap().constraint(), Some(constraint), "{second} after {first}");
        assert_totals_match(&mut sql).await;
    }
}

#[tokio::test]
async fn totals_match_after_many_concurrent_writers() {
    let (database, mut sql) = connect().await;
    let mut writers = JoinSet::new();
    for writer in 0..4 {
        let mut connection = database.connect().await;
        writers.spawn(async move {
            for round in 1..=25 {
                let id = 1000 + round * 10 + writer;
                let changes = [
                    format!(
                        "with review as (
                             insert into reviews (id, product_id, rating, recommend, summary, body, reviewer_name, reviewer_email)
                             values ({id}, 2, {round} % 5 + 1, {round} % 2 = 0, '', '', '', '')
                             returning id
                         )
                         insert into characteristic_ratings (product_id, review_id, characteristic_id, value)
                         select 2, review.id, c, {round} % 5 + 1 from review, generate_series(14, 16) c"
                    ),
                    format!("update reviews set is_reported = not is_reported where id = {}", 5 + round % 6),
                    format!("update reviews set rating = {round} % 5 + 1, helpfulness = {round} where id = {id}"),
                    format!("delete from reviews where id = {}", id - 20),
                ];
                for change in changes {
                    run(&mut connection, change).await;
                }
            }
        });
    }
    writers.join_all().await;
    assert_totals_match(&mut sql).await;
}
