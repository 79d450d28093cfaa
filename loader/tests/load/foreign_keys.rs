//! Carts, which reference skus, while a load replaces the skus.

use sqlx::Connection as _;

use crate::server::run as run_sql;
use crate::support::{DataSet, Database, start};

const VALIDATED: &str = "select convalidated::text from pg_constraint where conname = 'cart_items_sku_fkey'";
/// A load waits for a row of a table, which is not locked.
const WAITS_FOR_A_ROW: &str = "
    select exists (
        select from pg_stat_activity
        where datname = current_database() and application_name = 'atelier loader worker'
            and wait_event_type = 'Lock' and wait_event <> 'relation'
    ) and not exists (
        select from pg_locks
        where locktype = 'relation'
            and relation in ('cart_items'::regclass, 'skus'::regclass)
            and mode in ('ExclusiveLock', 'AccessExclusiveLock')
    )";

/// The data set without sku 1.
fn without_a_sku() -> DataSet {
    let set = DataSet::small();
    set.write("skus.csv", b"id,styleId,size,quantity\n2,1,\"S\",16\n3,2,\"S\",4");
    set
}

#[tokio::test]
async fn others_use_carts_while_a_load_looks_for_items_of_missing_skus() {
    let database = Database::create().await;
    DataSet::small().load(&database).await.unwrap();
    database.execute("insert into cart_items values ('a', 1, 1), ('a', 2, 1)").await;
    let mut shopper = database.connect().await;
    let mut transaction = shopper.begin().await.unwrap();
    run_sql(&mut transaction, "update cart_items set units = 2 where sku_id = 1").await;
    let set = without_a_sku();
    let load = start(&set, &database);
    database.until(WAITS_FOR_A_ROW).await;
    database.execute("insert into cart_items values ('b', 2, 1); select from skus").await;
    transaction.commit().await.unwrap();
    let output = String::from_utf8(load.wait_with_output().unwrap().stderr).unwrap();
    assert!(
        output.contains("\n  cart_items: 1 row that references rows missing from the data set"),
        "{output}"
    );
    assert_eq!(database.number("select count(*) from cart_items").await, 3);
}

#[tokio::test]
async fn an_item_of_a_missing_sku_that_is_being_added_is_not_lost() {
    let database = Database::create().await;
    DataSet::small().load(&database).await.unwrap();
    let mut shopper = database.connect().await;
    let mut transaction = shopper.begin().await.unwrap();
    run_sql(&mut transaction, "insert into cart_items values ('a', 1, 1)").await;
    let set = without_a_sku();
    let load = start(&set, &database);
    database.until(WAITS_FOR_A_ROW).await;
    transaction.commit().await.unwrap();
    let output = String::from_utf8(load.wait_with_output().unwrap().stderr).unwrap();
    assert!(
        output.contains("\n  cart_items: 1 row that references rows missing from the data set"),
        "{output}"
    );
    assert_eq!(database.number("select count(*) from skus").await, 3);
}

#[tokio::test]
async fn a_foreign_key_that_a_killed_load_has_not_validated_is_validated_by_the_next() {
    let database = Database::create().await;
    DataSet::small().load(&database).await.unwrap();
    database
        .execute(
            "alter table cart_items drop constraint cart_items_sku_fkey;
             insert into cart_items values ('a', 1, 1), ('a', 99, 1);
             alter table cart_items add constraint cart_items_sku_fkey foreign key (sku_id) references skus (id)
                 on delete cascade not valid",
        )
        .await;
    let refused = DataSet::small().replace(&database).await.unwrap_err().to_string();
    assert!(
        refused.ends_with("cart_items: 1 row that references rows missing from the data set"),
        "{refused}"
    );
    assert_eq!(database.texts(VALIDATED).await, ["false"]);
    DataSet::small().drop_written(&database).await.unwrap();
    assert_eq!(database.texts(VALIDATED).await, ["true"]);
    assert_eq!(database.number("select count(*) from cart_items").await, 1);
}
