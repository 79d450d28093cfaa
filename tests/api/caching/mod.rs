//! Responses are cached, and never stale. To see which responses are cached, tests hide the documents: then every miss
//! fails.

use sqlx::PgConnection;

use crate::support::{Site, run};

mod bounds;
mod changes;
mod hits;

/// Renames the table of the documents, so that every miss is a 500.
async fn hide_documents(sql: &mut PgConnection) {
    run(sql, "alter table product_documents rename to hidden_documents").await;
}

/// Undoes [`hide_documents`].
async fn restore_documents(sql: &mut PgConnection) {
    run(sql, "alter table hidden_documents rename to product_documents").await;
}

/// The name of a product in the response, or the status of a response without one.
async fn product_name(site: &Site, id: i64) -> String {
    let response = site.get(&format!("/products/{id}")).await;
    response.json()["name"].as_str().map_or(response.status.to_string(), str::to_owned)
}
