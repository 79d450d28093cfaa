//! `GET /qa/questions/:id/answers`.

use insta::assert_snapshot;
use serde_json::json;

use super::{ids, start};
use crate::support::run;

#[tokio::test]
async fn answers_are_ordered_by_helpfulness_and_then_by_id() {
    let site = start().await;
    assert_snapshot!(site.get("/qa/questions/9/answers").await, @r#"
    200 OK
    access-control-allow-origin: *
    access-control-expose-headers: link,etag,x-total-count,x-request-id
    cache-control: no-cache
    content-length: 799
    content-type: application/json
    etag: "620d5258316821006756ffdc41bb3b3d"
    vary: accept-encoding
    x-content-type-options: nosniff

    {"question":"9","page":1,"count":5,"results":[{"answer_id":21,"body":"In France","date":"2018-01-05T00:00:00.000Z","answerer_name":"joy","helpfulness":9,"photos":[]},{"answer_id":8,"body":"In \"Spain\"","date":"2018-01-04T00:00:00.050Z","answerer_name":"ian","helpfulness":8,"photos":[{"id":1,"url":"https://images.example/1.jpg"},{"id":3,"url":"https://images.example/3.jpg?a=1&b=\"2\""}]},{"answer_id":30,"body":"In Italy","date":"2018-01-04T00:00:00.000Z","answerer_name":"metslover","helpfulness":8,"photos":[{"id":2,"url":"https://images.example/2.jpg"}]},{"answer_id":23,"body":"Far away","date":"2018-01-05T00:00:00.000Z","answerer_name":"kim","helpfulness":1,"photos":[]},{"answer_id":24,"body":"Here","date":"2018-01-05T00:00:00.000Z","answerer_name":"Seller","helpfulness":0,"photos":[]}]}
    "#);
}

#[tokio::test]
async fn a_question_has_no_answers_of_others() {
    let site = start().await;
    assert_snapshot!(site.get("/qa/questions/5/answers").await.text(), @r#"{"question":"5","page":1,"count":5,"results":[{"answer_id":27,"body":"Tab\t 👓 \"眼鏡\"","date":"2018-01-05T00:00:00.000Z","answerer_name":"mo","helpfulness":0,"photos":[]}]}"#);
}

#[tokio::test]
async fn the_body_has_the_applied_page_and_count() {
    let site = start().await;
    for (query, page, count, found) in [
        ("", json!(1), json!(5), &[21, 8, 30, 23, 24][..]),
        ("?page=2", json!(2), json!(5), &[25]),
        ("?page=undefined&count=NaN", json!(1), json!(5), &[21, 8, 30, 23, 24]),
        ("?page=%222%22&count=%222%22", json!(2), json!(2), &[30, 23]),
        ("?count=0", json!(1), json!(0), &[]),
        ("?count=0&page=2", json!(2), json!(0), &[]),
        ("?count=9007199254740991", json!(1), json!(1000), &[21, 8, 30, 23, 24, 25]),
        ("?page=4&count=2", json!(4), json!(2), &[]),
        ("?page=9223372036854775808&count=2", json!(9_223_372_036_854_775_808_u64), json!(2), &[]),
        ("?page=18446744073709551615", json!(u64::MAX), json!(5), &[]),
    ] {
        let response = site.get(&format!("/qa/questions/9/answers{query}")).await;
        assert_eq!(ids(&response, "answer_id"), found, "{query}");
        let body = response.json();
        assert_eq!((&body["page"], &body["count"]), (&page, &count), "{query}");
        assert_eq!(body["question"], "9");
    }
}

#[tokio::test]
async fn pages_contain_every_answer_once_in_order() {
    let site = start().await;
    for count in 1..=7 {
        let mut found = Vec::new();
        for page in 1..=7 {
            let path = format!("/qa/questions/9/answers?page={page}&count={count}");
            found.extend(ids(&site.get(&path).await, "answer_id"));
        }
        assert_eq!(found, [21, 8, 30, 23, 24, 25], "{count} a page");
    }
}

#[tokio::test]
async fn a_question_without_answers_has_no_results() {
    let site = start().await;
    for id in [7, 4] {
        let response = site.get(&format!("/qa/questions/{id}/answers")).await;
        let expected = format!(r#"{{"question":"{id}","page":1,"count":5,"results":[]}}"#);
        assert_eq!((response.status.as_u16(), response.text()), (200, expected.as_str()));
    }
}

#[tokio::test]
async fn a_reported_question_has_its_answers() {
    let site = start().await;
    assert_eq!(ids(&site.get("/qa/questions/8/answers").await, "answer_id"), [28]);
}

#[tokio::test]
async fn an_unknown_question_is_a_404() {
    let site = start().await;
    assert_snapshot!(site.get("/qa/questions/1/answers").await, @r#"
    404 Not Found
    access-control-allow-origin: *
    access-control-expose-headers: link,etag,x-total-count,x-request-id
    cache-control: no-store
    content-length: 92
    content-type: application/problem+json
    x-content-type-options: nosniff

    {"type":"about:blank","title":"Not Found","status":404,"detail":"question 1 does not exist"}
    "#);
    for id in ["0", "-1", "abc", "1.5", "%00", "9223372036854775807", "9223372036854775808"] {
        assert_eq!(site.get(&format!("/qa/questions/{id}/answers")).await.status, 404, "{id}");
    }
}

#[tokio::test]
async fn invalid_paging_is_a_422() {
    let site = start().await;
    for query in ["page=0", "page=-1", "page=abc", "page=1.5", "count=-3", "count=x", "page=1&page=2"] {
        assert_eq!(site.get(&format!("/qa/questions/9/answers?{query}")).await.status, 422, "{query}");
    }
}

#[tokio::test]
async fn a_question_with_many_answers_is_paged_in_order() {
    let site = start().await;
    let many =
        "insert into answers (product_id, question_id, helpfulness, body, answerer_name, answerer_email)
                select 1, 7, n % 7, 'b', 'n', 'e' from generate_series(1, 20000) n;
                analyze";
    run(&mut site.sql().await, many).await;
    let expected: Vec<i64> =
        sqlx::query_scalar("select id from answers where question_id = 7 order by helpfulness desc, id")
            .fetch_all(&mut site.sql().await)
            .await
            .unwrap();
    for page in [1, 10, 20] {
        let response = site.get(&format!("/qa/questions/7/answers?page={page}&count=1000")).await;
        assert_eq!(ids(&response, "answer_id"), expected.chunks(1000).nth(page - 1).unwrap(), "page {page}");
    }
}
