//! `/qa/…`: questions and answers.

use std::sync::Arc;

use serde_json::Value;

use crate::support::{Response, Site, TestDatabase};

mod answers;
mod changes;
mod create;
mod idempotency;
mod list;
mod votes;

/// The catalogue, with what was asked about it.
const SHOP: &str =
    concat!(include_str!("../fixtures/catalogue.sql"), include_str!("../fixtures/questions.sql"));

/// A site over [`SHOP`], once it is ready.
async fn start() -> Site {
    Site::over(Arc::new(TestDatabase::filled(SHOP).await), |_| {}).await
}

/// Sends a POST request with this JSON.
async fn post(site: &Site, path: &str, body: impl ToString) -> Response {
    site.post(path, &body.to_string(), &[]).await
}

/// The ids of the results of a page, which are called so.
fn ids(page: &Response, name: &str) -> Vec<i64> {
    let page = page.json();
    page["results"].as_array().unwrap().iter().map(|result| result[name].as_i64().unwrap()).collect()
}

/// The question with this id as it shows on the page of its product; null where it doesn't.
async fn question(site: &Site, product_id: i64, id: i64) -> Value {
    let page = site.get(&format!("/qa/questions?product_id={product_id}&count=1000")).await.json();
    page["results"].as_array().unwrap().iter().find(|it| it["question_id"] == id).cloned().unwrap_or_default()
}

/// The answer with this id as it shows among those to its question; null where it doesn't.
async fn answer(site: &Site, question_id: i64, id: i64) -> Value {
    let page = site.get(&format!("/qa/questions/{question_id}/answers?count=1000")).await.json();
    page["results"].as_array().unwrap().iter().find(|it| it["answer_id"] == id).cloned().unwrap_or_default()
}
