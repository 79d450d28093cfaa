//! Each kind of change: one row, many rows, rows that move to another product.

use super::{assert_totals_match, changed, connect};
use crate::support::run;

const COLUMNS: &str =
    "reviews (id, product_id, rating, recommend, is_reported, summary, body, reviewer_name, reviewer_email)";
const NONE: [&str; 0] = [];

#[tokio::test]
async fn changes_of_reviews() {
    let (_database, mut sql) = connect().await;
    for (change, totals) in [
        (
            format!("insert into {COLUMNS} values (50, 5, 3, true, false, '', '', '', '')"),
            &["+5 0 0 1 0 0 0 1"][..],
        ),
        (format!("insert into {COLUMNS} values (51, 5, 3, true, true, '', '', '', '')"), &NONE),
        (
            format!(
                "insert into {COLUMNS} select 60 + n, 5 + n % 2 * 3, n % 5 + 1, n % 3 = 0, n % 7 = 0, '', '', '', ''
                 from generate_series(1, 30) n"
            ),
            &["-5 0 0 1 0 0 0 1", "+5 3 3 4 2 2 8 6", "+8 3 2 2 3 3 9 4"],
        ),
        (
            format!(
                "insert into {COLUMNS} values (50, 5, 1, true, false, '', '', '', ''), (52, 5, 2, true, false, '', '', '', '')
                 on conflict (id) do update set rating = excluded.rating"
            ),
            &["-5 3 3 4 2 2 8 6", "+5 4 4 3 2 2 8 7"],
        ),
        ("update reviews set rating = 5 where id = 52".into(), &["-5 4 4 3 2 2 8 7", "+5 4 3 3 2 3 8 7"]),
        ("update reviews set recommend = not recommend where product_id = 5".into(), &["-5 4 3 3 2 3 8 7", "+5 4 3 3 2 3 7 8"]),
        ("update reviews set rating = 6 - rating, helpfulness = 9 where product_id = 8".into(), &["-8 3 2 2 3 3 9 4", "+8 3 3 2 2 3 9 4"]),
        ("update reviews set helpfulness = helpfulness + 1, body = 'x', written_at = now()".into(), &NONE),
        ("update reviews set rating = rating".into(), &NONE),
        ("update reviews set rating = 1 where id = 51".into(), &NONE),
        ("update reviews set rating = 1 where id = 4444".into(), &NONE),
        // Reviews without ratings and photos move to another product.
        ("update reviews set product_id = 3 where id in (50, 52)".into(), &["-3 1 0 0 0 0 1 0", "-5 4 3 3 2 3 7 8", "+3 2 0 0 0 1 3 0", "+5 3 3 3 2 2 5 8"]),
        ("update reviews set id = 1050 where id = 50".into(), &NONE),
        ("delete from reviews where id = 52".into(), &["-3 2 0 0 0 1 3 0", "+3 2 0 0 0 0 2 0"]),
        ("delete from reviews where id = 51".into(), &NONE),
        ("delete from reviews where product_id in (3, 5, 8)".into(), &["-3 2 0 0 0 0 2 0", "-5 3 3 3 2 2 5 8", "-8 3 3 2 2 3 9 4", "+3 0 0 0 0 0 0 0", "+5 0 0 0 0 0 0 0", "+8 0 0 0 0 0 0 0"]),
        ("begin; delete from reviews; update characteristic_ratings set value = 1; rollback".into(), &NONE),
    ] {
        assert_eq!(changed(&mut sql, &change).await, totals, "{change}");
    }
}

