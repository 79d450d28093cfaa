//! `GET /qa/questions`: order, pages, and the form of a question.

use insta::assert_snapshot;
use serde_json::json;

use super::{ids, start};
use crate::support::run;

#[tokio::test]
async fn questions_have_their_answers() {
    let site = start().await;
    assert_snapshot!(site.get("/qa/questions?product_id=1&count=3").await, @r#"
    200 OK
    access-control-allow-origin: *
    access-control-expose-headers: link,etag,x-total-count,x-request-id
    cache-control: no-cache
    content-length: 1350
    content-type: application/json
    etag: "d3ef16e136ec3bf41fb3740b8c28eb58"
    vary: accept-encoding
    x-content-type-options: nosniff

    {"product_id":"1","results":[{"question_id":9,"question_body":"Where is it made?","question_date":"2019-06-28T10:00:00.100Z","asker_name":"cid","question_helpfulness":7,"reported":false,"answers":{"8":{"id":8,"body":"In \"Spain\"","date":"2018-01-04T00:00:00.050Z","answerer_name":"ian","helpfulness":8,"photos":["https://images.example/1.jpg","https://images.example/3.jpg?a=1&b=\"2\""]},"21":{"id":21,"body":"In France","date":"2018-01-05T00:00:00.000Z","answerer_name":"joy","helpfulness":9,"photos":[]},"23":{"id":23,"body":"Far away","date":"2018-01-05T00:00:00.000Z","answerer_name":"kim","helpfulness":1,"photos":[]},"24":{"id":24,"body":"Here","date":"2018-01-05T00:00:00.000Z","answerer_name":"Seller","helpfulness":0,"photos":[]},"25":{"id":25,"body":"There","date":"2018-01-05T00:00:00.000Z","answerer_name":"lea","helpfulness":0,"photos":[]},"30":{"id":30,"body":"In Italy","date":"2018-01-04T00:00:00.000Z","answerer_name":"metslover","helpfulness":8,"photos":["https://images.example/2.jpg"]}}},{"question_id":3,"question_body":"Why \"this\" one?","question_date":"2018-10-18T00:00:00.000Z","asker_name":"bob","question_helpfulness":2,"reported":false,"answers":{}},{"question_id":4,"question_body":"Does it shrink?","question_date":"2020-07-28T21:05:14.409Z","asker_name":"ann","question_helpfulness":2,"reported":false,"answers":{}}]}
    "#);
}

#[tokio::test]
async fn questions_are_ordered_by_helpfulness_and_then_by_id() {
    let site = start().await;
    let response = site.get("/qa/questions?product_id=1&count=100").await;
    assert_eq!(ids(&response, "question_id"), [9, 3, 4, 7, 11, 12]);
}

#[tokio::test]
async fn a_page_has_five_questions_by_default() {
    let site = start().await;
    assert_eq!(ids(&site.get("/qa/questions?product_id=1").await, "question_id"), [9, 3, 4, 7, 11]);
    assert_eq!(ids(&site.get("/qa/questions?product_id=1&page=2").await, "question_id"), [12]);
}

#[tokio::test]
async fn pages_contain_every_question_once_in_order() {
    let site = start().await;
    for count in 1..=7 {
        let mut found = Vec::new();
        for page in 1..=7 {
            let path = format!("/qa/questions?product_id=1&page={page}&count={count}");
            found.extend(ids(&site.get(&path).await, "question_id"));
        }
        assert_eq!(found, [9, 3, 4, 7, 11, 12], "{count} a page");
    }
}

#[tokio::test]
async fn answers_of_a_question_are_ordered_by_id_and_exclude_reported_ones() {
    let site = start().await;
    let text = site.get("/qa/questions?product_id=1&count=1").await.text().to_owned();
    let positions: Vec<_> =
        ["8", "21", "23", "24", "25", "30"].map(|id| text.find(&format!("\"{id}\":{{"))).into();
    assert!(positions.is_sorted() && positions.iter().all(Option::is_some), "{text}");
    assert!(!text.contains("\"22\":{"), "{text}");
}

#[tokio::test]
async fn a_product_has_no_questions_of_others() {
    let site = start().await;
    assert_snapshot!(site.get("/qa/questions?product_id=2").await.text(), @r#"{"product_id":"2","results":[{"question_id":5,"question_body":"Tab\t line\n   <b>&amp;</b> \\ / 👓 眼鏡","question_date":"2019-01-01T00:00:00.000Z","asker_name":"\"\"","question_helpfulness":3,"reported":false,"answers":{"27":{"id":27,"body":"Tab\t 👓 \"眼鏡\"","date":"2018-01-05T00:00:00.000Z","answerer_name":"mo","helpfulness":0,"photos":[]}}}]}"#);
}

#[tokio::test]
async fn text_is_returned_as_it_was_stored() {
    let site = start().await;
    let question = &site.get("/qa/questions?product_id=2").await.json()["results"][0];
    assert_eq!(question["question_body"], "Tab\t line\n \u{2028} <b>&amp;</b> \\ / \u{1F453} 眼鏡");
    assert_eq!(question["asker_name"], "\"\u{7f}\"");
    assert_eq!(question["answers"]["27"]["body"], "Tab\t \u{1F453} \"眼鏡\"");
}

#[tokio::test]
async fn without_questions_there_are_no_results() {
    let site = start().await;
    for (product_id, page) in [(5, ""), (3, ""), (4, ""), (i64::MAX, ""), (1, "&page=3"), (1, "&count=0")] {
        let response = site.get(&format!("/qa/questions?product_id={product_id}{page}")).await;
        assert_eq!(response.text(), format!(r#"{{"product_id":"{product_id}","results":[]}}"#), "{page}");
        assert_eq!(response.status, 200);
    }
}

#[tokio::test]
async fn any_larger_page_and_count_are_accepted() {
    let site = start().await;
    for page in
        ["9223372036854775807", "9223372036854775808", "18446744073709551615", "99999999999999999999999"]
    {
        for count in ["0", "1", "1000", "9007199254740991", "99999999999999999999999"] {
            let response = site.get(&format!("/qa/questions?product_id=1&page={page}&count={count}")).await;
            assert_eq!(response.json()["results"], json!([]), "{page} {count}");
            let response = site.get(&format!("/qa/questions?product_id=1&count={count}")).await;
            let expected = if count == "0" {
                0
            } else if count == "1" {
                1
            } else {
                6
            };
            assert_eq!(ids(&response, "question_id").len(), expected, "{count}");
        }
    }
}

#[tokio::test]
async fn the_product_id_is_required() {
    let site = start().await;
    assert_snapshot!(site.get("/qa/questions").await, @r#"
    422 Unprocessable Entity
    access-control-allow-origin: *
    access-control-expose-headers: link,etag,x-total-count,x-request-id
    cache-control: no-store
    content-length: 202
    content-type: application/problem+json
    x-content-type-options: nosniff

    {"type":"about:blank","title":"Unprocessable Entity","status":422,"detail":"product_id must be a positive 64-bit integer","errors":[{"field":"product_id","message":"must be a positive 64-bit integer"}]}
    "#);
    for id in ["", "undefined", "0", "-1", "abc", "1.5", "9223372036854775808", "%00", "1&product_id=2"] {
        assert_eq!(site.get(&format!("/qa/questions?product_id={id}")).await.status, 422, "{id}");
    }
    assert_eq!(site.get("/qa/questions?product_id=%221%22").await.status, 200);
}

#[tokio::test]
async fn every_invalid_parameter_is_reported() {
    let site = start().await;
    let response = site.get("/qa/questions?product_id=x&page=0&count=-3").await;
    assert_eq!(response.status, 422);
    let fields: Vec<_> =
        response.json()["errors"].as_array().unwrap().iter().map(|error| error["field"].clone()).collect();
    assert_eq!(fields, ["product_id", "page", "count"]);
}

#[tokio::test]
async fn e_mail_addresses_are_not_shown() {
    let site = start().await;
    for path in
        ["/qa/questions?product_id=1&count=99", "/qa/questions?product_id=2", "/qa/questions/9/answers"]
    {
        let response = site.get(path).await;
        assert!(!response.text().contains("secret"), "{response}");
    }
}

#[tokio::test]
async fn equivalent_requests_have_the_same_response() {
    let site = start().await;
    let plain = site.get("/qa/questions?product_id=1").await.to_string();
    for path in [
        "/qa/questions/?product_id=1",
        "/qa/questions?product_id=01&page=1&count=5",
        "/qa/questions?count=&page=undefined&product_id=%221%22",
    ] {
        assert_eq!(site.get(path).await.to_string(), plain, "{path}");
    }
}

#[tokio::test]
async fn skipped_rows_are_not_converted_to_json() {
    let site = start().await;
    // Converting the time of the first question fails.
    let change =
        "create or replace function iso_time(moment timestamptz) returns text language sql stable as $$
                      select (1 / case when moment = '2019-06-28 10:00:00.1Z' then 0 else 1 end)::text
                  $$";
    run(&mut site.sql().await, change).await;
    assert_eq!(site.get("/qa/questions?product_id=1&count=1").await.status, 500);
    let response = site.get("/qa/questions?product_id=1&page=2&count=1").await;
    assert_eq!(ids(&response, "question_id"), [3]);
}

#[tokio::test]
async fn a_product_with_many_questions_is_paged_in_order() {
    let site = start().await;
    let many = "insert into questions (product_id, helpfulness, is_reported, body, asker_name, asker_email)
                select 8, n % 7, n % 10 = 0, 'b', 'n', 'e' from generate_series(1, 3000) n";
    run(&mut site.sql().await, many).await;
    let expected: Vec<i64> = sqlx::query_scalar(
        "select id from questions where product_id = 8 and not is_reported order by helpfulness desc, id",
    )
    .fetch_all(&mut site.sql().await)
    .await
    .unwrap();
    for page in [1, 2, 14, 27, 28] {
        let response = site.get(&format!("/qa/questions?product_id=8&page={page}&count=100")).await;
        let expected = expected.chunks(100).nth(page - 1).unwrap_or_default();
        assert_eq!(ids(&response, "question_id"), expected, "page {page}");
    }
    let all = site.get("/qa/questions?product_id=8&count=99999").await;
    assert_eq!(ids(&all, "question_id"), expected[..1000]);
}
