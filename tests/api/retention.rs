//! Retention of carts and interactions. That of idempotency keys is tested with them.

use sqlx::PgConnection;

use crate::support::{Site, eventually, run};

const SKU: &str = r#"{"sku_id":9}"#;
const ANN: (&str, &str) = ("authorization", "Bearer ann");

async fn texts(sql: &mut PgConnection, query: &'static str) -> Vec<String> {
    sqlx::query_scalar(query).fetch_all(sql).await.unwrap()
}

#[tokio::test]
async fn carts_that_nobody_touches_are_deleted_as_a_whole() {
    let site = Site::start().await;
    let mut sql = site.sql().await;
    run(
        &mut sql,
        "insert into cart_items (shopper, sku_id, units, touched_on)
         select ('old ' || n)::bytea, s.id, 1, current_date - 91 - s.id::int % 5
         from generate_series(1, 700) n cross join skus s
         union all select 'young', 9, 1, current_date - 89
         union all select 'touched', 9, 1, current_date - 100
         union all select 'touched', 10, 1, current_date - 89",
    )
    .await;

    let _other = Site::over(site.database(), |_| {}).await;

    let left =
        "select distinct encode(shopper, 'escape') || ' ' || sku_id from cart_items order by 1 limit 4";
    eventually("the expired carts are deleted", async || {
        texts(&mut sql, left).await == ["touched 10", "touched 9", "young 9"]
    })
    .await;
    let _shorter = Site::over(site.database(), |settings| {
        settings.cart_retention_days = "88".parse().unwrap();
    })
    .await;
    eventually("the others are deleted", async || texts(&mut sql, left).await.is_empty()).await;
}

#[tokio::test]
async fn an_addition_touches_the_item() {
    let site = Site::start().await;
    let mut sql = site.sql().await;
    let key = ("idempotency-key", "1");
    for headers in [&[ANN][..], &[ANN, key]] {
        assert_eq!(site.post("/cart", SKU, &[ANN]).await.status, 201);
        run(&mut sql, "update cart_items set touched_on = current_date - 1").await;
        assert_eq!(site.post("/cart", SKU, headers).await.status, 201);
        let touched = texts(&mut sql, "select (touched_on = current_date)::text from cart_items").await;
        assert_eq!(touched, ["true"]);
    }
}

#[tokio::test]
async fn interactions_are_kept_for_ever_unless_their_retention_is_set() {
    let site = Site::start().await;
    let mut sql = site.sql().await;
    run(
        &mut sql,
        "insert into interactions (received_at, element, widget, time)
         select now() - interval '31 days', 'old', '', '' from generate_series(1, 4500)
         union all select now() - interval '29 days', 'young', '', ''
         union all select now() - interval '31 days', 'late', '', ''",
    )
    .await;
    let series = r#"atelier_database_expired_rows_total{table="interactions"}"#;
    assert!(!site.get("/metrics").await.text().contains(series));

    let other = Site::over(site.database(), |settings| {
        settings.interaction_retention_days = Some("30".parse().unwrap());
    })
    .await;

    eventually("the expired interactions are deleted", async || {
        texts(&mut sql, "select element from interactions limit 2").await == ["young"]
    })
    .await;
    eventually("they are counted", async || {
        other.get("/metrics").await.text().contains(&format!("{series} 4501"))
    })
    .await;
}
