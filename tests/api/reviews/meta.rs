//! `GET /reviews/meta`: totals of reviews.

use insta::assert_snapshot;

use super::start;
use crate::support::{Site, run};

#[tokio::test]
async fn totals_have_all_ratings_and_characteristics() {
    let site = start().await;
    assert_snapshot!(site.get("/reviews/meta?product_id=2").await, @r#"
    200 OK
    access-control-allow-origin: *
    access-control-expose-headers: link,etag,x-total-count,x-request-id
    cache-control: no-cache
    content-length: 247
    content-type: application/json
    etag: "18ba3eccc270b4c7b20e5133e5ebb3c3"
    vary: accept-encoding
    x-content-type-options: nosniff

    {"product_id":"2","ratings":{"1":"1","3":"1","4":"1","5":"2"},"recommended":{"false":"2","true":"3"},"characteristics":{"Quality":{"id":14,"value":"3.3333333333333333"},"Fit":{"id":15,"value":null},"Length":{"id":16,"value":"4.6666666666666667"}}}
    "#);
}

#[tokio::test]
async fn totals_include_no_reviews_of_other_products() {
    let site = start().await;
    for (id, body) in [
        // No reviews, and no such product.
        (
            5,
            r#"{"product_id":"5","ratings":{},"recommended":{"false":"0","true":"0"},"characteristics":{"Comfort":{"id":50,"value":null}}}"#,
        ),
        (8, r#"{"product_id":"8","ratings":{},"recommended":{"false":"0","true":"0"},"characteristics":{}}"#),
        (4, r#"{"product_id":"4","ratings":{},"recommended":{"false":"0","true":"0"},"characteristics":{}}"#),
        (
            i64::MAX,
            r#"{"product_id":"9223372036854775807","ratings":{},"recommended":{"false":"0","true":"0"},"characteristics":{}}"#,
        ),
        (
            1,
            r#"{"product_id":"1","ratings":{"5":"1"},"recommended":{"false":"0","true":"1"},"characteristics":{"Fit":{"id":1,"value":"4.0000000000000000"}}}"#,
        ),
        (
            3,
            "{\"product_id\":\"3\",\"ratings\":{\"1\":\"1\"},\"recommended\":{\"false\":\"1\",\"true\":\"0\"},\"characteristics\":{\"\\\"Quoted\\\" \u{1F45F}\":{\"id\":30,\"value\":null}}}",
        ),
    ] {
        let response = site.get(&format!("/reviews/meta?product_id={id}")).await;
        assert_eq!((response.status.as_u16(), response.text()), (200, body));
    }
}

#[tokio::test]
async fn a_mean_always_has_sixteen_decimals() {
    let site = start().await;
    // Without rounding, PostgreSQL's quotients of these have 16 or 20 decimals.
    for (ratings, total, mean) in [
        (1_i64, 5_i64, "5.0000000000000000"),
        (7, 8, "1.1428571428571429"),
        (10_001, 15_000, "1.4998500149985001"),
        (10_001, 40_000, "3.9996000399960004"),
        (9_999, 10_000, "1.0001000100010001"),
        (999_999_999_999, 1_000_000_000_000, "1.0000000000010000"),
        (3_000_000_000_000_000_000, 9_000_000_000_000_000_001, "3.0000000000000000"),
    ] {
        let site = Site::over(site.database(), |_| {}).await;
        let set = format!(
            "update characteristic_totals set ratings = {ratings}, total = {total} where product_id = 1"
        );
        run(&mut site.sql().await, set).await;
        let meta = site.get("/reviews/meta?product_id=1").await.json();
        assert_eq!(meta["characteristics"]["Fit"]["value"], mean, "{total} / {ratings}");
    }
}

#[tokio::test]
async fn totals_are_read_without_the_reviews() {
    let site = start().await;
    let rename =
        "alter table reviews rename to hidden; alter table characteristic_ratings rename to hidden_too";
    run(&mut site.sql().await, rename).await;
    assert_eq!(site.get("/reviews/meta?product_id=2").await.status, 200);
    assert_eq!(site.get("/reviews?product_id=2").await.status, 500);
}

#[tokio::test]
async fn an_invalid_product_id_is_a_422() {
    let site = start().await;
    for query in
        ["", "?product_id=", "?product_id=null", "?product_id=0", "?product_id=abc", "?product_id=1%00"]
    {
        let response = site.get(&format!("/reviews/meta{query}")).await;
        assert_eq!(response.status, 422, "{query}: {response}");
        assert_eq!(response.json()["errors"][0]["field"], "product_id", "{query}: {response}");
    }
}
