//! Changes without notifications: they do not invalidate cached responses.

use sqlx::PgConnection;

use super::server::run;

/// Changes the name of a product.
pub(crate) async fn rename_without_notification(sql: &mut PgConnection, id: i64, name: &str) {
    let change = format!(
        "begin;
         set local session_replication_role = replica;
         update product_documents set summary = jsonb_set(summary::jsonb, '{{name}}', '\"{name}\"')::text
         where product_id = {id};
         commit"
    );
    run(sql, change).await;
}