#[tokio::test]
async fn changes_of_reviews_with_ratings() {
    let (_database, mut sql) = connect().await;
    for (change, totals) in [
        (
            "update reviews set is_reported = true where id = 5",
            &[
                "-2 1 0 1 1 2 2 3",
                "-2 c14 3 10",
                "-2 c16 3 14",
                "+2 1 0 0 1 2 1 3",
                "+2 c14 2 6",
                "+2 c16 2 9",
            ][..],
        ),
        ("update reviews set is_reported = true where id = 5", &NONE),
        (
            "update reviews set is_reported = false where id = 7",
            &["-2 1 0 0 1 2 1 3", "-2 c14 2 6", "+2 1 1 0 1 2 1 4", "+2 c14 3 7", "+2 c15 1 5"],
        ),
        (
            "update reviews set is_reported = not is_reported where product_id = 2",
            &[
                "-2 1 1 0 1 2 1 4",
                "-2 c14 3 7",
                "-2 c15 1 5",
                "-2 c16 2 9",
                "+2 0 0 1 0 0 1 0",
                "+2 c14 1 4",
                "+2 c15 0 0",
                "+2 c16 1 5",
            ],
        ),
        (
            "update reviews set is_reported = not is_reported, rating = 5, recommend = true",
            &[
                "-1 0 0 0 0 1 0 1",
                "-1 c1 1 4",
                "-2 0 0 1 0 0 1 0",
                "-2 c14 1 4",
                "-2 c15 0 0",
                "-2 c16 1 5",
                "-3 1 0 0 0 0 1 0",
                "+1 0 0 0 0 0 0 0",
                "+1 c1 0 0",
                "+2 0 0 0 0 5 0 5",
                "+2 c14 3 7",
                "+2 c15 1 5",
                "+2 c16 2 9",
                "+3 0 0 0 0 0 0 0",
            ],
        ),
        (
            "delete from reviews where id in (5, 6)",
            &["-2 0 0 0 0 5 0 5", "-2 c14 3 7", "-2 c16 2 9", "+2 0 0 0 0 4 0 4", "+2 c14 2 4", "+2 c16 1 4"],
        ),
        (
            "delete from reviews",
            &[
                "-2 0 0 0 0 4 0 4",
                "-2 c14 2 4",
                "-2 c15 1 5",
                "-2 c16 1 4",
                "+2 0 0 0 0 0 0 0",
                "+2 c14 0 0",
                "+2 c15 0 0",
                "+2 c16 0 0",
            ],
        ),
    ] {
        assert_eq!(changed(&mut sql, change).await, totals, "{change}");
    }
}

#[tokio::test]
async fn changes_of_ratings() {
    let (_database, mut sql) = connect().await;
    for (change, totals) in [
        ("insert into characteristic_ratings values (2, 10, 50, 15, 2)", &["+2 c15 1 2"][..]),
        ("insert into characteristic_ratings values (2, 7, 51, 15, 2)", &NONE),
        (
            "insert into characteristic_ratings select 2, r.id, 60 + c.id, c.id, 3 from reviews r, characteristics c where r.product_id = 2 and c.product_id = 2",
            &["-2 c14 3 10", "-2 c15 1 2", "-2 c16 3 14", "+2 c14 8 25", "+2 c15 6 17", "+2 c16 8 29"],
        ),
        ("update characteristic_ratings set value = 5 where id = 50", &["-2 c15 6 17", "+2 c15 6 20"]),
        (
            "update characteristic_ratings set value = 1 where id > 60",
            &["-2 c14 8 25", "-2 c15 6 20", "-2 c16 8 29", "+2 c14 8 15", "+2 c15 6 10", "+2 c16 8 19"],
        ),
        ("update characteristic_ratings set value = value", &NONE),
        (
            "update characteristic_ratings set characteristic_id = 16 where id = 50",
            &["-2 c15 6 10", "-2 c16 8 19", "+2 c15 5 5", "+2 c16 9 24"],
        ),
        // A rating moves to the reported review and back, and to another product.
        ("update characteristic_ratings set review_id = 7 where id = 50", &["-2 c16 9 24", "+2 c16 8 19"]),
        ("update characteristic_ratings set review_id = 6 where id = 50", &["-2 c16 8 19", "+2 c16 9 24"]),
        (
            "update characteristic_ratings set (product_id, review_id, characteristic_id) = (1, 1, 1) where id = 50",
            &["-1 c1 1 4", "-2 c16 9 24", "+1 c1 2 9", "+2 c16 8 19"],
        ),
        ("delete from characteristic_ratings where id = 50", &["-1 c1 2 9", "+1 c1 1 4"]),
        ("delete from characteristic_ratings where review_id = 7", &NONE),
        (
            "delete from characteristic_ratings where id > 60",
            &["-2 c14 8 15", "-2 c15 5 5", "-2 c16 8 19", "+2 c14 3 10", "+2 c15 0 0", "+2 c16 3 14"],
        ),
    ] {
        assert_eq!(changed(&mut sql, change).await, totals, "{change}");
    }
}

