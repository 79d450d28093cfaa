//! Transactions that change one product at the same time.

use sqlx::PgConnection;
use tokio::task::JoinSet;

use super::{assert_true, catalogue, documents};
use crate::support::{overlap, run};

async fn document(sql: &mut PgConnection, id: i64) -> String {
    documents(sql).await.remove(&id).unwrap_or_default()
}

#[tokio::test]
async fn two_parts_of_one_product_are_both_in_its_documents() {
    let (database, mut sql) = catalogue().await;
    let feature = "insert into features values (5, 30, 'Fabric', 'Wool')";
    let style = "insert into styles values (5, 30, 'Red', 10, 5, true)";
    overlap(&database, feature, style).await.unwrap();
    assert_true(&mut sql).await;
    let document = document(&mut sql, 5).await;
    assert!(document.contains("Wool") && document.contains("Red"), "{document}");
}

#[tokio::test]
async fn two_rows_of_one_table_are_both_in_the_documents() {
    let (database, mut sql) = catalogue().await;
    let sku = "insert into skus values (8, 20, 50, 3, 'S')";
    let other = "insert into skus values (8, 20, 51, 4, 'M')";
    overlap(&database, sku, other).await.unwrap();
    assert_true(&mut sql).await;
    let document = document(&mut sql, 8).await;
    assert!(document.contains("\"50\"") && document.contains("\"51\""), "{document}");
}

#[tokio::test]
async fn a_product_and_a_part_of_it_change_together() {
    let (database, mut sql) = catalogue().await;
    let product = "update products set name = 'Other' where id = 1";
    overlap(&database, product, "update skus set quantity = 99 where product_id = 1").await.unwrap();
    assert_true(&mut sql).await;
    let document = document(&mut sql, 1).await;
    assert!(document.contains("Other") && document.contains("\"quantity\":99"), "{document}");
}

#[tokio::test]
async fn a_part_that_comes_while_its_product_goes_is_refused() {
    let (database, mut sql) = catalogue().await;
    let part = "insert into features values (5, 30, 'Fabric', 'Wool')";
    let err = overlap(&database, "delete from products where id = 5", part).await.unwrap_err();
    assert_eq!(err.as_database_error().unwrap().constraint(), Some("features_product_fkey"));
    assert_true(&mut sql).await;
}

#[tokio::test]
async fn a_product_that_goes_while_a_part_comes_takes_it_along() {
    let (database, mut sql) = catalogue().await;
    let part = "insert into features values (5, 30, 'Fabric', 'Wool')";
    overlap(&database, part, "delete from products where id = 5").await.unwrap();
    assert_true(&mut sql).await;
    assert_eq!(document(&mut sql, 5).await, "");
}

#[tokio::test]
async fn products_of_one_bucket_are_all_counted() {
    let (database, mut sql) = catalogue().await;
    let product = "insert into products values (10, 'n', 's', 'd', 'c', 1)";
    overlap(&database, product, "insert into products values (11, 'n', 's', 'd', 'c', 1)").await.unwrap();
    assert_true(&mut sql).await;
}

#[tokio::test]
async fn nothing_can_come_between_emptying_a_table_and_the_documents() {
    let (database, mut sql) = catalogue().await;
    overlap(&database, "truncate features", "update products set name = 'Other'").await.unwrap();
    overlap(&database, "insert into features values (5, 30, 'a', 'b')", "truncate features").await.unwrap();
    assert_true(&mut sql).await;
}

#[tokio::test]
async fn many_writers_at_one_time_leave_the_truth() {
    let (database, mut sql) = catalogue().await;
    let mut writers = JoinSet::new();
    for (writer, table) in ["features", "styles", "skus", "related_products"].into_iter().enumerate() {
        let mut connection = database.connect().await;
        let row = match table {
            "features" => "(p, r, 'f', 'v')",
            "styles" => "(p, r, 'n', 1, null, false)",
            "skus" => "(8, 20, r * 10 + p, 1, 'S')",
            _ => "(p, r, 8)",
        };
        writers.spawn(async move {
            for round in 1..=25 {
                let id = 1000 + round * 10 + writer;
                for product in [1, 2, 8] {
                    let row = row.replace('p', &product.to_string()).replace('r', &id.to_string());
                    run(&mut connection, format!("insert into {table} values {row}")).await;
                }
                run(&mut connection, format!("delete from {table} where id = {}", id - 20)).await;
            }
        });
    }
    writers.join_all().await;
    assert_true(&mut sql).await;
}
