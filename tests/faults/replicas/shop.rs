//! A shop whose questions are voted for, and what servers show of it.

use std::collections::BTreeMap;

use bytes::Bytes;
use http_body_util::Empty;
use hyper::Request;
use hyper::client::conn::http1::SendRequest;
use serde_json::Value;
use sqlx::PgConnection;

use crate::databases::eventually;
use crate::process::{Process, get};
use crate::proxy::Proxy;

/// A hundred products, and a question about each of the first ten.
pub(crate) const SHOP: &str = "
    insert into products select id, 'Camo Onesie', '', '', 'Jackets', 140 from generate_series(1, 100) id;
    insert into questions (product_id, id, body, asker_name, asker_email)
    select id, id, 'Why?', 'yankeelover', 'first.last@gmail.com' from generate_series(1, 10) id;";
/// Questions, and products that have one.
pub(crate) const QUESTIONS: std::ops::RangeInclusive<i64> = 1..=10;

/// The question that tests of other things leave alone.
pub(crate) const LAST: i64 = 10;

pub(crate) type Client = SendRequest<Empty<Bytes>>;

/// Votes for a question.
pub(crate) async fn vote(client: &mut Client, question: i64) -> u16 {
    let path = format!("/qa/questions/{question}/helpful");
    let request = Request::put(path).header("host", "localhost").body(Empty::new()).expect("a request");
    client.ready().await.expect("the server is there");
    client.send_request(request).await.map_or(0, |response| response.status().as_u16())
}

/// Asks for the cart of a shopper, which no cache holds.
pub(crate) async fn cart(client: &mut Client) -> u16 {
    let request = Request::get("/cart").header("host", "localhost").header("authorization", "Bearer shopper");
    client.ready().await.expect("the server is there");
    let answer = client.send_request(request.body(Empty::new()).expect("a request")).await;
    answer.map_or(0, |response| response.status().as_u16())
}

/// How many votes a question has, as the server shows it.
pub(crate) async fn votes(client: &mut Client, question: i64) -> i64 {
    let path = format!("/qa/questions?product_id={question}");
    let (status, body) = get(client, &path).await.expect("an answer");
    assert_eq!(status, 200, "{path}");
    let page: Value = serde_json::from_slice(&body).expect("JSON");
    page["results"][0]["question_helpfulness"].as_i64().expect("a number")
}

/// The votes of all questions, as the server shows them.
pub(crate) async fn shown(process: &Process) -> BTreeMap<i64, i64> {
    let mut client = process.connect().await;
    let mut shown = BTreeMap::new();
    for question in QUESTIONS {
        shown.insert(question, votes(&mut client, question).await);
    }
    shown
}

/// The votes of all questions, as a database holds them.
pub(crate) async fn counted(sql: &mut PgConnection) -> BTreeMap<i64, i64> {
    let rows = sqlx::query_as("select id, helpfulness::bigint from questions").fetch_all(sql).await;
    let rows: Vec<(i64, i64)> = rows.expect("the votes");
    rows.into_iter().collect()
}

/// A whole number of a server's metrics; 0 where it is not shown.
pub(crate) async fn metric(process: &Process, series: &str) -> u64 {
    let (_, text) = get(&mut process.connect().await, "/metrics").await.expect("an answer");
    let text = String::from_utf8(text.to_vec()).expect("UTF-8");
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.map_or(0, |value| value.parse().expect("a number"))
}

/// Waits until a server reads from its standby of this way even what has just been written.
pub(crate) async fn is_read_from(process: &Process, way: &Proxy) {
    let mut client = process.connect().await;
    let before = answered(process, &way.name()).await;
    let mut count = 1;
    eventually("the standby answers", async || {
        if count % 50 == 1 {
            assert_eq!(vote(&mut client, LAST).await, 204);
        }
        // Another page each time, of which the cache knows nothing yet.
        count += 1;
        let page = format!("/qa/questions?product_id={LAST}&count={count}");
        assert_eq!(get(&mut client, &page).await.expect("an answer").0, 200);
        answered(process, &way.name()).await > before
    })
    .await;
}

/// How many reads of a server its standby of this name has answered.
pub(crate) async fn answered(process: &Process, standby: &str) -> u64 {
    let series = format!("atelier_standby_reads_total{{outcome=\"answered\",standby=\"{standby}\"}}");
    metric(process, &series).await
}

/// Whether a server says that its standby of this name is in this state.
pub(crate) async fn is_standby(process: &Process, standby: &str, state: &str) -> bool {
    let series = format!("atelier_standby_state{{standby=\"{standby}\",state=\"{state}\"}}");
    metric(process, &series).await > 0
}
