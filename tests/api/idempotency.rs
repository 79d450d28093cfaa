//! `Idempotency-Key`: a POST that is sent twice is applied once.

use atelier::config::Settings;
use axum::body::Body;
use axum::http::{HeaderValue, Request};
use sha2::{Digest as _, Sha256};
use sqlx::PgConnection;
use tokio::task::JoinSet;

use crate::support::{Response, Site, eventually, lock_waits, run};

const CLICK: &str = r#"{"element":"e","widget":"w","time":"t"}"#;
const OTHER_CLICK: &str = r#"{"element":"e","widget":"w","time":"u"}"#;
const SKU: &str = r#"{"sku_id":9}"#;
const ANN: (&str, &str) = ("authorization", "Bearer ann");
const BEN: (&str, &str) = ("authorization", "Bearer ben");
const KEY: (&str, &str) = ("idempotency-key", "6e1a9f34-1f3a-4a52-a4e9-5e4f6e2d1c11");

async fn click(site: &Site, json: &str) -> Response {
    site.post("/interactions", json, &[KEY]).await
}

async fn clicks(sql: &mut PgConnection) -> i64 {
    sqlx::query_scalar("select count(*) from interactions").fetch_one(sql).await.unwrap()
}

fn assert_reused(response: &Response) {
    assert_eq!(response.status, 422);
    let wrong = serde_json::json!([{"field": "Idempotency-Key", "message": "was used for another request"}]);
    assert_eq!(response.json()["errors"], wrong);
}

#[tokio::test]
async fn a_retry_has_the_first_response_on_every_replica() {
    let one = Site::start().await;
    let other = Site::over(one.database(), |_| {}).await;
    let first = click(&one, CLICK).await;
    assert_eq!(first.status, 201);
    for site in [&one, &other] {
        assert_eq!(click(site, CLICK).await.to_string(), first.to_string());
    }
    assert_eq!(clicks(&mut one.sql().await).await, 1);
}

