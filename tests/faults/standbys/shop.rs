//! A shop with questions, and what a replica serves of it and reports about its standbys.

use hyper::Request;
use serde_json::Value;

use crate::databases::eventually;
use crate::http_client::{Client, get, send};
use crate::replica::Replica;
use crate::tcp_proxy::TcpProxy;
use crate::votes::{Votes, vote};

/// A hundred products, and a question about each of the first ten. A question has the id of its product.
pub(crate) const SHOP: &str = "
    insert into products select id, 'Camo Onesie', '', '', 'Jackets', 140 from generate_series(1, 100) id;
    insert into questions (product_id, id, body, asker_name, asker_email)
    select id, id, 'Why?', 'yankeelover', 'first.last@gmail.com' from generate_series(1, 10) id;";
/// The ids of the questions.
pub(crate) const QUESTIONS: std::ops::RangeInclusive<i64> = 1..=10;

/// The question that only [`until_read_from`] votes for.
const LAST_QUESTION: i64 = 10;

/// Requests the cart of a shopper, which is never cached. Returns the status of the response; 0 if there is none.
pub(crate) async fn get_cart(client: &mut Client) -> u16 {
    let request = Request::get("/cart").header("authorization", "Bearer shopper");
    client.ready().await.expect("the replica is connected");
    send(client, request, "").await.map_or(0, |(status, _)| status.as_u16())
}

/// The votes of a question that the replica shows.
pub(crate) async fn shown_vote(client: &mut Client, question: i64) -> i64 {
    let path = format!("/qa/questions?product_id={question}");
    let (status, body) = get(client, &path).await.expect("a response");
    assert_eq!(status, 200, "{path}");
    let page: Value = serde_json::from_slice(&body).expect("JSON");
    page["results"][0]["question_helpfulness"].as_i64().expect("a number")
}

/// The votes of all questions that the replica shows.
pub(crate) async fn shown_votes(replica: &Replica) -> Votes {
    let mut client = replica.connect().await;
    let mut votes = Votes::new();
    for question in QUESTIONS {
        votes.insert(question, shown_vote(&mut client, question).await);
    }
    votes
}

/// The value of a metric that is a whole number; 0 if it is not exported.
pub(crate) async fn metric(replica: &Replica, series: &str) -> u64 {
    let (_, text) = get(&mut replica.connect().await, "/metrics").await.expect("a response");
    let text = String::from_utf8(text.to_vec()).expect("UTF-8");
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.map_or(0, |value| value.parse().expect("a number"))
}

/// Waits until the standby behind `standby` answers a read that requires a recent write.
pub(crate) async fn until_read_from(replica: &Replica, standby: &TcpProxy) {
    let mut client = replica.connect().await;
    let before = answered_reads(replica, standby).await;
    let mut count = 1;
    eventually("the standby answers", async || {
        if count % 50 == 1 {
            assert_eq!(vote(&mut client, LAST_QUESTION).await, 204);
        }
        // Another page each time, which is not cached.
        count += 1;
        let page = format!("/qa/questions?product_id={LAST_QUESTION}&count={count}");
        assert_eq!(get(&mut client, &page).await.expect("a response").0, 200);
        answered_reads(replica, standby).await > before
    })
    .await;
}

/// Waits until the standby behind `standby` is in rotation.
pub(crate) async fn until_in_rotation(replica: &Replica, standby: &TcpProxy) {
    eventually("the standby is in rotation", async || is_in_state(replica, standby, "in_rotation").await)
        .await;
}

/// How many reads of the replica the standby behind `standby` has answered.
pub(crate) async fn answered_reads(replica: &Replica, standby: &TcpProxy) -> u64 {
    let standby = standby.address();
    let series = format!("atelier_standby_reads_total{{outcome=\"answered\",standby=\"{standby}\"}}");
    metric(replica, &series).await
}

/// Whether the replica reports this state of the standby behind `standby`.
pub(crate) async fn is_in_state(replica: &Replica, standby: &TcpProxy, state: &str) -> bool {
    let standby = standby.address();
    let series = format!("atelier_standby_state{{standby=\"{standby}\",state=\"{state}\"}}");
    metric(replica, &series).await > 0
}
