//! `POST /reviews`: valid reviews.

use atelier::config::Settings;
use insta::assert_snapshot;
use serde_json::json;
use tokio::task::JoinSet;

use super::totals::assert_totals_match;
use super::{ids, post, review, review_with, start};
use crate::support::{Site, eventually, lock_waits, run};

#[tokio::test]
async fn a_new_review_is_returned_as_its_list_shows_it() {
    let site = start().await;
    let response = post(&site, &review()).await;
    let date = response.json()["date"].as_str().unwrap().to_owned();
    assert_snapshot!(response.to_string().replace(&date, "[date]"), @r#"
    201 Created
    access-control-allow-origin: *
    access-control-expose-headers: link,etag,x-total-count,x-request-id
    cache-control: no-store
    content-length: 326
    content-type: application/json
    location: /reviews/101
    x-content-type-options: nosniff

    {"review_id":101,"rating":4,"summary":"Bright","recommend":true,"response":null,"body":"They are as bright as my future is, if not brighter.","date":"[date]","reviewer_name":"jackson11","helpfulness":0,"photos":[{"id":101,"url":"https://images.example/b.jpg"},{"id":102,"url":"http://images.example/a.jpg"}]}
    "#);
    let list = site.get("/reviews?product_id=2&sort=newest").await;
    assert!(list.text().contains(response.text()), "{list}");
}

#[tokio::test]
async fn lists_and_totals_show_a_new_review_at_once() {
    let site = start().await;
    for _ in 0..20 {
        let before = ids(&site, "/reviews?product_id=2&sort=newest&count=100").await;
        let created = post(&site, &review()).await.json()["review_id"].as_i64().unwrap();
        let after = ids(&site, "/reviews?product_id=2&sort=newest&count=100").await;
        assert_eq!(after[0], created);
        assert_eq!(after[1..], before);
    }
    assert_snapshot!(site.get("/reviews/meta?product_id=2").await.text(), @r#"{"product_id":"2","ratings":{"1":"1","3":"1","4":"21","5":"2"},"recommended":{"false":"2","true":"23"},"characteristics":{"Quality":{"id":14,"value":"4.7826086956521739"},"Fit":{"id":15,"value":"2.0000000000000000"},"Length":{"id":16,"value":"4.6666666666666667"}}}"#);
    post(&site, &review_with("characteristics", json!({ "16": 1 }))).await;
    assert_snapshot!(site.get("/reviews/meta?product_id=2").await.text(), @r#"{"product_id":"2","ratings":{"1":"1","3":"1","4":"22","5":"2"},"recommended":{"false":"2","true":"24"},"characteristics":{"Quality":{"id":14,"value":"4.7826086956521739"},"Fit":{"id":15,"value":"2.0000000000000000"},"Length":{"id":16,"value":"3.7500000000000000"}}}"#);
    assert_totals_match(&mut site.sql().await).await;
}

#[tokio::test]
async fn photos_and_characteristics_are_optional_and_the_summary_may_be_empty() {
    let site = start().await;
    let mut least = review();
    least["summary"] = json!("");
    least.as_object_mut().unwrap().retain(|name, _| name != "photos" && name != "characteristics");
    let response = post(&site, &least).await;
    assert_eq!(response.status, 201, "{response}");
    assert_eq!(response.json()["summary"], "");
    assert_eq!(response.json()["photos"], json!([]));
    assert_totals_match(&mut site.sql().await).await;
}

#[tokio::test]
async fn text_of_any_language_is_returned_unchanged() {
    let site = start().await;
    let body =
        "Größe 外套 עברית \u{1F9E5}\u{1F3FD} \"quoted\" back\\slash <b>&amp;</b>\ttab\nline\u{2028}\u{7f}";
    let mut new = review_with("body", json!(body));
    new["name"] = json!("\u{1F45F}");
    let response = post(&site, &new).await.json();
    assert_eq!((&response["body"], &response["reviewer_name"]), (&json!(body), &json!("\u{1F45F}")));
    let trimmed = post(&site, &review_with("body", json!(format!(" \n{body}\t ")))).await.json();
    assert_eq!(trimmed["body"], body);
}

#[tokio::test]
async fn the_e_mail_address_is_stored_and_never_shown() {
    let site = start().await;
    let response = post(&site, &review()).await;
    assert!(!response.text().contains("jackson@mail.example"));
    for path in ["/reviews?product_id=2&count=100", "/reviews/meta?product_id=2"] {
        assert!(!site.get(path).await.text().contains('@'), "{path}");
    }
    let stored: String = sqlx::query_scalar("select reviewer_email from reviews where id = 101")
        .fetch_one(&mut site.sql().await)
        .await
        .unwrap();
    assert_eq!(stored, "jackson@mail.example");
}

#[tokio::test]
async fn a_retry_with_the_same_key_creates_one_review() {
    let site = start().await;
    let other = Site::over(site.database(), |_| {}).await;
    let body = review().to_string();
    let headers = [("idempotency-key", "a key \u{e4}")];
    let first = site.post("/reviews", &body, &headers).await;
    assert_eq!(first.status, 201, "{first}");
    for site in [&site, &other] {
        assert_eq!(site.post("/reviews", &body, &headers).await.to_string(), first.to_string());
    }
    let reused = site.post("/reviews", &review_with("rating", json!(1)).to_string(), &headers).await;
    assert_eq!(
        (reused.status.as_u16(), &reused.json()["errors"][0]["field"]),
        (422, &json!("Idempotency-Key"))
    );
    assert_eq!(ids(&site, "/reviews?product_id=2&count=100").await.len(), 6);
    assert_totals_match(&mut site.sql().await).await;
}

#[tokio::test]
async fn concurrent_duplicates_create_one_review() {
    // Long enough for the lock that the first request waits for.
    let patient = |settings: &mut Settings| settings.database_timeout_ms = 60_000;
    let site = Site::over(start().await.database(), patient).await;
    let other = Site::over(site.database(), patient).await;
    let (mut sql, mut observer) = (site.sql().await, site.sql().await);
    // The first request waits for this lock after it has stored its key.
    run(&mut sql, "begin; lock table reviews in share mode").await;
    let send = |site: &Site| {
        let site = site.clone();
        async move { site.post("/reviews", &review().to_string(), &[("idempotency-key", "duplicate")]).await }
    };
    let first = tokio::spawn(send(&site));
    eventually("the first request waits", async || lock_waits(&mut observer).await == 1).await;
    assert_eq!(send(&other).await.status, 409);
    run(&mut sql, "commit").await;
    let first = first.await.unwrap();
    assert_eq!(first.status, 201, "{first}");
    assert_eq!(send(&site).await.text(), first.text());
    assert_eq!(ids(&site, "/reviews?product_id=2&count=100").await.len(), 6);
}

#[tokio::test]
async fn a_failed_request_does_not_use_its_key() {
    let site = start().await;
    let body = review_with("characteristics", json!({ "200": 3 })).to_string();
    let headers = [("idempotency-key", "again")];
    assert_eq!(site.post("/reviews", &body, &headers).await.status, 422);
    run(&mut site.sql().await, "insert into characteristics values (2, 200, 'Width')").await;
    assert_eq!(site.post("/reviews", &body, &headers).await.status, 201);
}

#[tokio::test]
async fn concurrent_reviews_are_all_counted() {
    let site = start().await;
    let other = Site::over(site.database(), |_| {}).await;
    let mut writers = JoinSet::new();
    for number in 0..100 {
        let site = [&site, &other][number % 2].clone();
        writers.spawn(async move {
            let mut new = review_with("rating", json!(number % 5 + 1));
            new["characteristics"] = json!({ "14": number % 5 + 1, "16": 5, "15": 1 });
            post(&site, &new).await.status
        });
    }
    assert!(writers.join_all().await.iter().all(|status| *status == 201));
    assert_totals_match(&mut site.sql().await).await;
    for site in [&site, &other] {
        eventually("the replica shows all reviews", async || {
            let meta = site.get("/reviews/meta?product_id=2").await.json();
            meta["ratings"] == json!({ "1": "21", "2": "20", "3": "21", "4": "21", "5": "22" })
        })
        .await;
    }
}
