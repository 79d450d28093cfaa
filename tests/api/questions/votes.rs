//! `PUT /qa/questions/:id/helpful|report`, `PUT /qa/answers/:id/helpful|report`.

use axum::body::Body;
use axum::http::{Method, Request};
use insta::assert_snapshot;
use serde_json::Value;
use sqlx::PgConnection;
use tokio::task::JoinSet;

use super::{answer, ids, question, start};
use crate::support::{Site, eventually, lock_waits, run};

const PATHS: [&str; 4] =
    ["/qa/questions/9/helpful", "/qa/questions/9/report", "/qa/answers/8/helpful", "/qa/answers/8/report"];

async fn helpfulness(sql: &mut PgConnection, table: &str, id: i64) -> i32 {
    let query = format!("select helpfulness from {table} where id = {id}");
    sqlx::query_scalar(sqlx::AssertSqlSafe(query)).fetch_one(sql).await.unwrap()
}

#[tokio::test]
async fn a_vote_is_a_204() {
    let site = start().await;
    assert_snapshot!(site.put(PATHS[0]).await, @r#"
    204 No Content
    access-control-allow-origin: *
    access-control-expose-headers: link,etag,x-total-count,x-request-id
    content-length: 0
    x-content-type-options: nosniff
    "#);
    for path in PATHS {
        let response = site.put(&format!("{path}/")).await;
        assert_eq!((response.status.as_u16(), response.text()), (204, ""), "{path}");
    }
}

#[tokio::test]
async fn a_vote_for_a_question_is_shown_at_once_and_changes_the_order() {
    let site = start().await;
    assert_eq!(ids(&site.get("/qa/questions?product_id=1").await, "question_id"), [9, 3, 4, 7, 11]);
    site.put("/qa/questions/4/helpful").await;
    assert_eq!(question(&site, 1, 4).await["question_helpfulness"], 3);
    assert_eq!(ids(&site.get("/qa/questions?product_id=1").await, "question_id"), [9, 4, 3, 7, 11]);
}

#[tokio::test]
async fn a_vote_for_an_answer_is_shown_at_once_in_both_lists() {
    let site = start().await;
    assert_eq!(question(&site, 1, 9).await["answers"]["30"]["helpfulness"], 8);
    assert_eq!(ids(&site.get("/qa/questions/9/answers").await, "answer_id"), [21, 8, 30, 23, 24]);
    site.put("/qa/answers/30/helpful").await;
    assert_eq!(question(&site, 1, 9).await["answers"]["30"]["helpfulness"], 9);
    assert_eq!(answer(&site, 9, 30).await["helpfulness"], 9);
    assert_eq!(ids(&site.get("/qa/questions/9/answers").await, "answer_id"), [21, 30, 8, 23, 24]);
}

#[tokio::test]
async fn a_reported_question_or_answer_is_hidden_at_once() {
    let site = start().await;
    assert_ne!(question(&site, 1, 4).await, Value::Null);
    site.put("/qa/questions/4/report").await;
    assert_eq!(question(&site, 1, 4).await, Value::Null);
    assert_ne!(question(&site, 1, 9).await["answers"]["8"], Value::Null);
    assert_ne!(answer(&site, 9, 8).await, Value::Null);
    site.put("/qa/answers/8/report").await;
    assert_eq!(question(&site, 1, 9).await["answers"]["8"], Value::Null);
    assert_eq!(answer(&site, 9, 8).await, Value::Null);
}

#[tokio::test]
async fn reported_questions_and_answers_accept_votes() {
    let site = start().await;
    for path in PATHS.into_iter().chain(PATHS) {
        assert_eq!(site.put(path).await.status, 204, "{path}");
    }
    let mut sql = site.sql().await;
    assert_eq!(helpfulness(&mut sql, "questions", 9).await, 9);
    assert_eq!(helpfulness(&mut sql, "answers", 8).await, 10);
}

#[tokio::test]
async fn a_vote_changes_no_other_row() {
    let site = start().await;
    let mut sql = site.sql().await;
    let all = "select md5(string_agg(q::text, '|' order by id)) from questions q where id <> 9";
    let before: String = sqlx::query_scalar(all).fetch_one(&mut sql).await.unwrap();
    site.put(PATHS[0]).await;
    site.put(PATHS[1]).await;
    assert_eq!(sqlx::query_scalar::<_, String>(all).fetch_one(&mut sql).await.unwrap(), before);
    let answers = "select md5(string_agg(a::text, '|' order by id)) from answers a where id <> 8";
    let before: String = sqlx::query_scalar(answers).fetch_one(&mut sql).await.unwrap();
    site.put(PATHS[2]).await;
    site.put(PATHS[3]).await;
    assert_eq!(sqlx::query_scalar::<_, String>(answers).fetch_one(&mut sql).await.unwrap(), before);
}

#[tokio::test]
async fn an_unknown_id_is_a_404() {
    let site = start().await;
    assert_snapshot!(site.put("/qa/questions/1/helpful").await, @r#"
    404 Not Found
    access-control-allow-origin: *
    access-control-expose-headers: link,etag,x-total-count,x-request-id
    cache-control: no-store
    content-length: 92
    content-type: application/problem+json
    x-content-type-options: nosniff

    {"type":"about:blank","title":"Not Found","status":404,"detail":"question 1 does not exist"}
    "#);
    for path in PATHS {
        for id in ["1", "0", "-1", "abc", "1.5", "%00", "9223372036854775807", "9223372036854775808"] {
            let path = path.replace("/9/", &format!("/{id}/")).replace("/8/", &format!("/{id}/"));
            assert_eq!(site.put(&path).await.status, 404, "{path}");
        }
    }
    assert_eq!(site.put("/qa/answers/1/report").await.json()["detail"], "answer 1 does not exist");
}

#[tokio::test]
async fn a_body_is_ignored() {
    let site = start().await;
    for path in PATHS {
        for (kind, body) in [
            ("application/json", "{}"),
            ("application/json", "{"),
            ("application/json", ""),
            ("text/plain", "x"),
            ("multipart/form-data", "\0"),
            ("", "x"),
        ] {
            let request = Request::put(path).header("content-type", kind).body(Body::from(body)).unwrap();
            assert_eq!(site.request(request).await.status, 204, "{path} {kind} {body}");
        }
        let large = Request::put(path).body(Body::from(vec![b'x'; 1_000_000])).unwrap();
        assert_eq!(site.request(large).await.status, 204, "{path}");
    }
}

#[tokio::test]
async fn other_methods_are_a_405() {
    let site = start().await;
    for path in PATHS {
        let response = site.send(Method::POST, path, &[]).await;
        assert_eq!((response.status.as_u16(), response.header("allow")), (405, "PUT"), "{path}");
    }
    for path in ["/qa/questions", "/qa/questions/9/answers"] {
        let response = site.put(path).await;
        assert_eq!((response.status.as_u16(), response.header("allow")), (405, "GET,HEAD,POST"), "{path}");
    }
}

#[tokio::test]
async fn concurrent_votes_are_all_counted() {
    let one = start().await;
    let other = Site::over(one.database(), |_| {}).await;
    let mut votes = JoinSet::new();
    for number in 0..400 {
        let site = [&one, &other][number % 2].clone();
        // Both replicas update the same rows. The last question does not exist.
        let path = [
            PATHS[0],
            PATHS[2],
            "/qa/answers/30/helpful",
            "/qa/questions/3/helpful",
            "/qa/questions/1/helpful",
        ][number / 2 % 5];
        votes.spawn(async move { site.put(path).await.status.as_u16() });
    }
    let statuses = votes.join_all().await;
    assert_eq!(statuses.iter().filter(|status| **status == 204).count(), 320);
    assert_eq!(statuses.iter().filter(|status| **status == 404).count(), 80);
    let mut sql = one.sql().await;
    for (table, id, expected) in
        [("questions", 9, 87), ("questions", 3, 82), ("answers", 8, 88), ("answers", 30, 88)]
    {
        assert_eq!(helpfulness(&mut sql, table, id).await, expected, "{table} {id}");
    }
    assert_eq!(question(&one, 1, 9).await["question_helpfulness"], 87);
    assert_eq!(answer(&one, 9, 8).await["helpfulness"], 88);
}

#[tokio::test]
async fn votes_that_wait_are_applied_in_few_updates() {
    let site = start().await;
    let (mut sql, mut observer) = (site.sql().await, site.sql().await);
    let count = "create table updates (at text);
                 create function count_update() returns trigger language plpgsql as
                     $$ begin insert into updates values ('now'); return null; end $$;
                 create trigger counted after update on questions for each statement execute function count_update()";
    run(&mut sql, count).await;
    // One waits for a row that is locked, and the others wait for that one.
    run(&mut sql, "begin; select from questions where id = 9 for update").await;
    let mut votes = JoinSet::new();
    let first = site.clone();
    votes.spawn(async move { first.put(PATHS[0]).await.status });
    eventually("the connection waits", async || lock_waits(&mut observer).await == 1).await;
    for _ in 0..199 {
        let site = site.clone();
        votes.spawn(async move { site.put(PATHS[0]).await.status });
    }
    tokio::task::yield_now().await;
    run(&mut sql, "commit").await;
    assert!(votes.join_all().await.iter().all(|status| *status == 204));
    assert_eq!(helpfulness(&mut sql, "questions", 9).await, 207);
    let updates: i64 = sqlx::query_scalar("select count(*) from updates").fetch_one(&mut sql).await.unwrap();
    assert!(updates <= 12, "{updates}");
}

#[tokio::test]
async fn the_largest_count_does_not_change_and_fails_no_vote() {
    let site = start().await;
    let full = "update questions set helpfulness = 2147483647 where id = 9;
                update answers set helpfulness = 2147483647 where id = 8";
    run(&mut site.sql().await, full).await;
    for path in PATHS {
        assert_eq!(site.put(path).await.status, 204, "{path}");
    }
    assert_eq!(helpfulness(&mut site.sql().await, "questions", 9).await, i32::MAX);
}
