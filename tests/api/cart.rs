//! `GET /cart` and `POST /cart`.

use insta::assert_snapshot;
use tokio::task::JoinSet;

use crate::support::{Response, Site, eventually, lock_waits, run};

const ANN: (&str, &str) = ("authorization", "Bearer ann");
const BEN: (&str, &str) = ("authorization", "Bearer ben");

async fn add(site: &Site, shopper: (&str, &str), sku_id: i64) -> Response {
    site.post("/cart", &format!("{{\"sku_id\":{sku_id}}}"), &[shopper]).await
}

async fn cart(site: &Site, shopper: (&str, &str)) -> String {
    site.get_with("/cart", &[shopper]).await.text().to_owned()
}

#[tokio::test]
async fn a_new_cart_is_empty_and_not_cacheable() {
    let site = Site::start().await;
    assert_snapshot!(site.get("/cart").await, @"
    200 OK
    access-control-allow-origin: *
    access-control-expose-headers: link,etag,x-total-count,x-request-id
    cache-control: no-store
    content-length: 2
    content-type: application/json
    x-content-type-options: nosniff

    []
    ");
    assert_eq!(site.get_with("/cart", &[ANN]).await.to_string(), site.get("/cart").await.to_string());
}

#[tokio::test]
async fn adding_a_unit_returns_the_item() {
    let site = Site::start().await;
    assert_snapshot!(add(&site, ANN, 11).await, @r#"
    201 Created
    access-control-allow-origin: *
    access-control-expose-headers: link,etag,x-total-count,x-request-id
    cache-control: no-store
    content-length: 25
    content-type: application/json
    x-content-type-options: nosniff

    {"sku_id":11,"count":"1"}
    "#);
    assert_eq!(cart(&site, ANN).await, r#"[{"sku_id":11,"count":"1"}]"#);
}

#[tokio::test]
async fn items_are_ordered_by_sku() {
    let site = Site::start().await;
    for sku_id in [40, 9, 12, 9, 10, 9] {
        assert_eq!(add(&site, ANN, sku_id).await.status, 201);
        // The shopper's next read shows it.
        assert!(cart(&site, ANN).await.contains(&format!("\"sku_id\":{sku_id},")));
    }
    assert_snapshot!(cart(&site, ANN).await, @r#"[{"sku_id":9,"count":"3"},{"sku_id":10,"count":"1"},{"sku_id":12,"count":"1"},{"sku_id":40,"count":"1"}]"#);
}

#[tokio::test]
async fn every_shopper_has_one_cart_on_all_replicas() {
    let one = Site::start().await;
    let other = Site::over(one.database(), |_| {}).await;
    add(&one, ANN, 9).await;
    add(&other, BEN, 10).await;
    add(&other, ANN, 9).await;
    for site in [&one, &other] {
        assert_eq!(cart(site, ANN).await, r#"[{"sku_id":9,"count":"2"}]"#);
        assert_eq!(cart(site, BEN).await, r#"[{"sku_id":10,"count":"1"}]"#);
    }
}

#[tokio::test]
async fn the_sku_id_may_be_a_string() {
    let site = Site::start().await;
    let response = site.post("/cart/", r#"{"sku_id":" 37 ","more":[]}"#, &[ANN]).await;
    assert_eq!(response.status, 422);
    let response = site.post("/cart/", r#"{"sku_id":"9","more":[]}"#, &[ANN]).await;
    assert_eq!((response.status.as_u16(), response.text()), (201, r#"{"sku_id":9,"count":"1"}"#));
}

#[tokio::test]
async fn an_unknown_sku_is_a_422() {
    let site = Site::start().await;
    for sku_id in ["8", "13", "9223372036854775807"] {
        let response = site.post("/cart", &format!("{{\"sku_id\":{sku_id}}}"), &[ANN]).await;
        assert_eq!(response.status, 422, "{sku_id}");
    }
    assert_snapshot!(add(&site, ANN, 8).await.text(), @r#"{"type":"about:blank","title":"Unprocessable Entity","status":422,"detail":"sku_id must be the id of an existing sku","errors":[{"field":"sku_id","message":"must be the id of an existing sku"}]}"#);
    assert_eq!(cart(&site, ANN).await, "[]");
}

#[tokio::test]
async fn an_invalid_sku_id_is_a_422() {
    let site = Site::start().await;
    for json in [
        "{}",
        "[]",
        "9",
        "null",
        r#"{"sku_id":null}"#,
        r#"{"sku_id":0}"#,
        r#"{"sku_id":-9}"#,
        r#"{"sku_id":9.5}"#,
        r#"{"sku_id":"x"}"#,
        r#"{"sku_id":""}"#,
        r#"{"sku_id":[9]}"#,
        r#"{"sku_id":true}"#,
        r#"{"sku_id":9223372036854775808}"#,
        r#"{"SKU_ID":9}"#,
    ] {
        let response = site.post("/cart", json, &[ANN]).await;
        assert_eq!(response.status, 422, "{json}");
        let field = if json.starts_with('{') { "sku_id" } else { "body" };
        assert_eq!(response.json()["errors"][0]["field"], field, "{json}");
    }
    assert_eq!(site.post("/cart", "{", &[ANN]).await.status, 400);
    assert_eq!(site.post("/cart", "", &[ANN]).await.status, 400);
    assert_eq!(site.send("POST".parse().unwrap(), "/cart", &[ANN]).await.status, 415);
    assert_eq!(site.post("/cart", &" ".repeat(65_537), &[ANN]).await.status, 413);
    assert_eq!(cart(&site, ANN).await, "[]");
}

#[tokio::test]
async fn other_methods_are_a_405_that_lists_those_allowed() {
    let site = Site::start().await;
    for method in ["PUT", "PATCH", "DELETE"] {
        let response = site.send(method.parse().unwrap(), "/cart", &[ANN]).await;
        assert_eq!((response.status.as_u16(), response.header("allow")), (405, "GET,HEAD,POST"), "{method}");
    }
}

#[tokio::test]
async fn without_the_cart_service_its_paths_are_a_404() {
    let site = Site::start_with(|settings| settings.services = "products,reviews".parse().unwrap()).await;
    assert_eq!(site.get("/cart").await.status, 404);
    assert_eq!(add(&site, ANN, 9).await.status, 404);
}

#[tokio::test]
async fn deleting_a_sku_deletes_its_items() {
    let site = Site::start().await;
    add(&site, ANN, 9).await;
    add(&site, ANN, 10).await;
    run(&mut site.sql().await, "delete from skus where id = 9").await;
    assert_eq!(cart(&site, ANN).await, r#"[{"sku_id":10,"count":"1"}]"#);
}

#[tokio::test]
async fn units_added_concurrently_on_two_replicas_are_all_counted() {
    let one = Site::start().await;
    let other = Site::over(one.database(), |_| {}).await;
    let mut adds = JoinSet::new();
    for number in 0..200 {
        let site = if number % 2 == 0 { one.clone() } else { other.clone() };
        adds.spawn(async move { add(&site, ANN, 9).await });
    }
    let mut counts: Vec<u32> = Vec::new();
    for response in adds.join_all().await {
        assert_eq!(response.status, 201);
        counts.push(response.json()["count"].as_str().unwrap().parse().unwrap());
    }
    counts.sort_unstable();
    assert_eq!(counts, (1..=200).collect::<Vec<_>>());
    assert_eq!(cart(&other, ANN).await, r#"[{"sku_id":9,"count":"200"}]"#);
}

#[tokio::test]
async fn replicas_that_add_the_same_skus_in_different_orders_do_not_deadlock() {
    const SKUS: [i64; 5] = [9, 10, 11, 12, 40];
    let one = Site::start().await;
    let other = Site::over(one.database(), |_| {}).await;
    let mut adds = JoinSet::new();
    for number in 0..500_usize {
        let (site, index) = if number % 2 == 0 { (&one, number / 2) } else { (&other, 499 - number / 2) };
        let (site, shopper) = (site.clone(), if index / 5 % 2 == 0 { ANN } else { BEN });
        adds.spawn(async move { add(&site, shopper, SKUS[index % 5]).await.status });
    }
    assert!(adds.join_all().await.iter().all(|status| *status == 201));
    let mut sql = one.sql().await;
    let units: (i64, i64) = sqlx::query_as("select sum(units)::bigint, count(*) from cart_items")
        .fetch_one(&mut sql)
        .await
        .unwrap();
    assert_eq!(units, (500, 10));
}

#[tokio::test]
async fn a_sku_deleted_concurrently_does_not_fail_the_rest_of_its_batch() {
    let site = Site::start_with(|settings| settings.write_connections = 1).await;
    let (mut item, mut sku, mut observer) = (site.sql().await, site.sql().await, site.sql().await);
    add(&site, BEN, 9).await;
    run(&mut item, "begin; update cart_items set units = units").await;
    run(&mut sku, "begin; delete from skus where id = 10").await;
    let send = |shopper, sku_id| {
        let site = site.clone();
        tokio::spawn(async move { add(&site, shopper, sku_id).await.status.as_u16() })
    };
    let first = send(BEN, 9);
    eventually("the only writer waits", async || lock_waits(&mut observer).await == 1).await;
    // These two queue behind it and so form a batch. Its snapshot still contains sku 10, whose deletion is about to commit.
    let (deleted, existing) = (send(ANN, 10), send(ANN, 11));
    run(&mut item, "commit").await;
    assert_eq!(first.await.unwrap(), 201);
    eventually("the batch waits for the deletion", async || lock_waits(&mut observer).await == 1).await;
    run(&mut sku, "commit").await;
    assert_eq!((deleted.await.unwrap(), existing.await.unwrap()), (422, 201));
    assert_eq!(cart(&site, ANN).await, r#"[{"sku_id":11,"count":"1"}]"#);
}
