//! `PUT /reviews/:id/helpful` and `/report`.

use axum::body::Body;
use axum::http::Request;
use insta::assert_snapshot;
use tokio::task::JoinSet;

use super::totals::assert_totals_match;
use super::{ids, start};
use crate::support::{Site, eventually, lock_waits, run};

async fn helpfulness(site: &Site, id: i64) -> i64 {
    let query = sqlx::query_scalar::<_, i32>("select helpfulness from reviews where id = $1");
    query.bind(id).fetch_one(&mut site.sql().await).await.unwrap().into()
}

#[tokio::test]
async fn a_vote_is_shown_at_once_and_changes_the_order() {
    let site = start().await;
    assert_eq!(ids(&site, "/reviews?product_id=2&sort=helpful").await, [6, 9, 8, 5, 10]);
    assert_snapshot!(site.put("/reviews/5/helpful").await, @r"
    204 No Content
    access-control-allow-origin: *
    access-control-expose-headers: link,etag,x-total-count,x-request-id
    content-length: 0
    x-content-type-options: nosniff
    ");
    assert_eq!(ids(&site, "/reviews?product_id=2&sort=helpful").await, [6, 5, 9, 8, 10]);
    assert_eq!(site.get("/reviews?product_id=2&sort=helpful").await.json()["results"][1]["helpfulness"], 3);
    // In this order a vote counts as one month, which is not enough.
    assert_eq!(ids(&site, "/reviews?product_id=2").await, [6, 10, 9, 8, 5]);
    for _ in 0..24 {
        site.put("/reviews/5/helpful").await;
    }
    assert_eq!(ids(&site, "/reviews?product_id=2").await, [6, 5, 10, 9, 8]);
}

#[tokio::test]
async fn a_reported_review_is_hidden_at_once_and_stays_hidden() {
    let site = start().await;
    for _ in 0..2 {
        assert_eq!(site.put("/reviews/5/report").await.status, 204);
        assert_eq!(ids(&site, "/reviews?product_id=2").await, [6, 10, 9, 8]);
    }
    assert_snapshot!(site.get("/reviews/meta?product_id=2").await.text(), @r#"{"product_id":"2","ratings":{"1":"1","4":"1","5":"2"},"recommended":{"false":"1","true":"3"},"characteristics":{"Quality":{"id":14,"value":"3.0000000000000000"},"Fit":{"id":15,"value":null},"Length":{"id":16,"value":"4.5000000000000000"}}}"#);
    assert_eq!(site.put("/reviews/5/helpful").await.status, 204, "it still accepts votes");
    assert_totals_match(&mut site.sql().await).await;
}

#[tokio::test]
async fn an_unknown_review_or_path_is_a_404() {
    let site = start().await;
    for vote in ["helpful", "report"] {
        for id in
            ["2", "4", "9223372036854775807", "9223372036854775808", "0", "-1", "abc", "1.5", "%00", "%ff"]
        {
            let response = site.put(&format!("/reviews/{id}/{vote}")).await;
            assert_eq!(response.status, 404, "{id}: {response}");
        }
    }
    assert_eq!(site.put("/reviews/4/helpful").await.json()["detail"], "review 4 does not exist");
    for path in ["/reviews/5", "/reviews/5/unreport", "/reviews/helpful"] {
        assert_eq!(site.put(path).await.status, 404, "{path}");
    }
    for (path, allowed) in [("/reviews/5/helpful", "PUT"), ("/reviews/meta", "GET,HEAD")] {
        let response = site.send("DELETE".parse().unwrap(), path, &[]).await;
        assert_eq!((response.status.as_u16(), response.header("allow")), (405, allowed), "{path}");
    }
}

#[tokio::test]
async fn a_body_is_ignored_and_a_trailing_slash_allowed() {
    let site = start().await;
    for (path, body) in
        [("/reviews/8/helpful/", ""), ("/reviews/8/helpful", "{"), ("/reviews/08/helpful", "x")]
    {
        let request = Request::put(path).body(Body::from(body)).unwrap();
        assert_eq!(site.request(request).await.status, 204, "{path}");
    }
    assert_eq!(helpfulness(&site, 8).await, 5);
}

#[tokio::test]
async fn concurrent_votes_are_all_counted() {
    let site = start().await;
    let other = Site::over(site.database(), |_| {}).await;
    let mut voters = JoinSet::new();
    for number in 0..600 {
        let site = [&site, &other][number % 2].clone();
        // Two reviews of one product, one of another, and one that does not exist.
        let path = ["/reviews/8/helpful", "/reviews/10/helpful", "/reviews/1/helpful", "/reviews/4/helpful"]
            [number % 4];
        let path = if number % 20 == 3 { "/reviews/9/report" } else { path };
        voters.spawn(async move { (path, site.put(path).await.status) });
    }
    for (path, status) in voters.join_all().await {
        assert_eq!(status, if path.contains("/4/") { 404 } else { 204 }, "{path}");
    }
    assert_eq!(helpfulness(&site, 8).await, 150 + 2);
    assert_eq!(helpfulness(&site, 10).await, 150);
    assert_eq!(helpfulness(&site, 1).await, 150 + 8);
    assert_eq!(helpfulness(&site, 9).await, 2);
    assert_totals_match(&mut site.sql().await).await;
    for site in [&site, &other] {
        eventually("the replica shows all votes", async || {
            site.get("/reviews?product_id=2&sort=helpful&count=1").await.json()["results"][0]["helpfulness"]
                == 152
                && ids(site, "/reviews?product_id=2&sort=helpful").await == [8, 10, 6, 5]
        })
        .await;
    }
}

#[tokio::test]
async fn the_largest_count_does_not_change_and_fails_no_vote() {
    let site = start().await;
    run(&mut site.sql().await, "update reviews set helpfulness = 2147483647 where id = 6").await;
    for id in [6, 8, 6] {
        assert_eq!(site.put(&format!("/reviews/{id}/helpful")).await.status, 204);
    }
    assert_eq!(helpfulness(&site, 6).await, 2_147_483_647);
    assert_eq!(ids(&site, "/reviews?product_id=2").await[0], 6);
}

/// Makes an update of reviews wait after it has updated the reviews and before it updates the totals.
const GATE: &str = "
    create function wait_at_gate() returns trigger language plpgsql as $$
    begin
        perform pg_advisory_xact_lock_shared(1);
        return null;
    end
    $$;
    create trigger a_gate after update on reviews for each statement execute function wait_at_gate();
    select pg_advisory_lock(1)";

#[tokio::test]
async fn a_vote_that_a_deadlock_rolled_back_is_retried() {
    let site = Site::over(start().await.database(), |settings| settings.database_timeout_ms = 60_000).await;
    let (mut sql, mut gate) = (site.sql().await, site.sql().await);
    run(&mut gate, GATE).await;
    // In the opposite order: first the totals, then the review. It does not check for deadlocks within this test, so that
    // PostgreSQL rolls back the vote.
    let update = "set deadlock_timeout = '1h'; begin; update review_totals set rating_1 = rating_1 where product_id = 2";
    run(&mut sql, update).await;
    let vote = tokio::spawn({
        let site = site.clone();
        async move { site.put("/reviews/5/report").await }
    });
    eventually("the vote has updated its review", async || lock_waits(&mut gate).await == 1).await;
    let other = tokio::spawn(async move {
        run(&mut sql, "update reviews set response = 'Oh.' where id = 5; commit").await;
        sql
    });
    eventually("the other update waits for the vote", async || lock_waits(&mut gate).await == 2).await;
    run(&mut gate, "select pg_advisory_unlock(1)").await;
    assert_eq!(vote.await.unwrap().status, 204);
    assert_eq!(ids(&site, "/reviews?product_id=2").await, [6, 10, 9, 8]);
    assert_totals_match(&mut other.await.unwrap()).await;
}
