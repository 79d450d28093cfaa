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
async fn a_vote_is_answered_with_nothing() {
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
async fn a_helpful_question_shows_it_at_once_and_moves_up() {
    let site = start().await;
    assert_eq!(ids(&site.get("/qa/questions?product_id=1").await, "question_id"), [9, 3, 4, 7, 11]);
    site.put("/qa/questions/4/helpful").await;
    assert_eq!(question(&site, 1, 4).await["question_helpfulness"], 3);
    assert_eq!(ids(&site.get("/qa/questions?product_id=1").await, "question_id"), [9, 4, 3, 7, 11]);
}

#[tokio::test]
async fn a_helpful_answer_shows_it_at_once_in_both_lists() {
    let site = start().await;
    assert_eq!(question(&site, 1, 9).await["answers"]["30"]["helpfulness"], 8);
    assert_eq!(ids(&site.get("/qa/questions/9/answers").await, "answer_id"), [21, 8, 30, 23, 24]);
    site.put("/qa/answers/30/helpful").await;
    assert_eq!(question(&site, 1, 9).await["answers"]["30"]["helpfulness"], 9);
    assert_eq!(answer(&site, 9, 30).await["helpfulness"], 9);
    assert_eq!(ids(&site.get("/qa/questions/9/answers").await, "answer_id"), [21, 30, 8, 23, 24]);
}

#[tokio::test]
async fn a_report_hides_at_once() {
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
async fn what_is_reported_is_still_there_to_be_voted_for() {
    let site = start().await;
    for path in PATHS.into_iter().chain(PATHS) {
        assert_eq!(site.put(path).await.status, 204, "{path}");
    }
    let mut sql = site.sql().await;
    assert_eq!(helpfulness(&mut sql, "questions", 9).await, 9);
    assert_eq!(helpfulness(&mut sql, "answers", 8).await, 10);
}

#[tokio::test]
async fn a_vote_touches_nothing_else() {
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
async fn a_body_of_any_kind_is_no_error() {
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
async fn votes_that_come_together_are_all_counted() {
    let one = start().await;
    let other = Site::over(one.database(), |_| {}).await;
    let mut votes = JoinSet::new();
    for number in 0..400 {
        let site = [&one, &other][number % 2].clone();
        // Both ways round, so that two servers want the same rows at one time; and one that nobody knows among them.
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
async fn two_hundred_votes_that_wait_are_few_updates() {
    let site = start().await;
    let (mut sql, mut observer) = (site.sql().await, site.sql().await);
    let count = "create table updates (at text);
                 create function count_update() returns trigger language plpgsql as
                     $$ begin insert into updates values ('now'); return null; end $$;
                 create trigger counted after update on questions for each statement execute function count_update()";
    run(&mut sql, count).await;
    // Every connection that writes is busy with a vote for a row that somebody holds.
    run(&mut sql, "begin; select from questions where id = 9 for update").await;
    let mut votes = JoinSet::new();
    for writers in 1..=2 {
        let first = site.clone();
        votes.spawn(async move { first.put(PATHS[0]).await.status });
        eventually("it waits", async || lock_waits(&mut observer).await == writers).await;
    }
    for _ in 0..198 {
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
async fn a_count_that_is_full_stays_so_and_fails_nobody() {
    let site = start().await;
    let full = "update questions set helpfulness = 2147483647 where id = 9;
                update answers set helpfulness = 2147483647 where id = 8";
    run(&mut site.sql().await, full).await;
    for path in PATHS {
        assert_eq!(site.put(path).await.status, 204, "{path}");
    }
    assert_eq!(helpfulness(&mut site.sql().await, "questions", 9).await, i32::MAX);
}
