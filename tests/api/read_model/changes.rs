//! Each kind of change of each base table: one row, many rows, rows that move to another product.

use super::{catalogue, changed};
use crate::support::Site;

const ALL: [i64; 8] = [1, 2, 3, 5, 8, 999, 1000, 2500];
const NONE: [i64; 0] = [];

#[tokio::test]
async fn changes_of_products() {
    let (_database, mut sql) = catalogue().await;
    for (change, updated) in [
        ("insert into products values (4, 'n', 's', 'd', 'c', 1)", &[4][..]),
        (
            "insert into products select id, 'n', 's', 'd', 'c', 1 from unnest(array[998, 4000, 4001]) id",
            &[998, 4000, 4001],
        ),
        ("update products set name = 'Other' where id = 4", &[4]),
        ("update products set default_price = default_price + 1 where id < 4", &[1, 2, 3]),
        ("update products set name = name", &NONE),
        ("update products set name = 'x' where id = 777", &NONE),
        (
            "insert into products values (4, 'up', 's', 'd', 'c', 1), (6, 'in', 's', 'd', 'c', 1)
          on conflict (id) do update set name = excluded.name",
            &[4, 6],
        ),
        ("delete from products where id = 4", &[4]),
        // Deleting product 8 deletes its relation from product 1. Deleting product 1 deletes its rows in all tables.
        ("delete from products where id = 8", &[1, 8]),
        ("delete from products where id in (1, 999)", &[1, 2, 999, 1000]),
        ("delete from products", &[2, 3, 5, 6, 998, 1000, 2500, 4000, 4001]),
        ("delete from products", &NONE),
    ] {
        assert_eq!(changed(&mut sql, change).await, updated, "{change}");
    }
}

#[tokio::test]
async fn changes_of_features() {
    let (_database, mut sql) = catalogue().await;
    for (change, updated) in [
        ("insert into features values (5, 20, 'Fabric', 'Wool')", &[5][..]),
        ("insert into features select id, 21, 'Fit', null from products where id < 5", &[1, 2, 3]),
        ("update features set value = 'Linen' where (product_id, id) = (1, 1)", &[1]),
        ("update features set value = 'Linen'", &[1, 2, 3, 5]),
        ("update features set product_id = 999 where id = 20", &[5, 999]),
        ("update features set id = id + 100 where id = 21", &NONE),
        ("delete from features where id = 20", &[999]),
        ("delete from features where product_id in (1, 2)", &[1, 2]),
        ("truncate features", &[3]),
    ] {
        assert_eq!(changed(&mut sql, change).await, updated, "{change}");
    }
}

#[tokio::test]
async fn changes_of_styles() {
    let (_database, mut sql) = catalogue().await;
    for (change, updated) in [
        ("insert into styles values (5, 30, 'Red', 10, 5, true)", &[5][..]),
        (
            "insert into styles select id, 31, 'Blue', 10, null, false from products where id > 8",
            &[999, 1000, 2500],
        ),
        ("update styles set sale_price = null where product_id = 5", &[5]),
        ("update styles set is_default = not is_default where id > 8", &[5, 8, 999, 1000, 2500]),
        ("update styles set product_id = 999 where id = 30", &[5, 999]),
        ("delete from styles where (product_id, id) = (1, 1)", &[1]),
        ("delete from styles where id = 31", &[999, 1000, 2500]),
        ("truncate styles cascade", &[1, 2, 8, 999]),
    ] {
        assert_eq!(changed(&mut sql, change).await, updated, "{change}");
    }
}

#[tokio::test]
async fn a_style_with_photos_and_skus_moves_to_another_product() {
    let (_database, mut sql) = catalogue().await;
    let change = "begin;
        insert into styles select 5, id, name, original_price, sale_price, is_default from styles where id = 2;
        update photos set product_id = 5 where style_id = 2;
        update skus set product_id = 5 where style_id = 2;
        delete from styles where (product_id, id) = (1, 2);
        commit";
    assert_eq!(changed(&mut sql, change).await, [1, 5]);
}

