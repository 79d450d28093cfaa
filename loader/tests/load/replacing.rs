//! The replacement of the live tables.

use sqlx::postgres::PgListener;

use crate::support::{DataSet, Database, run};

/// All objects in `public` that a dump of the schema contains, one per row.
const SCHEMA: &str = "
    select format('%s.%s %s %s %s %s %s %s', attrelid::regclass, attname, atttypid::regtype, atttypmod, attnotnull,
        attidentity, attstorage, attcompression) || coalesce(col_description(attrelid, attnum), '') || coalesce(attacl::text, '')
    from pg_attribute join pg_class on pg_class.oid = attrelid
    where relnamespace = 'public'::regnamespace and attnum > 0 and relkind in ('r', 'i', 'S')
    union all
    select format('%s %s %s %s', relname, relkind, relowner, reloptions)
        || coalesce(obj_description(oid, 'pg_class'), '') || coalesce(relacl::text, '')
    from pg_class where relnamespace = 'public'::regnamespace
    union all
    select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) || convalidated::text
    from pg_constraint where connamespace = 'public'::regnamespace
    union all
    select pg_get_indexdef(indexrelid) || indisvalid::text
    from pg_index join pg_class on pg_class.oid = indexrelid where relnamespace = 'public'::regnamespace
    union all
    select pg_get_triggerdef(oid) || tgenabled::text from pg_trigger where not tgisinternal
    order by 1";

#[tokio::test]
async fn the_schema_is_the_same_after_a_load_as_before() {
    let database = Database::create().await;
    let set = DataSet::small();
    set.load(&database).await.unwrap();
    database
        .execute(
            "do 'begin create role load_test_reader; exception when duplicate_object then null; end';
             grant select on products to load_test_reader with grant option;
             grant update (quantity) on skus to load_test_reader;
             grant usage on sequence photos_id_seq to load_test_reader;
             grant select on styles to public;
             alter table skus set (fillfactor = 90);
             create index skus_by_size on skus (size) where quantity > 0;
             comment on index skus_by_size is 'A test''s';
             comment on constraint styles_product_fkey on styles is 'Another';
             create table baskets (id bigint primary key, product_id bigint references products on delete cascade);
             insert into baskets values (1, 2);",
        )
        .await;
    let before = database.texts(SCHEMA).await;
    set.replace(&database).await.unwrap();
    assert_eq!(database.texts(SCHEMA).await, before);
    assert_eq!(database.number("select product_id from baskets").await, 2);

    set.write("product.csv", b"id,name,slogan,description,category,default_price\n1,a,b,c,d,1");
    let message = set.replace_with_less(&database).await.unwrap_err().to_string();
    assert!(
        message.ends_with("\n  baskets: 1 row that references rows missing from the data set"),
        "{message}"
    );
    // Without `on delete cascade` no row is dropped.
    database
        .execute(
            "alter table baskets drop constraint baskets_product_id_fkey, add foreign key (product_id) references products",
        )
        .await;
    let message = set.drop_written(&database).await.unwrap_err().to_string();
    assert!(
        message.contains("\"baskets\" violates foreign key constraint \"baskets_product_id_fkey\""),
        "{message}"
    );
    assert_eq!(database.number("select count(*) from products").await, 2);
}

#[tokio::test]
async fn a_load_computes_the_same_documents_as_the_triggers() {
    let loaded = Database::create().await;
    let set = DataSet::small();
    set.load(&loaded).await.unwrap();
    let documents = "select concat_ws(' ', product_id, summary, features, styles, related) from product_documents order by product_id";
    let made_in_bulk = loaded.texts(documents).await;
    assert_eq!(made_in_bulk.len(), 2);
    assert!(made_in_bulk[0].ends_with("[2,1,2]"), "{}", made_in_bulk[0]);
    loaded
        .execute(
            "update products set name = name; update features set value = value;
             update product_documents set styles = ''; update styles set name = name; update skus set size = size;",
        )
        .await;
    // Product 2 has no style whose trigger would compute its documents again.
    loaded.execute("update products set name = name").await;
    assert_eq!(loaded.texts(documents).await, made_in_bulk);
}

#[tokio::test]
async fn new_rows_get_ids_above_the_largest() {
    let database = Database::create().await;
    let set = DataSet::whole();
    set.write("skus.csv", b"id,styleId,size,quantity\n900,1,\"S\",16\n17,1,\"XS\",8");
    set.load(&database).await.unwrap();
    database.execute("insert into skus (product_id, style_id, size, quantity) values (1, 1, 'M', 1)").await;
    database
        .execute("insert into legacy_carts (user_session, product_id, active) values ('a', 1, true)")
        .await;
    assert_eq!(database.number("select max(id) from skus").await, 901);
    assert_eq!(database.number("select max(id) from legacy_carts").await, 1);
    database
        .execute(
            "insert into questions (product_id, body, asker_name, asker_email) values (1, 'a', 'b', 'c')",
        )
        .await;
    assert_eq!(database.number("select max(id) from questions").await, 3);
    assert_eq!(run(&database, &["check"]).status.code(), Some(0));
}

#[tokio::test]
async fn servers_are_notified() {
    let database = Database::create().await;
    let set = DataSet::small();
    set.load(&database).await.unwrap();
    let pool = sqlx::PgPool::connect_with(database.options.clone()).await.unwrap();
    let mut listener = PgListener::connect_with(&pool).await.unwrap();
    listener.listen("atelier").await.unwrap();
    set.replace(&database).await.unwrap();
    assert_eq!(listener.recv().await.unwrap().payload(), "*");
}

#[tokio::test]
async fn check_lists_wrong_documents() {
    let database = Database::create().await;
    let set = DataSet::small();
    set.load(&database).await.unwrap();
    database
        .execute(
            "delete from product_documents where product_id = 1;
             update product_documents set related = '[3]' where product_id = 2;
             update product_counts set products = 3",
        )
        .await;
    let checked = run(&database, &["check"]);
    assert_eq!(checked.status.code(), Some(1));
    let output = String::from_utf8(checked.stdout).unwrap();
    assert!(
        output.ends_with(
            "product 1: its documents are missing\n\
             product 2: its documents are wrong
\
             products 0000 to 0999: product_counts has 3, and there are 2\n\
             The read model differs from the base tables in 3 places.\n"
        ),
        "{output}"
    );
}

#[tokio::test]
async fn the_summary_has_the_figures_of_the_table() {
    let database = Database::create().await;
    let set = DataSet::small();
    set.write("cart.csv", b"id,user_session,product_id,active\n1,abc,2,1\n2,abc,9,0");
    let path = set.dir().join("../summary.json");
    let dir = set.dir();
    let loaded = run(&database, &["load", dir.to_str().unwrap(), "--summary", path.to_str().unwrap()]);
    assert_eq!(loaded.status.code(), Some(0));
    let table = String::from_utf8(loaded.stdout).unwrap();
    let line = table.lines().find(|line| line.starts_with("cart.csv")).unwrap();
    assert_eq!(line.split_whitespace().collect::<Vec<_>>()[1..5], ["2", "1", "0", "1"]);
    let summary: serde_json::Value = serde_json::from_str(&set.beside("summary.json").unwrap()).unwrap();
    let cart = &summary["files"][6];
    assert_eq!(
        (&cart["file"], &cart["lines"], &cart["rejected"]),
        (&"cart.csv".into(), &2.into(), &1.into())
    );
}
