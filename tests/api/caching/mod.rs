//! Answers are kept, and true. Whether one came from memory is told by taking the documents away: what is answered
//! all the same was kept.

use sqlx::PgConnection;

use crate::support::{Site, run};

mod bounds;
mod changes;
mod hits;

/// From now on nothing can be read any more: only what is kept is answered, all else is a 500.
async fn take_away(sql: &mut PgConnection) {
    run(sql, "alter table product_documents rename to taken_away").await;
}

async fn give_back(sql: &mut PgConnection) {
    run(sql, "alter table taken_away rename to product_documents").await;
}

/// The name of a product, or what went wrong.
async fn name(site: &Site, id: i64) -> String {
    let response = site.get(&format!("/products/{id}")).await;
    response.json()["name"].as_str().map_or(response.status.to_string(), str::to_owned)
}