#[tokio::test]
async fn changes_of_photos() {
    let (_database, mut sql) = catalogue().await;
    for (change, updated) in [
        ("insert into photos values (8, 20, 50, 'u', 't')", &[8][..]),
        ("insert into photos select product_id, id, 60, 'u', 't' from styles", &[1, 2, 8]),
        ("update photos set url = 'other' where id = 50", &[8]),
        ("update photos set thumbnail_url = 'other' where id = 60", &[1, 2, 8]),
        ("update photos set (product_id, style_id) = (2, 7) where id = 50", &[2, 8]),
        ("delete from photos where id = 50", &[2]),
        ("delete from photos where id = 60", &[1, 2, 8]),
        ("truncate photos", &[1, 2]),
    ] {
        assert_eq!(changed(&mut sql, change).await, updated, "{change}");
    }
}

#[tokio::test]
async fn changes_of_skus() {
    let (_database, mut sql) = catalogue().await;
    for (change, updated) in [
        ("insert into skus values (8, 20, 50, 3, 'S')", &[8][..]),
        ("insert into skus select product_id, id, 60 + row_number() over (), 3, 'S' from styles", &[1, 2, 8]),
        ("update skus set quantity = quantity - 1 where id = 50", &[8]),
        ("update skus set quantity = 0", &[1, 2, 8]),
        ("update skus set (product_id, style_id) = (2, 7) where id = 50", &[2, 8]),
        ("delete from skus where id = 50", &[2]),
        ("delete from skus where id > 60", &[1, 2, 8]),
        ("truncate skus cascade", &[1, 2]),
    ] {
        assert_eq!(changed(&mut sql, change).await, updated, "{change}");
    }
}

#[tokio::test]
async fn changes_of_related_products() {
    let (_database, mut sql) = catalogue().await;
    for (change, updated) in [
        ("insert into related_products values (5, 20, 5)", &[5][..]),
        ("insert into related_products select id, 21, 1 from products where id > 8", &[999, 1000, 2500]),
        ("update related_products set related_product_id = 1 where id = 20", &[5]),
        ("update related_products set related_product_id = 3", &[1, 2, 5, 999, 1000, 2500]),
        ("update related_products set product_id = 8 where id = 20", &[5, 8]),
        ("delete from related_products where id = 20", &[8]),
        ("delete from related_products where id = 21", &[999, 1000, 2500]),
        ("truncate related_products", &[1, 2, 1000]),
    ] {
        assert_eq!(changed(&mut sql, change).await, updated, "{change}");
    }
}

#[tokio::test]
async fn truncating_all_tables() {
    let (_database, mut sql) = catalogue().await;
    assert_eq!(changed(&mut sql, "truncate products cascade").await, ALL);
    assert_eq!(changed(&mut sql, "insert into products values (1, 'n', 's', 'd', 'c', 1)").await, [1]);
}

#[tokio::test]
async fn a_change_that_is_rolled_back_updates_no_document() {
    let (_database, mut sql) = catalogue().await;
    let change = "begin; truncate features; update products set name = 'x'; delete from styles; rollback";
    assert_eq!(changed(&mut sql, change).await, NONE);
}

#[tokio::test]
async fn a_change_of_more_products_than_fit_into_a_notification() {
    let site = Site::start().await;
    let mut sql = site.sql().await;
    let many =
        "insert into products select id, 'n', 's', 'd', 'c', 1 from generate_series(100001, 103000) id";
    assert_eq!(changed(&mut sql, many).await.len(), 3000);
    assert_eq!(changed(&mut sql, "update products set name = 'm' where id > 100000").await.len(), 3000);
    assert_eq!(changed(&mut sql, "delete from products where id > 100000").await.len(), 3000);
}

#[tokio::test]
async fn the_id_of_a_product_can_not_be_changed() {
    let (_database, mut sql) = catalogue().await;
    // Responses are cached by the id.
    let err = sqlx::raw_sql("update products set id = 6 where id = 5").execute(&mut sql).await.unwrap_err();
    assert_eq!(err.as_database_error().unwrap().constraint(), Some("product_documents_product_fkey"));
    assert_eq!(changed(&mut sql, "select").await, NONE);
}
