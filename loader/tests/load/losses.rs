//! Rows that a load would drop because the data set does not contain them.

use std::fs::OpenOptions;
use std::io::Write;

use crate::support::{DataSet, Database, program, run, start};

const WRITE: &str = "
    insert into questions (product_id, body, asker_name, asker_email) values (1, 'a', 'b', 'c');
    insert into answers (product_id, question_id, body, answerer_name, answerer_email)
    values (1, 1, 'a', 'b', 'c'), (1, 3, 'a', 'b', 'c');
    insert into answer_photos (product_id, question_id, answer_id, url) values (1, 1, 8, 'a');
    insert into characteristic_ratings (product_id, review_id, id, characteristic_id, value) values (1, 2, 1000, 2, 5);
    insert into cart_items values ('a', 1, 2), ('b', 1, 1), ('a', 2, 1);
    insert into interactions (element, widget, time) values ('a', 'b', 'c');
    insert into idempotency_keys values ('a', now(), 'b', 'c', 'd', 1)";

const MARKS: &str = "select table_name || ' ' || last_id from load_marks order by table_name";

/// A set without sku 1.
fn without_a_sku() -> DataSet {
    let set = DataSet::whole();
    set.write("skus.csv", b"id,styleId,size,quantity\n2,1,\"S\",16\n3,2,\"S\",4");
    set
}

#[tokio::test]
async fn a_load_stores_the_largest_ids() {
    let database = Database::create().await;
    let set = DataSet::whole();
    set.write("cart.csv", b"id,user_session,product_id,active\n");
    set.load(&database).await.unwrap();
    let expected = [
        "answer_photos 2",
        "answers 8",
        "characteristic_ratings 4",
        "characteristics 3",
        "features 2",
        "legacy_carts 0",
        "photos 1",
        "products 2",
        "questions 2",
        "related_products 3",
        "review_photos 1",
        "reviews 3",
        "skus 3",
        "styles 2",
    ];
    assert_eq!(database.texts(MARKS).await, expected);
    set.replace(&database).await.unwrap();
    assert_eq!(database.texts(MARKS).await, expected);
}

#[tokio::test]
async fn rows_written_since_the_last_load_are_reported_before_a_file_is_read_and_kept() {
    let database = Database::create().await;
    let set = DataSet::whole();
    set.load(&database).await.unwrap();
    database.execute(WRITE).await;
    set.write("product.csv", b"damaged");
    let refused = set.replace(&database).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "rows would be lost; --drop-written drops them\n  \
         questions: 1 row written since the last load\n  \
         answers: 2 rows written since the last load\n  \
         answer_photos: 1 row written since the last load\n  \
         characteristic_ratings: 1 row written since the last load"
    );
    assert_eq!(database.number("select count(*) from answers").await, 4);
}

#[tokio::test]
async fn written_rows_are_dropped_and_reported_if_allowed() {
    let database = Database::create().await;
    DataSet::whole().load(&database).await.unwrap();
    database.execute(WRITE).await;

    let loaded = without_a_sku().drop_written(&database).await.unwrap();

    let output: Vec<_> = loaded.dropped.iter().map(ToString::to_string).collect();
    assert_eq!(
        output,
        [
            "questions: 1 row written since the last load",
            "answers: 2 rows written since the last load",
            "answer_photos: 1 row written since the last load",
            "characteristic_ratings: 1 row written since the last load",
            "cart_items: 2 rows that reference rows missing from the data set",
        ]
    );
    assert!(loaded.to_string().contains("\ndropped: questions: 1 row written since the last load\n"));
    assert_eq!(database.texts("select encode(shopper, 'escape') || sku_id from cart_items").await, ["a2"]);
    for (table, rows) in [("questions", 2), ("answers", 2), ("interactions", 1), ("idempotency_keys", 1)] {
        assert_eq!(database.number(&format!("select count(*) from {table}")).await, rows, "{table}");
    }
    assert_eq!(run(&database, &["check"]).status.code(), Some(0));
    // No row is left that a load would drop, and cart items reference skus as before.
    database.execute("delete from skus where id = 2").await;
    assert_eq!(database.number("select count(*) from cart_items").await, 0);
    DataSet::whole().replace(&database).await.unwrap();
}

#[tokio::test]
async fn cart_items_of_missing_skus_are_kept_unless_dropping_is_allowed() {
    let database = Database::create().await;
    DataSet::whole().load(&database).await.unwrap();
    database.execute("insert into cart_items values ('a', 1, 2), ('a', 2, 1)").await;
    DataSet::whole().replace(&database).await.unwrap();
    let refused = without_a_sku().replace_with_less(&database).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "rows would be lost; --drop-written drops them\n  \
         cart_items: 1 row that references rows missing from the data set"
    );
    assert_eq!(database.number("select count(*) from cart_items").await, 2);
    assert_eq!(database.number("select count(*) from skus").await, 3);
}

