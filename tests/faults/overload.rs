//! More writes than the database can do, rows that another session locks, and connections that are lost during a write.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use hyper::Request;
use serde_json::json;
use sqlx::PgConnection;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::databases::{TestDatabase, eventually, run};
use crate::http_client::{Client, post, put, send};
use crate::replica::Replica;
use crate::tcp_proxy::{ProxyState, TcpProxy};

/// Four products, each with a review and a question.
const SHOP: &str = "
    insert into products select id, 'Camo Onesie', '', '', 'Jackets', 140 from generate_series(1, 4) id;
    insert into styles (id, product_id, name, original_price, is_default) values (1, 1, 'Blue', 140, true);
    insert into skus (product_id, style_id, id, size, quantity) values (1, 1, 1, 'M', 8);
    insert into reviews (product_id, id, rating, summary, body, recommend, reviewer_name, reviewer_email)
        select id, 1000 + id, 5, '', '', true, 'ann', 'ann@example.com' from generate_series(1, 4) id;
    insert into questions (product_id, id, body, asker_name, asker_email)
        select id, 1000 + id, 'Why?', 'ann', 'ann@example.com' from generate_series(1, 4) id";

/// Makes each new review take so long.
fn slow_reviews(milliseconds: u32) -> String {
    format!(
        "create function take_time() returns trigger language plpgsql as
             $$ begin perform pg_sleep({milliseconds} / 1000.0); return null; end $$;
         create trigger slow after insert on reviews for each row execute function take_time()"
    )
}

/// A review of a product, with this summary.
fn review(product_id: u32, summary: &str) -> String {
    json!({
        "product_id": product_id, "rating": 5, "summary": summary, "recommend": true, "name": "ann",
        "email": "ann@example.com", "body": "A review of at least fifty characters, as the API demands.",
    })
    .to_string()
}

/// Posts a review, and returns the status of the response.
async fn post_review(client: &mut Client, product_id: u32, summary: &str) -> u16 {
    let response = post(client, "/reviews", &review(product_id, summary)).await;
    response.expect("each request has a response").0.as_u16()
}

/// The summaries of the reviews that were posted. None is stored twice.
async fn stored_summaries(sql: &mut PgConnection) -> HashSet<String> {
    let query = sqlx::query_scalar("select summary from reviews where summary <> ''");
    let stored: Vec<String> = query.fetch_all(sql).await.unwrap();
    let count = stored.len();
    let stored: HashSet<_> = stored.into_iter().collect();
    assert_eq!(stored.len(), count, "a review is stored twice");
    stored
}

/// Posts reviews from so many clients for some time. Returns each status with the summary of the review.
async fn load(replica: &Replica, clients: u32, length: Duration) -> Vec<(u16, String)> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let mut posting = JoinSet::new();
    let started = Instant::now();
    for number in 0..clients {
        let mut client = replica.connect().await;
        posting.spawn(async move {
            let mut results = Vec::new();
            while started.elapsed() < length {
                let summary = NEXT.fetch_add(1, Ordering::Relaxed).to_string();
                let status = post_review(&mut client, number % 4 + 1, &summary).await;
                results.push((status, summary));
                if status == 503 {
                    // It shares a processor with the database.
                    sleep(Duration::from_millis(100)).await;
                }
            }
            results
        });
    }
    posting.join_all().await.into_iter().flatten().collect()
}

#[tokio::test]
async fn under_overload_the_database_works_for_successful_responses_only() {
    let (database, replica) = Replica::over(SHOP, &[]).await;
    let mut sql = database.connect().await;
    run(&mut sql, slow_reviews(30)).await;

    let results = load(&replica, 300, Duration::from_secs(3)).await;

    let stored = stored_summaries(&mut sql).await;
    let count = |status| results.iter().filter(|it| it.0 == status).count();
    for (status, summary) in &results {
        match status {
            201 => assert!(stored.contains(summary), "{summary} was answered with 201"),
            503 => assert!(!stored.contains(summary), "{summary} is stored, and was answered with 503"),
            status => panic!("{status}: {:#?}", replica.take_log()),
        }
    }
    assert!(count(201) > 10 && count(503) > 300, "there was no overload");
    let log = replica.take_log();
    let warnings = log.iter().filter(|line| line.contains("overloaded")).count();
    assert_eq!(warnings, 1, "{log:#?}");
}

