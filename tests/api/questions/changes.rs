//! What is kept of questions and answers is true: on the server that wrote, and on the others.

use std::time::Duration;

use serde_json::json;

use super::{answer, post, question, start};
use crate::support::{Site, eventually, run};

/// What is soon: far more than it takes, far less than an answer lives.
const SOON: Duration = Duration::from_secs(2);
const PATHS: [&str; 4] = [
    "/qa/questions?product_id=1",
    "/qa/questions?product_id=2",
    "/qa/questions/9/answers",
    "/qa/questions/5/answers",
];

#[tokio::test]
async fn what_was_answered_once_is_answered_without_the_database() {
    let site = start().await;
    let before = site.get_all(&PATHS).await;
    assert_eq!(site.get("/qa/questions/1/answers").await.status, 404);
    run(&mut site.sql().await, "alter table questions rename to taken_away").await;
    assert_eq!(site.get_all(&PATHS).await, before);
    assert_eq!(site.get("/qa/questions/1/answers").await.status, 404);
    assert_eq!(site.get("/qa/questions?product_id=1&page=2").await.status, 500);
}

#[tokio::test]
async fn a_browser_asks_each_time_and_is_told_when_nothing_changed() {
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
async fn a_change_by_sql_is_seen_soon_wherever_it_shows() {
    for (change, seen) in [
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
            eventually(change, async || site.get(PATHS[seen[0]]).await.to_string() != before[seen[0]]).await;
        assert!(took < SOON, "{change}: {took:?}");
        let after = site.get_all(&PATHS).await;
        let differing: Vec<usize> = (0..PATHS.len()).filter(|it| before[*it] != after[*it]).collect();
        assert_eq!(differing, seen, "{change}");
    }
}

#[tokio::test]
async fn another_server_sees_soon_what_was_written_on_one() {
    let one = start().await;
    let other = Site::over(one.database(), |_| {}).await;
    let (asked, answered) = (
        json!({ "body": "Is it?", "name": "me", "email": "me@secret.example", "product_id": 1 }),
        json!({ "body": "It is.", "name": "me", "email": "me@secret.example" }),
    );
    other.get_all(&PATHS).await;
    assert_eq!(other.get("/qa/questions/101/answers").await.status, 404);
    let mut took = Vec::new();
    post(&one, "/qa/questions", asked).await;
    took.push(eventually("the question is seen", async || question(&other, 1, 101).await.is_object()).await);
    took.push(
        eventually("its answers are", async || other.get("/qa/questions/101/answers").await.status == 200)
            .await,
    );
    post(&one, "/qa/questions/9/answers", answered).await;
    took.push(eventually("the answer is seen", async || answer(&other, 9, 101).await.is_object()).await);
    took.push(
        eventually("it is with its question", async || {
            question(&other, 1, 9).await["answers"]["101"].is_object()
        })
        .await,
    );
    one.put("/qa/questions/9/helpful").await;
    took.push(
        eventually("the vote is seen", async || question(&other, 1, 9).await["question_helpfulness"] == 8)
            .await,
    );
    one.put("/qa/answers/101/report").await;
    took.push(eventually("the answer is hidden", async || answer(&other, 9, 101).await.is_null()).await);
    assert!(took.iter().all(|took| *took < SOON), "{took:?}");
    assert_eq!(one.get_all(&PATHS).await, other.get_all(&PATHS).await);
}

#[tokio::test]
async fn what_a_write_does_not_touch_is_kept() {
    let site = start().await;
    let before = site.get_all(&PATHS).await;
    site.put("/qa/questions/9/helpful").await;
    let other = "insert into questions values (5, 50, now(), 0, false, 'b', 'n', 'e')";
    let mut sql = site.sql().await;
    // Heard of after the vote.
    assert_eq!(site.get("/qa/questions/50/answers").await.status, 404);
    run(&mut sql, other).await;
    eventually("it is heard of", async || site.get("/qa/questions/50/answers").await.status == 200).await;
    run(&mut sql, "alter table questions rename to taken_away").await;
    for path in &PATHS[1..] {
        assert_eq!(site.get(path).await.status, 200, "{path}");
    }
    assert_eq!(site.get(PATHS[0]).await.status, 500);
    assert_eq!(site.get(PATHS[2]).await.to_string(), before[2]);
}
