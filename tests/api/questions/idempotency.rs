//! `Idempotency-Key` of new questions and answers.

use atelier::config::Settings;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{ids, start};
use crate::support::{Site, eventually, lock_waits, run};

const KEY: [(&str, &str); 1] = [("idempotency-key", "8e03978e-40d5-43dd-bc93-6894a57f9324")];
const PATHS: [&str; 2] = ["/qa/questions", "/qa/questions/9/answers"];

fn body() -> Value {
    let photos = ["https://images.example/a.jpg"];
    json!({ "body": "It is.", "name": "me", "email": "me@secret.example", "product_id": 1, "photos": photos })
}

/// How many questions and answers have been created.
async fn created(site: &Site) -> i64 {
    sqlx::query_scalar(
        "select (select count(*) from questions where id > 100) + (select count(*) from answers where id > 100)",
    )
    .fetch_one(&mut site.sql().await)
    .await
    .unwrap()
}

#[tokio::test]
async fn a_retry_has_the_first_response_on_every_replica() {
    for path in PATHS {
        let one = start().await;
        let other = Site::over(one.database(), |_| {}).await;
        let first = one.post(path, &body().to_string(), &KEY).await;
        assert_eq!(first.status, 201);
        for site in [&one, &other] {
            assert_eq!(site.post(path, &body().to_string(), &KEY).await.to_string(), first.to_string());
        }
        assert_eq!(created(&one).await, 1, "{path}");
    }
}

#[tokio::test]
async fn a_replica_that_serves_a_retry_shows_the_creation() {
    let one = start().await;
    let other = Site::over(one.database(), |_| {}).await;
    for site in [&one, &other] {
        site.get("/qa/questions?product_id=1&count=99").await;
        site.get("/qa/questions/9/answers?count=99").await;
    }
    one.post(PATHS[1], &body().to_string(), &KEY).await;
    other.post(PATHS[1], &body().to_string(), &KEY).await;
    assert!(ids(&other.get("/qa/questions/9/answers?count=99").await, "answer_id").contains(&101));
    let questions = other.get("/qa/questions?product_id=1&count=99").await.json();
    assert_eq!(questions["results"][0]["answers"]["101"]["body"], "It is.");
}

#[tokio::test]
async fn a_key_reused_for_another_request_is_a_422() {
    let site = start().await;
    let changed = json!({ "body": "It isn't.", "name": "me", "email": "me@secret.example", "product_id": 1 });
    assert_eq!(site.post(PATHS[1], &body().to_string(), &KEY).await.status, 201);
    assert_eq!(site.post(PATHS[1], &changed.to_string(), &KEY).await.status, 422);
    assert_eq!(site.post("/qa/questions/4/answers", &body().to_string(), &KEY).await.status, 422);
    assert_eq!(site.post(PATHS[0], &body().to_string(), &KEY).await.status, 422);
    assert_eq!(created(&site).await, 1);
}

#[tokio::test]
async fn a_failed_request_does_not_use_its_key() {
    let site = start().await;
    let mut unknown = body();
    unknown["product_id"] = json!(4);
    assert_eq!(site.post(PATHS[0], &unknown.to_string(), &KEY).await.status, 404);
    assert_eq!(site.post(PATHS[0], &body().to_string(), &KEY).await.status, 201);
    assert_eq!(created(&site).await, 1);
}

#[tokio::test]
async fn a_concurrent_duplicate_is_a_409() {
    // Long enough for the lock that the first request waits for.
    let patient = |settings: &mut Settings| settings.database_timeout_ms = 60_000;
    let site = Site::over(start().await.database(), patient).await;
    let other = Site::over(site.database(), patient).await;
    let (mut sql, mut observer) = (site.sql().await, site.sql().await);
    run(&mut sql, "begin; lock table questions in exclusive mode").await;
    let first = tokio::spawn({
        let site = site.clone();
        async move { site.post(PATHS[0], &body().to_string(), &KEY).await.status }
    });
    eventually("the first request waits", async || lock_waits(&mut observer).await == 1).await;
    assert_eq!(other.post(PATHS[0], &body().to_string(), &KEY).await.status, 409);
    run(&mut sql, "commit").await;
    assert_eq!(first.await.unwrap(), 201);
    assert_eq!(site.post(PATHS[0], &body().to_string(), &KEY).await.status, 201);
    assert_eq!(created(&site).await, 1);
}

#[tokio::test]
async fn without_a_key_every_request_is_applied() {
    let site = start().await;
    let mut posts = JoinSet::new();
    for number in 0..20 {
        let site = site.clone();
        posts.spawn(async move { site.post(PATHS[number % 2], &body().to_string(), &[]).await.status });
    }
    assert!(posts.join_all().await.iter().all(|status| *status == 201));
    assert_eq!(created(&site).await, 20);
}