#[tokio::test]
async fn a_locked_row_delays_only_the_writes_that_need_it() {
    let (database, replica) = Replica::over(SHOP, &[]).await;
    let mut sql = database.connect().await;
    run(&mut sql, "begin; select from review_totals where product_id = 1 for update").await;
    let mut blocked = JoinSet::new();
    for number in 0..20 {
        let mut client = replica.connect().await;
        blocked.spawn(async move { post_review(&mut client, 1, &format!("blocked {number}")).await });
    }
    let mut others = JoinSet::new();
    for number in 0..20 {
        let mut client = replica.connect().await;
        others.spawn(async move {
            let question = r#"{"product_id":2,"body":"Why?","name":"ann","email":"ann@example.com"}"#;
            let click = r#"{"element":"e","widget":"w","time":"t"}"#;
            let mut statuses = vec![post_review(&mut client, 2, &format!("other {number}")).await];
            for (path, json) in
                [("/qa/questions", question), ("/interactions", click), ("/cart", r#"{"sku_id":1}"#)]
            {
                statuses.push(post(&mut client, path, json).await.unwrap().0.as_u16());
            }
            for path in ["/reviews/1001/helpful", "/reviews/1002/helpful", "/qa/questions/1001/helpful"] {
                statuses.push(put(&mut client, path).await.unwrap().0.as_u16());
            }
            statuses
        });
    }

    for statuses in others.join_all().await {
        assert_eq!(statuses, [201, 201, 201, 201, 204, 204, 204]);
    }
    let blocked = blocked.join_all().await;
    assert!(blocked.iter().all(|status| *status == 503), "{blocked:?}");
    assert_eq!(stored_summaries(&mut sql).await.len(), 20);
    run(&mut sql, "commit").await;
    assert_eq!(post_review(&mut replica.connect().await, 1, "unblocked").await, 201);
}

#[tokio::test]
async fn a_locked_row_fails_no_other_vote_of_its_batch() {
    let (database, replica) = Replica::over(SHOP, &[("ATELIER_WRITE_CONNECTIONS", "1")]).await;
    let mut sql = database.connect().await;
    run(&mut sql, "begin; select from reviews where id = 1001 for update").await;
    let mut votes = JoinSet::new();
    for number in 0..40 {
        let mut client = replica.connect().await;
        let id = 1001 + number % 4;
        votes.spawn(async move {
            (id, put(&mut client, &format!("/reviews/{id}/helpful")).await.unwrap().0.as_u16())
        });
    }
    for (id, status) in votes.join_all().await {
        assert_eq!(status, if id == 1001 { 503 } else { 204 }, "review {id}");
    }
    run(&mut sql, "commit").await;
    let counts: Vec<i32> =
        sqlx::query_scalar("select helpfulness from reviews order by id").fetch_all(&mut sql).await.unwrap();
    assert_eq!(counts, [0, 10, 10, 10]);
}

#[tokio::test]
async fn a_write_whose_connection_is_lost_is_a_504_or_with_a_key_applied_once() {
    let (database, replica) = Replica::over(SHOP, &[]).await;
    let mut sql = database.connect().await;
    run(&mut sql, slow_reviews(400)).await;
    let mut clients = [replica.connect().await, replica.connect().await];
    let [without_key, with_key] = &mut clients;
    let keyed =
        Request::post("/reviews").header("content-type", "application/json").header("idempotency-key", "a");
    let (first, second) = (review(1, "without key"), review(2, "with key"));
    let posting =
        async { tokio::join!(post(without_key, "/reviews", &first), send(with_key, keyed, &second)) };
    let terminating = async {
        let mut terminated = 0;
        eventually("both connections are terminated", async || {
            terminated += sqlx::query_scalar::<_, i64>(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity
                 where datname = current_database() and query like '%insert into reviews%' and pid <> pg_backend_pid()
                     and wait_event = 'PgSleep'",
            )
            .fetch_one(&mut sql)
            .await
            .unwrap();
            terminated >= 2
        })
        .await;
    };
    let ((without_key, with_key), ()) = tokio::join!(posting, terminating);

    let (status, body) = without_key.unwrap();
    assert_eq!(status, 504, "{body:?}");
    let (status, body) = with_key.unwrap();
    assert_eq!(status, 201, "{body:?}");
    assert_eq!(stored_summaries(&mut sql).await, HashSet::from(["with key".to_owned()]));
}

#[tokio::test]
async fn a_write_succeeds_although_idle_connections_were_terminated() {
    let (database, replica) = Replica::over(SHOP, &[]).await;
    let mut client = replica.connect().await;
    let terminate = "select pg_terminate_backend(pid) from pg_stat_activity
                     where datname = current_database() and application_name = 'atelier'";
    let mut sql = database.connect().await;
    // From five milliseconds on, a connection counts as idle.
    sleep(Duration::from_millis(50)).await;
    run(&mut sql, terminate).await;
    assert_eq!(post_review(&mut client, 1, "").await, 201);
}

#[tokio::test]
async fn a_write_that_a_frozen_database_has_begun_is_a_504_and_one_that_waits_is_a_503() {
    let database = TestDatabase::filled(SHOP).await;
    let proxy = TcpProxy::start(&database.options()).await;
    let variables = [("ATELIER_DATABASE_TIMEOUT_MS", "600"), ("ATELIER_WRITE_CONNECTIONS", "1")];
    let replica = Replica::ready(&proxy.url(&database.options()), &variables).await;
    assert_eq!(post_review(&mut replica.connect().await, 1, "before").await, 201);
    proxy.set(ProxyState::Stalled);
    let mut posts = JoinSet::new();
    for number in 0..10 {
        let mut client = replica.connect().await;
        posts.spawn(async move { (post_review(&mut client, 1, &format!("frozen {number}")).await, number) });
    }
    let results = posts.join_all().await;

    let begun = results.iter().filter(|it| it.0 == 504).count();
    assert!(begun >= 1 && results.iter().all(|it| [503, 504].contains(&it.0)), "{results:?}");
    proxy.set(ProxyState::Forwarding);
    let mut client = replica.connect().await;
    eventually("writes succeed", async || post_review(&mut client, 1, "").await == 201).await;
    let stored = stored_summaries(&mut database.connect().await).await;
    for (status, number) in results {
        assert!(status == 504 || !stored.contains(&format!("frozen {number}")), "{number} was a 503");
    }
}
