//! Concurrent transactions that change one product.

use sqlx::PgConnection;
use tokio::task::JoinSet;

use super::{assert_up_to_date, catalogue, documents};
use crate::support::{overlap, run};

async fn document(sql: &mut PgConnection, id: i64) -> String {
    documents(sql).await.remove(&id).unwrap_or_default()
}

#[tokio::test]
async fn concurrent_changes_in_two_tables_are_both_in_the_documents() {
    let (database, mut sql) = catalogue().await;
    let feature = "insert into features values (5, 30, 'Fabric', 'Wool')";
    let style = "insert into styles values (5, 30, 'Red', 10, 5, true)";
    overlap(&database, feature, style).await.unwrap();
    assert_up_to_date(&mut sql).await;
    let document = document(&mut sql, 5).await;
    assert!(document.contains("Wool") && document.contains("Red"), "{document}");
}

#[tokio::test]
async fn concurrent_changes_in_one_table_are_both_in_the_documents() {
    let (database, mut sql) = catalogue().await;
    let sku = "insert into skus values (8, 20, 50, 3, 'S')";
    let other = "insert into skus values (8, 20, 51, 4, 'M')";
    overlap(&database, sku, other).await.unwrap();
    assert_up_to_date(&mut sql).await;
    let document = document(&mut sql, 8).await;
    assert!(document.contains("\"50\"") && document.contains("\"51\""), "{document}");
}

#[tokio::test]
async fn concurrent_changes_of_a_product_and_of_its_skus_are_both_in_the_documents() {
    let (database, mut sql) = catalogue().await;
    let product = "update products set name = 'Other' where id = 1";
    overlap(&database, product, "update skus set quantity = 99 where product_id = 1").await.unwrap();
    assert_up_to_date(&mut sql).await;
    let document = document(&mut sql, 1).await;
    assert!(document.contains("Other") && document.contains("\"quantity\":99"), "{document}");
}

#[tokio::test]
async fn a_feature_of_a_concurrently_deleted_product_is_rejected() {
    let (database, mut sql) = catalogue().await;
    let feature = "insert into features values (5, 30, 'Fabric', 'Wool')";
    let err = overlap(&database, "delete from products where id = 5", feature).await.unwrap_err();
    assert_eq!(err.as_database_error().unwrap().constraint(), Some("features_product_fkey"));
    assert_up_to_date(&mut sql).await;
}

#[tokio::test]
async fn deleting_a_product_deletes_a_concurrently_inserted_feature() {
    let (database, mut sql) = catalogue().await;
    let feature = "insert into features values (5, 30, 'Fabric', 'Wool')";
    overlap(&database, feature, "delete from products where id = 5").await.unwrap();
    assert_up_to_date(&mut sql).await;
    assert_eq!(document(&mut sql, 5).await, "");
}

#[tokio::test]
async fn concurrent_inserts_into_one_bucket_are_both_counted() {
    let (database, mut sql) = catalogue().await;
    let product = "insert into products values (10, 'n', 's', 'd', 'c', 1)";
    overlap(&database, product, "insert into products values (11, 'n', 's', 'd', 'c', 1)").await.unwrap();
    assert_up_to_date(&mut sql).await;
}

#[tokio::test]
async fn changes_concurrent_with_a_truncate_are_in_the_documents() {
    let (database, mut sql) = catalogue().await;
    overlap(&database, "truncate features", "update products set name = 'Other'").await.unwrap();
    overlap(&database, "insert into features values (5, 30, 'a', 'b')", "truncate features").await.unwrap();
    assert_up_to_date(&mut sql).await;
}

#[tokio::test]
async fn the_documents_are_up_to_date_after_many_concurrent_writers() {
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
    assert_up_to_date(&mut sql).await;
}
