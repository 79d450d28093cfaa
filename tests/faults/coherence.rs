//! Two servers over one database: whatever is written, wherever, both show it, however their connections fare.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Empty;
use hyper::Request;
use hyper::client::conn::http1::SendRequest;
use serde_json::Value;
use sqlx::{ConnectOptions as _, PgConnection};

use crate::databases::{TestDatabase, eventually};
use crate::process::{Process, get};
use crate::proxy::{Link, Proxy};

/// Ten products with ten questions each.
const SHOP: &str = "
    insert into products select id, 'Camo Onesie', '', '', 'Jackets', 140 from generate_series(1, 10) id;
    insert into questions (product_id, id, body, asker_name, asker_email)
    select 1 + id % 10, id, 'Why?', 'yankeelover', 'first.last@gmail.com' from generate_series(1, 100) id;";
/// How long votes are cast while connections break.
const STORM: Duration = Duration::from_secs(3);

/// Helpfulness by question.
type Votes = BTreeMap<i64, i64>;

async fn shown(connection: &mut SendRequest<Empty<Bytes>>) -> Votes {
    let mut votes = Votes::new();
    for product in 1..=10 {
        let path = format!("/qa/questions?product_id={product}&count=100");
        let Some((_, body)) = get(connection, &path).await else { return Votes::new() };
        let page: Value = serde_json::from_slice(&body).expect("JSON");
        for question in page["results"].as_array().into_iter().flatten() {
            let helpfulness = question["question_helpfulness"].as_i64().expect("a number");
            votes.insert(question["question_id"].as_i64().expect("a number"), helpfulness);
        }
    }
    votes
}

async fn counted(sql: &mut PgConnection) -> Votes {
    let rows: Vec<(i64, i64)> = sqlx::query_as("select id, helpfulness::bigint from questions")
        .fetch_all(sql)
        .await
        .expect("the votes");
    rows.into_iter().collect()
}

async fn vote(connection: &mut SendRequest<Empty<Bytes>>, question: i64) -> u16 {
    let path = format!("/qa/questions/{question}/helpful");
    let request = Request::put(path).header("host", "localhost").body(Empty::new()).expect("a request");
    if connection.ready().await.is_err() {
        return 0;
    }
    connection.send_request(request).await.map_or(0, |response| response.status().as_u16())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_storm_of_votes_and_broken_connections_every_server_shows_what_the_database_holds() {
    let database = TestDatabase::filled(SHOP).await;
    let proxy = Proxy::start(&database.options()).await;
    let steady = Process::ready(database.options().to_url_lossy().as_str(), &[]).await;
    let shaken =
        Process::ready(&proxy.url(&database.options()), &[("ATELIER_DATABASE_TIMEOUT_MS", "300")]).await;
    let is_storm = Arc::new(AtomicBool::new(true));

    // Read by both all the time, so that there is something in the caches that could be wrong.
    let mut storm = Vec::new();
    for process in [&steady, &shaken] {
        let (mut connection, is_storm) = (process.connect().await, is_storm.clone());
        storm.push(tokio::spawn(async move {
            while is_storm.load(Ordering::Relaxed) {
                shown_while_it_storms(&mut connection).await;
            }
            0
        }));
    }
    let (mut voting, voting_on) = (steady.connect().await, is_storm.clone());
    storm.push(tokio::spawn(async move {
        let mut votes = 0;
        while voting_on.load(Ordering::Relaxed) {
            assert_eq!(vote(&mut voting, 1 + votes % 100).await, 204);
            votes += 1;
        }
        votes
    }));
    let (mut sql, correcting) = (database.connect().await, is_storm.clone());
    storm.push(tokio::spawn(async move {
        let mut votes = 0;
        while correcting.load(Ordering::Relaxed) {
            sqlx::query("update questions set helpfulness = helpfulness + 1 where id = $1")
                .bind(1 + votes % 100)
                .execute(&mut sql)
                .await
                .expect("a correction");
            votes += 1;
        }
        votes
    }));

    let mut sql = database.connect().await;
    let deadline = tokio::time::Instant::now() + STORM;
    let mut links = [Link::Stalled, Link::Whole, Link::Cut, Link::Whole].into_iter().cycle();
    while tokio::time::Instant::now() < deadline {
        proxy.set(links.next().expect("a cycle has no end"));
        sqlx::query("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like 'LISTEN%'")
            .execute(&mut sql)
            .await
            .expect("the ears are cut off");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    is_storm.store(false, Ordering::Relaxed);
    proxy.set(Link::Whole);
    let mut cast = 0;
    for task in storm {
        cast += task.await.expect("it went through the storm");
    }

    let truth = counted(&mut sql).await;
    assert_eq!(truth.values().sum::<i64>(), cast, "votes that were answered are votes that count");
    for process in [&steady, &shaken] {
        eventually("the server shows what the database holds", async || {
            shown(&mut process.connect().await).await == truth
        })
        .await;
    }
}

/// Asks, and takes any answer: a server whose database hangs says 503.
async fn shown_while_it_storms(connection: &mut SendRequest<Empty<Bytes>>) {
    for product in 1..=10 {
        get(connection, &format!("/qa/questions?product_id={product}&count=100")).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_always_shows_the_vote_it_has_just_taken() {
    let database = TestDatabase::filled(SHOP).await;
    let server = Process::ready(database.options().to_url_lossy().as_str(), &[]).await;
    let mut voters = Vec::new();
    for question in 1..=8 {
        let mut connection = server.connect().await;
        voters.push(tokio::spawn(async move {
            for votes in 1..=50 {
                assert_eq!(vote(&mut connection, question).await, 204);
                assert_eq!(shown(&mut connection).await[&question], votes, "question {question}");
            }
        }));
    }
    for voter in voters {
        voter.await.expect("every vote was shown");
    }
}
