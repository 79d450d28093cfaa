//! What responses show, and whether they have the format of the contract.

use bytes::Bytes;
use hyper::Response;
use hyper::header::{CONTENT_TYPE, RETRY_AFTER};
use serde_json::Value;

use crate::history::{Counter, Page};

/// How a response differs from the contract's format.
pub(super) fn flaw(response: &Response<Bytes>) -> Option<&'static str> {
    let status = response.status();
    let is_problem = status.is_client_error() || status.is_server_error();
    let headers = response.headers();
    if !headers.contains_key("x-request-id") {
        return Some("no X-Request-Id");
    }
    if matches!(status.as_u16(), 429 | 503) && !headers.contains_key(RETRY_AFTER) {
        return Some("no Retry-After");
    }
    if status == 204 {
        return (!response.body().is_empty()).then_some("a body with status 204");
    }
    let expected = if is_problem { "application/problem+json" } else { "application/json" };
    if headers.get(CONTENT_TYPE).is_none_or(|value| value != expected) {
        return Some("another Content-Type");
    }
    let Ok(body) = serde_json::from_slice::<Value>(response.body()) else { return Some("no JSON") };
    if is_problem && body["status"] != status.as_u16() {
        return Some("another status in the body");
    }
    None
}

/// The values that a page shows; None if it does not have its form.
pub(super) fn values(page: Page, body: &[u8]) -> Option<Vec<(Counter, i64)>> {
    let body: Value = serde_json::from_slice(body).ok()?;
    match page {
        Page::Reviews(_) => items(&body, "review_id", "helpfulness", Counter::ReviewVotes),
        Page::Questions(_) => items(&body, "question_id", "question_helpfulness", Counter::QuestionVotes),
        Page::Answers(_) => items(&body, "answer_id", "helpfulness", Counter::AnswerVotes),
        Page::ReviewTotals(product) => {
            let recommended = body["recommended"]["true"].as_str()?.parse().ok()?;
            Some(vec![(Counter::Reviews(product), recommended)])
        }
        Page::QuestionList(product) => Some(vec![(Counter::Questions(product), length(&body)?)]),
        Page::AnswerList(question) => Some(vec![(Counter::Answers(question), length(&body)?)]),
        Page::Product(product) => {
            let revision = body["name"].as_str()?.strip_prefix("Revision ")?.parse().ok()?;
            Some(vec![(Counter::Revisions(product), revision)])
        }
        Page::Cart(shopper) => {
            let lines = body.as_array()?;
            let units = match lines.first() {
                Some(line) => line["count"].as_str()?.parse().ok()?,
                None => 0,
            };
            Some(vec![(Counter::CartUnits(shopper), units)])
        }
    }
}

fn items(body: &Value, id: &str, votes: &str, counter: fn(u32) -> Counter) -> Option<Vec<(Counter, i64)>> {
    let items = body["results"].as_array()?.iter();
    items.map(|item| Some((counter(item[id].as_u64()?.try_into().ok()?), item[votes].as_i64()?))).collect()
}

fn length(body: &Value) -> Option<i64> {
    body["results"].as_array()?.len().try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, kind: &str, body: &'static str) -> Response<Bytes> {
        let response = Response::builder().status(status).header("x-request-id", "1");
        let response = response.header("content-type", kind).header("retry-after", "1");
        response.body(Bytes::from_static(body.as_bytes())).unwrap()
    }

    #[test]
    fn responses_in_the_contract_s_format_have_no_flaw() {
        let problem = r#"{"type":"about:blank","title":"Service Unavailable","status":503}"#;
        assert_eq!(flaw(&response(503, "application/problem+json", problem)), None);
        assert_eq!(flaw(&response(200, "application/json", "[]")), None);
        assert_eq!(flaw(&response(204, "", "")), None);
    }

    #[test]
    fn each_flaw_is_found() {
        let flaw_without = |header: &str| {
            let mut response = response(503, "application/problem+json", r#"{"status":503}"#);
            response.headers_mut().remove(header).unwrap();
            flaw(&response)
        };
        assert_eq!(flaw_without("x-request-id"), Some("no X-Request-Id"));
        assert_eq!(flaw_without("retry-after"), Some("no Retry-After"));
        assert_eq!(flaw_without("content-type"), Some("another Content-Type"));
        assert_eq!(flaw(&response(502, "text/html", "<html>")), Some("another Content-Type"));
        assert_eq!(flaw(&response(200, "application/json", "{")), Some("no JSON"));
        assert_eq!(flaw(&response(204, "", "{}")), Some("a body with status 204"));
        let other = flaw(&response(503, "application/problem+json", r#"{"status":500}"#));
        assert_eq!(other, Some("another status in the body"));
    }

    #[test]
    fn the_values_of_pages_are_read() {
        let page = br#"{"results":[{"review_id":5,"helpfulness":2},{"review_id":6,"helpfulness":0}]}"#;
        let votes = vec![(Counter::ReviewVotes(5), 2), (Counter::ReviewVotes(6), 0)];
        assert_eq!(values(Page::Reviews(2), page), Some(votes));
        assert_eq!(values(Page::QuestionList(2), page), Some(vec![(Counter::Questions(2), 2)]));
        let product = values(Page::Product(1), br#"{"name":"Revision 7"}"#);
        assert_eq!(product, Some(vec![(Counter::Revisions(1), 7)]));
        let cart = values(Page::Cart(3), br#"[{"sku_id":3,"count":"4"}]"#);
        assert_eq!(cart, Some(vec![(Counter::CartUnits(3), 4)]));
        assert_eq!(values(Page::Cart(3), b"[]"), Some(vec![(Counter::CartUnits(3), 0)]));
        assert_eq!(values(Page::Product(1), b"[]"), None);
    }
}
