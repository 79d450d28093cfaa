//! Cached questions and answers are never stale, on the replica that wrote and on others.

use std::time::Duration;

use serde_json::json;

use super::{answer, post, question, start};
use crate::support::{Site, eventually, run};

/// Far longer than an invalidation takes, and far shorter than the time to live of a response.
const LIMIT: Duration = Duration::from_secs(2);
const PATHS: [&str; 4] = [
    "/qa/questions?product_id=1",
    "/qa/questions?product_id=2",
    "/qa/questions/9/answers",
    "/qa/questions/5/answers",
];

#[tokio::test]
async fn a_hit_is_served_without_the_database() {
    let site = start().await;
    let before = site.get_all(&PATHS).await;
    assert_eq!(site.get("/qa/questions/1/answers").await.status, 404);
    run(&mut site.sql().await, "alter table questions rename to hidden_questions").await;
    assert_eq!(site.get_all(&PATHS).await, before);
    assert_eq!(site.get("/qa/questions/1/answers").await.status, 404);
    assert_eq!(site.get("/qa/questions?product_id=1&page=2").await.status, 500);
}

#[tokio::test]
async fn browsers_revalidate_each_time() {
    let site = start().await;
    for path in PATHS {
        let response = site.get(path).await;
        assert_eq!(response.header("cache-control"), "no-cache");
        let headers = [("if-none-match", response.header("etag"))];
        assert_eq!(site.get_with(path, &headers).await.status, 304, "{path}");
    }
    let etag = site.get(PATHS[0]).await.header("etag").to_owned();
    site.put("/qa/questions/9/helpful").await;
    assert_eq!(site.get_with(PATHS[0], &[("if-none-match", &etag)]).await.status, 200);
}

#[tokio::test]
async fn a_change_by_sql_invalidates_every_response_that_shows_it() {
    for (change, changed) in [
        ("update questions set body = 'Other' where id = 9", &[0][..]),
        ("update questions set is_reported = true where id = 5", &[1]),
        ("update answers set body = 'Other' where id = 8", &[0, 2]),
        ("update answers set is_reported = false where id = 22", &[0, 2]),
        ("insert into answers values (2, 5, 50, now(), 0, false, 'b', 'n', 'e')", &[1, 3]),
        ("insert into answer_photos values (2, 5, 27, 50, 'https://images.example/')", &[1, 3]),
        ("delete from answer_photos where id = 1", &[0, 2]),
        ("delete from answers where id = 8", &[0, 2]),
        ("delete from questions where id = 5", &[1, 3]),
        ("update answers set product_id = 2, question_id = 5 where id = 21", &[0, 1, 2, 3]),
        ("truncate answer_photos", &[0, 2]),
        ("truncate questions cascade", &[0, 1, 2, 3]),
        ("delete from products where id = 1", &[0, 2]),
    ] {
        let site = start().await;
        let before = site.get_all(&PATHS).await;
        run(&mut site.sql().await, change).await;
        let took =
            eventually(change, async || site.get(PATHS[changed[0]]).await.to_string() != before[changed[0]])
                .await;
        assert!(took < LIMIT, "{change}: {took:?}");
        let after = site.get_all(&PATHS).await;
        let differing: Vec<usize> = (0..PATHS.len()).filter(|it| before[*it] != after[*it]).collect();
        assert_eq!(differing, changed, "{change}");
    }
}

#[tokio::test]
async fn a_write_invalidates_on_every_replica() {
    let one = start().await;
    let other = Site::over(one.database(), |_| {}).await;
    let (new_question, new_answer) = (
        json!({ "body": "Is it?", "name": "me", "email": "me@secret.example", "product_id": 1 }),
        json!({ "body": "It is.", "name": "me", "email": "me@secret.example" }),
    );
    other.get_all(&PATHS).await;
    assert_eq!(other.get("/qa/questions/101/answers").await.status, 404);
    let mut took = Vec::new();
    post(&one, "/qa/questions", new_question).await;
    took.push(
        eventually("the question is served", async || question(&other, 1, 101).await.is_object()).await,
    );
    took.push(
        eventually("its answers are served", async || {
            other.get("/qa/questions/101/answers").await.status == 200
        })
        .await,
    );
    post(&one, "/qa/questions/9/answers", new_answer).await;
    took.push(eventually("the answer is served", async || answer(&other, 9, 101).await.is_object()).await);
    took.push(
        eventually("the answer is served with its question", async || {
            question(&other, 1, 9).await["answers"]["101"].is_object()
        })
        .await,
    );
    one.put("/qa/questions/9/helpful").await;
    took.push(
        eventually("the vote is served", async || question(&other, 1, 9).await["question_helpfulness"] == 8)
            .await,
    );
    one.put("/qa/answers/101/report").await;
    took.push(eventually("the answer is hidden", async || answer(&other, 9, 101).await.is_null()).await);
    assert!(took.iter().all(|took| *took < LIMIT), "{took:?}");
    assert_eq!(one.get_all(&PATHS).await, other.get_all(&PATHS).await);
}

#[tokio::test]
async fn a_write_does_not_invalidate_other_responses() {
    let site = start().await;
    let before = site.get_all(&PATHS).await;
    site.put("/qa/questions/9/helpful").await;
    let insert = "insert into questions values (5, 50, now(), 0, false, 'b', 'n', 'e')";
    let mut sql = site.sql().await;
    // Its notification arrives after that of the vote.
    assert_eq!(site.get("/qa/questions/50/answers").await.status, 404);
    run(&mut sql, insert).await;
    eventually("the notification arrives", async || site.get("/qa/questions/50/answers").await.status == 200)
        .await;
    run(&mut sql, "alter table questions rename to hidden_questions").await;
    for path in &PATHS[1..] {
        assert_eq!(site.get(path).await.status, 200, "{path}");
    }
    assert_eq!(site.get(PATHS[0]).await.status, 500);
    assert_eq!(site.get(PATHS[2]).await.to_string(), before[2]);
}
