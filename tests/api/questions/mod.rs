//! `/qa/…`: questions and answers.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::support::{Response, Site, TestDatabase};

mod answers;
mod changes;
mod creation;
mod idempotency;
mod invalid;
mod list;
mod votes;

/// The catalogue, with questions and answers.
const SHOP: &str =
    concat!(include_str!("../fixtures/catalogue.sql"), include_str!("../fixtures/questions.sql"));

const QUESTIONS: &str = "/qa/questions";
const ANSWERS: &str = "/qa/questions/9/answers";

/// Starts a replica over [`SHOP`], and waits until it is ready.
async fn start() -> Site {
    Site::over(Arc::new(TestDatabase::filled(SHOP).await), |_| {}).await
}

/// Sends a POST request with this JSON.
async fn post(site: &Site, path: &str, body: impl ToString) -> Response {
    site.post(path, &body.to_string(), &[]).await
}

/// The values of the field `name` in the results of a page.
fn ids(page: &Response, name: &str) -> Vec<i64> {
    let page = page.json();
    page["results"].as_array().unwrap().iter().map(|result| result[name].as_i64().unwrap()).collect()
}

/// The question with this id on the page of its product; null if it is not shown.
async fn question(site: &Site, product_id: i64, id: i64) -> Value {
    let page = site.get(&format!("/qa/questions?product_id={product_id}&count=1000")).await.json();
    page["results"].as_array().unwrap().iter().find(|it| it["question_id"] == id).cloned().unwrap_or_default()
}

/// The answer with this id on the page of its question; null if it is not shown.
async fn answer(site: &Site, question_id: i64, id: i64) -> Value {
    let page = site.get(&format!("/qa/questions/{question_id}/answers?count=1000")).await.json();
    page["results"].as_array().unwrap().iter().find(|it| it["answer_id"] == id).cloned().unwrap_or_default()
}

/// A valid question about product 1.
fn new_question() -> Value {
    json!({ "body": "Is it?", "name": "me", "email": "me@secret.example", "product_id": 1 })
}

/// A valid answer.
fn new_answer() -> Value {
    let photos = ["https://images.example/b.jpg", "http://images.example/a.jpg"];
    json!({ "body": "It is.", "name": "me", "email": "me@secret.example", "photos": photos })
}

/// The body with this value in one field.
fn with_field(mut body: Value, field: &str, value: impl Into<Value>) -> Value {
    body[field] = value.into();
    body
}
