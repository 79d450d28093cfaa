//! Privileges: writers need them on base tables only, the service needs select only.

use atelier::config::Settings;
use insta::assert_snapshot;

use super::{catalogue, changed};
use crate::support::{PATHS, Site, eventually, run};

/// A role that every PostgreSQL has, without privileges on tables. What is granted to it is dropped with the database.
const ROLE: &str = "pg_signal_backend";
const BASE_TABLES: &str = "products, features, styles, photos, skus, related_products";

#[tokio::test]
async fn a_writer_of_base_tables_needs_no_privileges_on_the_read_model() {
    let (_database, mut sql) = catalogue().await;
    let privileges = "select, insert, update, delete, truncate, references";
    run(&mut sql, format!("grant {privileges} on {BASE_TABLES}, legacy_carts to {ROLE}")).await;
    for (change, updated) in [
        ("insert into products (name, slogan, description, category, default_price) overriding system value
          select 'n', 's', 'd', 'c', 1 where false", &[][..]),
        ("insert into products values (4, 'n', 's', 'd', 'c', 1)", &[4]),
        ("update products set name = 'Other' where id = 4", &[4]),
        ("insert into features values (4, 20, 'Fabric', 'Wool')", &[4]),
        ("delete from products where id = 4", &[4]),
        ("update skus set quantity = 1 where product_id = 1", &[1]),
        ("truncate related_products", &[1, 2, 1000]),
    ] {
        let change = format!("set role {ROLE}; {change}; reset role");
        assert_eq!(changed(&mut sql, &change).await, updated, "{change}");
    }
}

#[tokio::test]
async fn a_writer_of_base_tables_can_not_change_the_read_model() {
    let (_database, mut sql) = catalogue().await;
    run(
        &mut sql,
        format!("grant select, insert, update, delete on {BASE_TABLES} to {ROLE}; set role {ROLE}"),
    )
    .await;
    for statement in [
        "update product_documents set summary = '{}'",
        "delete from product_documents",
        "update product_counts set products = 0",
        "select refresh_product_documents(array[1])",
    ] {
        let err = sqlx::raw_sql(statement).execute(&mut sql).await.unwrap_err();
        assert_eq!(err.as_database_error().unwrap().code().as_deref(), Some("42501"), "{statement}");
    }
}

#[tokio::test]
async fn reads_need_only_the_select_privilege() {
    let (database, mut sql) = catalogue().await;
    let tables = "_sqlx_migrations, products, product_documents, product_counts";
    run(&mut sql, format!("grant select on {tables} to {ROLE}")).await;
    let site = Site::unready(&database.options().options([("role", ROLE)]), |_: &mut Settings| {});
    eventually("the replica is ready", async || site.app.readiness().is_ready()).await;
    for path in PATHS {
        assert_eq!(site.get(path).await.status, 200, "{path}");
    }
    assert_snapshot!(site.get("/products/1/related").await.text(), @"[2,3,8,1000,2]");
}
