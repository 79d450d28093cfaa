//! Operations as HTTP requests.

use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use serde_json::{Value, json};

use crate::connection::HttpRequest;
use crate::history::{Counter, Page, Write};

/// The request for a page.
pub(super) fn read(page: Page) -> HttpRequest {
    let mut request = Request::get(page.path()).header("host", "localhost");
    if let Page::Cart(shopper) = page {
        request = request.header("authorization", token(shopper));
    }
    request.body(Full::default()).expect("a valid request")
}

/// The request for a write. `run` makes its `Idempotency-Key` unique among runs.
pub(super) fn write(write: Write, run: u64) -> HttpRequest {
    let Write { id, counter, is_keyed } = write;
    let name = json!({"name": "shopper", "email": "a@example.com"});
    // The id is the second word. Reviews have 50 characters at least.
    let text = format!("Chaos {id} is the write that has made this row of the shop");
    match counter {
        Counter::ReviewVotes(review) => put(format!("/reviews/{review}/helpful")),
        Counter::QuestionVotes(question) => put(format!("/qa/questions/{question}/helpful")),
        Counter::AnswerVotes(answer) => put(format!("/qa/answers/{answer}/helpful")),
        Counter::Reviews(product) => {
            let review = json!({"product_id": product, "rating": 3, "recommend": true, "summary": "",
                "body": text, "photos": [], "characteristics": {}});
            post("/reviews".to_owned(), &merged(name, review), is_keyed.then_some((run, id)), None)
        }
        Counter::Questions(product) => {
            let question = merged(name, json!({"product_id": product, "body": text}));
            post("/qa/questions".to_owned(), &question, is_keyed.then_some((run, id)), None)
        }
        Counter::Answers(question) => {
            let answer = merged(name, json!({"body": text, "photos": []}));
            post(format!("/qa/questions/{question}/answers"), &answer, is_keyed.then_some((run, id)), None)
        }
        Counter::CartUnits(shopper) => {
            let unit = json!({"sku_id": shopper});
            post("/cart".to_owned(), &unit, is_keyed.then_some((run, id)), Some(shopper))
        }
        Counter::Interactions | Counter::Revisions(_) => {
            let interaction = json!({"element": text, "widget": "chaos", "time": "now"});
            post("/interactions".to_owned(), &interaction, is_keyed.then_some((run, id)), None)
        }
    }
}

fn put(path: String) -> HttpRequest {
    Request::put(path).header("host", "localhost").body(Full::default()).expect("a valid request")
}

fn post(path: String, body: &Value, key: Option<(u64, u64)>, shopper: Option<u32>) -> HttpRequest {
    let mut request =
        Request::post(path).header("host", "localhost").header("content-type", "application/json");
    if let Some((run, id)) = key {
        request = request.header("idempotency-key", format!("chaos-{run}-{id}"));
    }
    if let Some(shopper) = shopper {
        request = request.header("authorization", token(shopper));
    }
    request.body(Full::new(Bytes::from(body.to_string()))).expect("a valid request")
}

/// The token of a shopper.
fn token(shopper: u32) -> String {
    format!("Bearer shopper-{shopper}")
}

/// The fields of both objects.
fn merged(mut one: Value, other: Value) -> Value {
    if let (Value::Object(fields), Value::Object(more)) = (&mut one, other) {
        fields.extend(more);
    }
    one
}