#[tokio::test]
async fn rows_written_while_a_load_runs_are_not_lost() {
    let database = Database::create().await;
    let set = DataSet::whole();
    set.load(&database).await.unwrap();
    let pipe = set.stall("related.csv");
    let load = start(&set, &database);
    // Blocks until the load has checked the database and opens the pipe.
    let mut lines = OpenOptions::new().write(true).open(pipe).unwrap();
    database.until("select exists (select from pg_namespace where nspname = 'loading')").await;
    database
        .execute(
            "insert into questions (product_id, body, asker_name, asker_email) values (1, 'a', 'b', 'c')",
        )
        .await;
    writeln!(lines, "id,current_product_id,related_product_id").unwrap();
    drop(lines);

    let ended = load.wait_with_output().unwrap();

    assert_eq!(ended.status.code(), Some(1));
    let output = String::from_utf8(ended.stderr).unwrap();
    assert!(output.ends_with("drops them\n  questions: 1 row written since the last load\n"), "{output}");
    assert_eq!(database.number("select count(*) from questions").await, 3);
    assert_eq!(database.number("select count(*) from related_products").await, 3);
}

#[tokio::test]
async fn rows_of_an_absent_file_are_kept_unless_dropping_is_allowed() {
    let database = Database::create().await;
    let whole = DataSet::whole();
    whole.write("cart.csv", b"id,user_session,product_id,active\n1,abc,2,1");
    whole.load(&database).await.unwrap();
    let refused = DataSet::small().replace(&database).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "rows would be lost; --drop-written drops them\n  \
         legacy_carts: 1 row whose file is not in the data set\n  \
         questions: 2 rows whose file is not in the data set\n  \
         answers: 2 rows whose file is not in the data set\n  \
         answer_photos: 2 rows whose file is not in the data set\n  \
         reviews: 3 rows whose file is not in the data set\n  \
         review_photos: 1 row whose file is not in the data set\n  \
         characteristics: 3 rows whose file is not in the data set\n  \
         characteristic_ratings: 4 rows whose file is not in the data set"
    );
    let loaded = DataSet::small().drop_written(&database).await.unwrap();
    assert_eq!(loaded.dropped.len(), 8);
    assert_eq!(loaded.absent.len(), 8);
    let left = "select (select count(*) from questions) + (select count(*) from review_totals)
        + (select count(*) from characteristic_totals)";
    assert_eq!(database.number(left).await, 0);
    assert_eq!(run(&database, &["check"]).status.code(), Some(0));
    DataSet::small().replace(&database).await.unwrap();
}

#[tokio::test]
async fn a_catalogue_without_a_high_water_mark_counts_as_loaded() {
    let database = Database::create().await;
    database.execute(include_str!("../../../migrations/0001_products.sql")).await;
    database.execute(include_str!("../../../migrations/0002_product_documents.sql")).await;
    database.execute("insert into products values (7, 'a', 'b', 'c', 'd', 1)").await;
    database.execute(include_str!("../../../migrations/0003_questions.sql")).await;
    database.execute(include_str!("../../../migrations/0004_reviews.sql")).await;
    database.execute(include_str!("../../../migrations/0005_shoppers.sql")).await;
    assert_eq!(database.texts(MARKS).await, ["products 7"]);
}

#[tokio::test]
async fn rows_of_shoppers_without_a_high_water_mark_count_as_written() {
    let database = Database::create().await;
    let whole = DataSet::whole();
    whole.load(&database).await.unwrap();
    database.execute("truncate load_marks").await;
    let refused = whole.replace(&database).await.unwrap_err().to_string();
    assert!(refused.contains("\n  reviews: 3 rows written since the last load"), "{refused}");
    assert!(!refused.contains("products"), "{refused}");
}

#[tokio::test]
async fn products_that_appear_while_a_first_load_runs_are_not_replaced() {
    let database = Database::create().await;
    DataSet::small().load(&database).await.unwrap();
    database.execute("truncate products cascade").await;
    let set = DataSet::small();
    let pipe = set.stall("related.csv");
    let load = program(&database, &["load", set.dir().to_str().unwrap()]).spawn().unwrap();
    let mut lines = OpenOptions::new().write(true).open(pipe).unwrap();
    database.until("select exists (select from pg_namespace where nspname = 'loading')").await;
    database.execute("insert into products values (7, 'a', 'b', 'c', 'd', 1)").await;
    writeln!(lines, "id,current_product_id,related_product_id").unwrap();
    drop(lines);
    let ended = load.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    assert!(String::from_utf8(ended.stderr).unwrap().contains("the database already holds products"));
    assert_eq!(database.number("select id from products").await, 7);
}