#[tokio::test]
async fn inserting_a_review_and_its_ratings_in_one_statement() {
    let (_database, mut sql) = connect().await;
    for (is_reported, totals) in [
        (false, &["-2 1 0 1 1 2 2 3", "-2 c14 3 10", "+2 1 0 1 2 2 2 4", "+2 c14 4 15", "+2 c15 1 1"][..]),
        (true, &NONE),
    ] {
        let change = format!(
            "with review as (
                 insert into {COLUMNS} values (default, 2, 4, true, {is_reported}, '', '', '', '') returning id
             )
             insert into characteristic_ratings (product_id, review_id, characteristic_id, value)
             select 2, review.id, rating.id, rating.value from review, (values (14, 5), (15, 1)) as rating (id, value)"
        );
        assert_eq!(changed(&mut sql, &change).await, totals, "{change}");
    }
}

#[tokio::test]
async fn changes_of_products_and_characteristics() {
    let (_database, mut sql) = connect().await;
    for (change, totals) in [
        ("update characteristics set name = 'Other'", &NONE[..]),
        ("delete from characteristics where id = 15", &NONE),
        ("delete from characteristics where id in (14, 50)", &["-2 c14 3 10"]),
        ("insert into characteristics values (2, 14, 'Quality')", &NONE),
        ("update products set name = 'Other'", &NONE),
        ("delete from products where id = 1", &["-1 0 0 0 0 1 0 1", "-1 c1 1 4"]),
        ("delete from products where id in (2, 5)", &["-2 1 0 1 1 2 2 3", "-2 c16 3 14"]),
        ("delete from products", &["-3 1 0 0 0 0 1 0"]),
    ] {
        assert_eq!(changed(&mut sql, change).await, totals, "{change}");
    }
}

#[tokio::test]
async fn truncating_a_table() {
    for (change, totals) in [
        ("truncate characteristic_ratings", &["-1 c1 1 4", "-2 c14 3 10", "-2 c16 3 14"][..]),
        ("truncate characteristics cascade", &["-1 c1 1 4", "-2 c14 3 10", "-2 c16 3 14"]),
        (
            "truncate reviews cascade",
            &[
                "-1 0 0 0 0 1 0 1",
                "-1 c1 1 4",
                "-2 1 0 1 1 2 2 3",
                "-2 c14 3 10",
                "-2 c16 3 14",
                "-3 1 0 0 0 0 1 0",
            ],
        ),
        (
            "truncate products cascade",
            &[
                "-1 0 0 0 0 1 0 1",
                "-1 c1 1 4",
                "-2 1 0 1 1 2 2 3",
                "-2 c14 3 10",
                "-2 c16 3 14",
                "-3 1 0 0 0 0 1 0",
            ],
        ),
        ("begin; truncate reviews cascade; rollback", &NONE),
        ("truncate review_photos", &NONE),
    ] {
        let (_database, mut sql) = connect().await;
        assert_eq!(changed(&mut sql, change).await, totals, "{change}");
    }
}

#[tokio::test]
async fn a_writer_of_reviews_needs_no_privileges_on_the_totals_and_can_not_change_them() {
    let (_database, mut sql) = connect().await;
    let role = "pg_signal_backend";
    let grant = format!(
        "grant select, insert, update, delete, truncate on reviews, review_photos, characteristics, characteristic_ratings, products to {role};
         set role {role}"
    );
    run(&mut sql, grant).await;
    let writes = format!(
        "insert into {COLUMNS} values (50, 2, 3, true, false, '', '', '', '');
         insert into characteristic_ratings overriding system value values (2, 50, 50, 15, 2);
         update reviews set is_reported = true where id = 5;
         delete from reviews where id = 6;
         update characteristic_ratings set value = 1 where id = 50"
    );
    run(&mut sql, writes).await;
    for statement in ["update review_totals set rating_1 = 0", "delete from characteristic_totals"] {
        let err = sqlx::raw_sql(statement).execute(&mut sql).await.unwrap_err();
        assert_eq!(err.as_database_error().unwrap().code().as_deref(), Some("42501"), "{statement}");
    }
    run(&mut sql, "reset role").await;
    assert_totals_match(&mut sql).await;
}