#[tokio::test]
async fn a_unit_is_added_once_and_a_retry_has_the_first_response() {
    let site = Site::start().await;
    let first = site.post("/cart", SKU, &[ANN, KEY]).await;
    assert_eq!((first.status.as_u16(), first.text()), (201, r#"{"sku_id":9,"count":"1"}"#));
    site.post("/cart", SKU, &[ANN]).await;
    assert_eq!(site.post("/cart", SKU, &[ANN, KEY]).await.to_string(), first.to_string());
    assert_eq!(site.get_with("/cart", &[ANN]).await.text(), r#"[{"sku_id":9,"count":"2"}]"#);
}

#[tokio::test]
async fn a_key_reused_for_another_request_is_a_422() {
    let site = Site::start().await;
    assert_eq!(click(&site, CLICK).await.status, 201);
    assert_reused(&click(&site, OTHER_CLICK).await);
    assert_reused(&click(&site, &format!("{CLICK} ")).await);
    assert_eq!(clicks(&mut site.sql().await).await, 1);
    assert_eq!(site.post("/interactions", CLICK, &[ANN, KEY]).await.status, 201);
    assert_reused(&site.post("/cart", SKU, &[ANN, KEY]).await);
    assert_eq!(site.get_with("/cart", &[ANN]).await.text(), "[]");
}

#[tokio::test]
async fn a_key_belongs_to_its_caller() {
    let site = Site::start().await;
    let once = r#"{"sku_id":9,"count":"1"}"#;
    assert_eq!(site.post("/cart", SKU, &[ANN, KEY]).await.text(), once);
    assert_eq!(site.post("/cart", SKU, &[BEN, KEY]).await.text(), once);
    let stranger = site.post("/cart", SKU, &[KEY]).await;
    assert_eq!((stranger.status.as_u16(), stranger.text()), (201, once));
    for caller in [ANN, BEN, ("cookie", &stranger.cookie())] {
        assert_eq!(site.post("/cart", SKU, &[caller, KEY]).await.text(), once, "the first response");
        assert_eq!(site.get_with("/cart", &[caller]).await.text(), format!("[{once}]"));
    }
    let mut sql = site.sql().await;
    for caller in [ANN, BEN] {
        assert_reused(&site.post("/interactions", CLICK, &[caller, KEY]).await);
    }
    assert_eq!(click(&site, CLICK).await.status, 201);
    assert_eq!(clicks(&mut sql).await, 1);
}

#[tokio::test]
async fn a_key_that_is_the_name_of_a_lock_is_like_any_other() {
    let site = Site::start().await;
    let mut sql = site.sql().await;
    run(&mut sql, "select pg_advisory_lock(hashtextextended('atelier loader', 0))").await;
    let click = site.post("/interactions", CLICK, &[("idempotency-key", "atelier loader")]).await;
    assert_eq!(click.status, 201);
}

#[tokio::test]
async fn a_key_that_version_0_1_stored_is_known_to_its_caller_alone() {
    let site = Site::start().await;
    let mut fingerprint = Sha256::new();
    for part in ["POST /interactions", "", CLICK] {
        fingerprint.update(part.len().to_le_bytes());
        fingerprint.update(part);
    }
    sqlx::query("insert into idempotency_keys (key, fingerprint, body) values ($1, $2, 'stored by 0.1')")
        .bind(KEY.1)
        .bind(&fingerprint.finalize()[..])
        .execute(&mut site.sql().await)
        .await
        .unwrap();
    assert_eq!(click(&site, CLICK).await.text(), "stored by 0.1");
    assert_eq!(click(&site, OTHER_CLICK).await.text(), OTHER_CLICK);
}

#[tokio::test]
async fn a_duplicate_waits_a_little_and_is_then_a_409() {
    // Long enough for the lock that the first request waits for.
    let patient = |settings: &mut Settings| settings.database_timeout_ms = 60_000;
    let one = Site::start_with(patient).await;
    let other = Site::over(one.database(), patient).await;
    let (mut sql, mut observer) = (one.sql().await, one.sql().await);
    run(&mut sql, "begin; lock table interactions in exclusive mode").await;
    let first = tokio::spawn({
        let one = one.clone();
        async move { click(&one, CLICK).await }
    });
    eventually("the first request waits", async || lock_waits(&mut observer).await == 1).await;
    for json in [CLICK, OTHER_CLICK] {
        let duplicate = click(&other, json).await;
        assert_eq!(duplicate.status, 409);
        assert_eq!(duplicate.json()["detail"], "a request with this Idempotency-Key is in progress");
    }
    let duplicates: JoinSet<_> = [one.clone(), other.clone()]
        .into_iter()
        .map(|site| async move { click(&site, CLICK).await })
        .collect();
    run(&mut sql, "commit").await;
    let first = first.await.unwrap();
    assert_eq!(first.status, 201);
    for duplicate in duplicates.join_all().await {
        assert_eq!(duplicate.to_string(), first.to_string());
    }
    assert_eq!(clicks(&mut sql).await, 1);
}

#[tokio::test]
async fn one_of_many_concurrent_duplicates_is_applied() {
    let one = Site::start().await;
    let other = Site::over(one.database(), |_| {}).await;
    let mut sent = JoinSet::new();
    for number in 0..100 {
        let site = if number % 2 == 0 { one.clone() } else { other.clone() };
        sent.spawn(async move { site.post("/cart", SKU, &[ANN, KEY]).await });
    }
    let responses = sent.join_all().await;
    assert!(responses.iter().any(|response| response.status == 201));
    for response in responses {
        match response.status.as_u16() {
            201 => assert_eq!(response.text(), r#"{"sku_id":9,"count":"1"}"#),
            status => assert_eq!(status, 409),
        }
    }
    assert_eq!(one.get_with("/cart", &[ANN]).await.text(), r#"[{"sku_id":9,"count":"1"}]"#);
}

#[tokio::test]
async fn a_failed_request_does_not_use_its_key() {
    let site = Site::start().await;
    for json in [r#"{"sku_id":8}"#, "{}", "{"] {
        assert_ne!(site.post("/cart", json, &[ANN, KEY]).await.status, 201);
    }
    let response = site.post("/cart", r#"{"sku_id":8}"#, &[ANN, KEY]).await;
    assert_eq!((response.status.as_u16(), &response.json()["errors"][0]["field"]), (422, &"sku_id".into()));
    assert_eq!(site.post("/cart", SKU, &[ANN, KEY]).await.status, 201);
}

#[tokio::test]
async fn keys_have_bounds() {
    let site = Site::start().await;
    let (longest, longer) = ("ü".repeat(255), "ü".repeat(256));
    let not_text: &[u8] = b"\xff";
    for (key, status) in [
        (longest.as_bytes(), 201),
        (b"1", 201),
        (longer.as_bytes(), 422),
        (&[b'x'; 256], 422),
        (b"", 422),
        (not_text, 422),
    ] {
        let request = Request::post("/interactions")
            .header("content-type", "application/json")
            .header("idempotency-key", HeaderValue::from_bytes(key).unwrap())
            .body(Body::from(CLICK))
            .unwrap();
        assert_eq!(site.request(request).await.status, status, "{key:?}");
    }
}

#[tokio::test]
async fn a_key_expires_after_a_day() {
    let site = Site::start().await;
    let mut sql = site.sql().await;
    for (age, other_status, count) in [("23 hours 59 minutes", 422, 1), ("24 hours 1 second", 201, 2)] {
        assert_eq!(click(&site, CLICK).await.status, 201);
        run(&mut sql, format!("update idempotency_keys set created_at = now() - interval '{age}'")).await;
        assert_eq!(click(&site, OTHER_CLICK).await.status, other_status, "{age}");
        assert_eq!(clicks(&mut sql).await, count, "{age}");
    }
    // The key now belongs to the other request, for a day.
    assert_reused(&click(&site, CLICK).await);
}

#[tokio::test]
async fn expired_keys_are_deleted() {
    let site = Site::start().await;
    let mut sql = site.sql().await;
    run(
        &mut sql,
        "insert into idempotency_keys (key, created_at, fingerprint, body)
         select 'old ' || n, now() - interval '25 hours', ''::bytea, '' from generate_series(1, 5000) n
         union all select 'young', now() - interval '23 hours', ''::bytea, ''",
    )
    .await;
    let _other = Site::over(site.database(), |_| {}).await;
    eventually("the expired keys are deleted", async || {
        let keys: Vec<String> =
            sqlx::query_scalar("select key from idempotency_keys limit 2").fetch_all(&mut sql).await.unwrap();
        keys == ["young"]
    })
    .await;
}

#[tokio::test]
async fn a_retry_with_the_new_session_has_the_first_response() {
    let site = Site::start().await;
    let first = site.post("/cart", SKU, &[KEY]).await;
    let session = first.cookie();
    let again = site.post("/cart", SKU, &[KEY, ("cookie", &session)]).await;
    assert_eq!((again.status.as_u16(), again.text()), (201, first.text()));
    assert_eq!(again.header("set-cookie"), "");
    assert_reused(&site.post("/cart", r#"{"sku_id":10}"#, &[KEY, ("cookie", &session)]).await);
    let cart = site.get_with("/cart", &[("cookie", &session)]).await;
    assert_eq!(cart.text(), r#"[{"sku_id":9,"count":"1"}]"#);
}

#[tokio::test]
async fn a_retry_after_a_lost_response_adds_one_unit_to_a_new_session() {
    let site = Site::start().await;
    let lost = site.post("/cart", SKU, &[KEY]).await;
    for _ in 0..2 {
        let again = site.post("/cart", SKU, &[KEY]).await;
        assert_eq!((again.status.as_u16(), again.text()), (201, lost.text()));
        let session = again.cookie();
        // A key does not give access to the session of the first request.
        assert_ne!(session, lost.cookie());
        let cart = site.get_with("/cart", &[("cookie", &session)]).await;
        assert_eq!(cart.text(), r#"[{"sku_id":9,"count":"1"}]"#);
    }
}
