//! `/reviews…`: lists, totals, new reviews, votes.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::support::{CATALOGUE, Response, Site, TestDatabase};

mod caching;
mod creation;
mod invalid;
mod lists;
mod meta;
mod totals;
mod votes;

/// The reviews of most tests; the comments there explain them.
const REVIEWS: &str = include_str!("fixture.sql");

/// A database with the catalogue and its reviews.
async fn database() -> Arc<TestDatabase> {
    Arc::new(TestDatabase::filled(&format!("{CATALOGUE}{REVIEWS}")).await)
}

/// Starts a replica over the catalogue and its reviews, and waits until it is ready.
async fn start() -> Site {
    Site::over(database().await, |_| {}).await
}

/// A valid review of product 2.
fn review() -> Value {
    json!({
        "product_id": 2,
        "rating": 4,
        "summary": "Bright",
        "body": "They are as bright as my future is, if not brighter.",
        "recommend": true,
        "name": "jackson11",
        "email": "jackson@mail.example",
        "photos": ["https://images.example/b.jpg", "http://images.example/a.jpg"],
        "characteristics": { "14": 5, "15": 2 },
    })
}

/// The same with this value in one field.
fn review_with(field: &str, value: Value) -> Value {
    let mut review = review();
    review[field] = value;
    review
}

async fn post(site: &Site, body: &Value) -> Response {
    site.post("/reviews", &body.to_string(), &[]).await
}

/// The ids of the reviews on a page.
async fn ids(site: &Site, path: &str) -> Vec<i64> {
    let response = site.get(path).await;
    assert_eq!(response.status, 200, "{path}: {response}");
    let results = response.json()["results"].as_array().unwrap().clone();
    results.iter().map(|review| review["review_id"].as_i64().unwrap()).collect()
}
