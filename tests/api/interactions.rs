//! `POST /interactions`.

use insta::assert_snapshot;
use sqlx::PgConnection;
use tokio::task::JoinSet;

use crate::support::{Site, eventually, lock_waits, run};

const CLICK: &str =
    r#"{"element":"button#add","widget":"Overview","time":"Tue Jul 28 2020 21:05:14 GMT+0200"}"#;

/// The stored clicks, by id.
async fn stored(sql: &mut PgConnection) -> Vec<(String, String, String)> {
    let rows = "select element, widget, time from interactions order by id";
    sqlx::query_as(rows).fetch_all(sql).await.unwrap()
}

#[tokio::test]
async fn a_click_is_stored_and_returned() {
    let site = Site::start().await;
    assert_snapshot!(site.post("/interactions", CLICK, &[]).await, @r#"
    201 Created
    access-control-allow-origin: *
    access-control-expose-headers: link,etag,x-total-count,x-request-id
    cache-control: no-store
    content-length: 87
    content-type: application/json
    x-content-type-options: nosniff

    {"element":"button#add","widget":"Overview","time":"Tue Jul 28 2020 21:05:14 GMT+0200"}
    "#);
    let click = ("button#add".into(), "Overview".into(), "Tue Jul 28 2020 21:05:14 GMT+0200".into());
    assert_eq!(stored(&mut site.sql().await).await, [click]);
}

#[tokio::test]
async fn text_of_any_language_is_stored_unchanged() {
    let site = Site::start().await;
    let json = r#"{"widget":" ¿Preguntas? ","time":"\u2028 \ud83e\udde5","element":"<b class=\"x\">Mäntel 外套</b>","more":1}"#;
    let response = site.post("/interactions/", json, &[]).await;
    assert_snapshot!(response.text(), @r#"{"element":"<b class=\"x\">Mäntel 外套</b>","widget":"¿Preguntas?","time":"🧥"}"#);
    let click = ("<b class=\"x\">Mäntel 外套</b>".into(), "¿Preguntas?".into(), "🧥".into());
    assert_eq!(stored(&mut site.sql().await).await, [click]);
}

#[tokio::test]
async fn every_invalid_or_missing_field_is_reported() {
    let site = Site::start().await;
    for (json, invalid) in [
        ("{}", &["element", "widget", "time"][..]),
        (r#"{"element":1,"widget":null,"time":["x"]}"#, &["element", "widget", "time"]),
        (r#"{"element":"a","widget":"b"}"#, &["time"]),
        (r#"{"element":"a","widget":"b","time":1595884714409}"#, &["time"]),
        (r#"{"element":"a","widget":"  ","time":""}"#, &["widget", "time"]),
        (r#"{"element":"a\u0000","widget":"b","time":"\u0000"}"#, &["element", "time"]),
        ("[]", &["body"]),
    ] {
        let response = site.post("/interactions", json, &[]).await;
        assert_eq!(response.status, 422, "{json}");
        let errors = response.json()["errors"].as_array().unwrap().clone();
        let fields: Vec<&str> = errors.iter().map(|it| it["field"].as_str().unwrap()).collect();
        assert_eq!(fields, invalid, "{json}");
    }
    assert_eq!(site.post("/interactions", CLICK, &[("content-type", "text/plain")]).await.status, 201);
    assert_eq!(site.post("/interactions", &CLICK[1..], &[]).await.status, 400);
    assert_eq!(stored(&mut site.sql().await).await.len(), 1);
}

#[tokio::test]
async fn texts_have_bounds() {
    let site = Site::start().await;
    let click = |element: usize, widget: usize, time: usize| {
        let [element, widget, time] = [element, widget, time].map(|length| "é".repeat(length));
        format!(r#"{{"element":"{element}","widget":"{widget}","time":"{time}"}}"#)
    };
    for (json, status) in [
        (click(10_000, 1_000, 1_000), 201),
        (click(10_001, 1, 1), 422),
        (click(1, 1_001, 1), 422),
        (click(1, 1, 1_001), 422),
    ] {
        assert_eq!(site.post("/interactions", &json, &[]).await.status, status);
    }
}

#[tokio::test]
async fn other_methods_are_a_405_that_lists_those_allowed() {
    let site = Site::start().await;
    for method in ["GET", "PUT", "DELETE"] {
        let response = site.send(method.parse().unwrap(), "/interactions", &[]).await;
        assert_eq!((response.status.as_u16(), response.header("allow")), (405, "POST"), "{method}");
    }
}

#[tokio::test]
async fn clicks_that_wait_are_one_batch_and_succeed_once_it_is_stored() {
    let site = Site::start_with(|settings| settings.write_connections = 1).await;
    let (mut sql, mut observer) = (site.sql().await, site.sql().await);
    run(&mut sql, "begin; lock table interactions in exclusive mode").await;
    let mut clicks = JoinSet::new();
    let click = |number: usize| format!(r#"{{"element":"{number}","widget":"w","time":"t"}}"#);
    for number in 0..500 {
        let site = site.clone();
        clicks.spawn(async move { site.post("/interactions", &click(number), &[]).await.status });
        if number == 0 {
            eventually("the writer waits", async || lock_waits(&mut observer).await == 1).await;
        }
    }
    eventually("reads succeed", async || site.get("/products/1").await.status == 200).await;
    assert!(clicks.try_join_next().is_none(), "a response came before the click was stored");
    run(&mut sql, "commit").await;
    assert!(clicks.join_all().await.iter().all(|status| *status == 201));
    let mut elements: Vec<usize> =
        stored(&mut sql).await.iter().map(|(element, ..)| element.parse().unwrap()).collect();
    elements.sort_unstable();
    assert_eq!(elements, (0..500).collect::<Vec<_>>());
    let transactions: i64 = sqlx::query_scalar("select count(distinct xmin::text) from interactions")
        .fetch_one(&mut sql)
        .await
        .unwrap();
    assert!(transactions <= 2, "{transactions} transactions");
}

#[tokio::test]
async fn a_click_that_can_not_be_stored_is_a_500() {
    let site = Site::start().await;
    let mut sql = site.sql().await;
    run(&mut sql, "alter table interactions add constraint none check (element <> 'bad')").await;
    let bad = CLICK.replace("button#add", "bad");
    assert_eq!(site.post("/interactions", &bad, &[]).await.status, 500);
    assert_eq!(site.post("/interactions", CLICK, &[]).await.status, 201);
    assert_eq!(stored(&mut sql).await.len(), 1);
}
