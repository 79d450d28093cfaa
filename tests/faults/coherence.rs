//! Two replicas over one database: each shows every write, although connections are lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;
use sqlx::ConnectOptions as _;

use crate::databases::{TestDatabase, eventually};
use crate::replica::{Client, Replica, get};
use crate::tcp_proxy::{ProxyState, TcpProxy};
use crate::votes::{Votes, stored_votes, vote};

/// Ten products with ten questions each.
const SHOP: &str = "
    insert into products select id, 'Camo Onesie', '', '', 'Jackets', 140 from generate_series(1, 10) id;
    insert into questions (product_id, id, body, asker_name, asker_email)
    select 1 + id % 10, id, 'Why?', 'yankeelover', 'first.last@gmail.com' from generate_series(1, 100) id;";
/// How long votes are cast while connections are lost.
const DURATION: Duration = Duration::from_secs(3);

fn page_path(product: i64) -> String {
    format!("/qa/questions?product_id={product}&count=100")
}

/// The votes that the replica shows; none if a request fails.
async fn shown_votes(client: &mut Client) -> Votes {
    let mut votes = Votes::new();
    for product in 1..=10 {
        let Some((_, body)) = get(client, &page_path(product)).await else { return Votes::new() };
        let page: Value = serde_json::from_slice(&body).expect("JSON");
        for question in page["results"].as_array().into_iter().flatten() {
            let helpfulness = question["question_helpfulness"].as_i64().expect("a number");
            votes.insert(question["question_id"].as_i64().expect("a number"), helpfulness);
        }
    }
    votes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_many_votes_and_lost_connections_every_replica_shows_the_stored_votes() {
    let database = TestDatabase::filled(SHOP).await;
    let proxy = TcpProxy::start(&database.options()).await;
    let direct = Replica::ready(database.options().to_url_lossy().as_str(), &[]).await;
    let proxied =
        Replica::ready(&proxy.url(&database.options()), &[("ATELIER_DATABASE_TIMEOUT_MS", "300")]).await;
    let is_running = Arc::new(AtomicBool::new(true));

    // Both caches are filled all the time, so that they could become stale.
    let mut tasks = Vec::new();
    for replica in [&direct, &proxied] {
        let (mut client, is_running) = (replica.connect().await, is_running.clone());
        tasks.push(tokio::spawn(async move {
            while is_running.load(Ordering::Relaxed) {
                for product in 1..=10 {
                    // Any response will do: without its database, the replica responds with 503.
                    get(&mut client, &page_path(product)).await;
                }
            }
            0
        }));
    }
    let (mut client, is_voting) = (direct.connect().await, is_running.clone());
    tasks.push(tokio::spawn(async move {
        let mut votes = 0;
        while is_voting.load(Ordering::Relaxed) {
            assert_eq!(vote(&mut client, 1 + votes % 100).await, 204);
            votes += 1;
        }
        votes
    }));
    let (mut sql, is_correcting) = (database.connect().await, is_running.clone());
    tasks.push(tokio::spawn(async move {
        let mut votes = 0;
        while is_correcting.load(Ordering::Relaxed) {
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
    let deadline = tokio::time::Instant::now() + DURATION;
    let mut states =
        [ProxyState::Stalled, ProxyState::Forwarding, ProxyState::Disconnected, ProxyState::Forwarding]
            .into_iter()
            .cycle();
    while tokio::time::Instant::now() < deadline {
        proxy.set(states.next().expect("a cycle has no end"));
        sqlx::query("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like 'LISTEN%'")
            .execute(&mut sql)
            .await
            .expect("the listeners are terminated");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    is_running.store(false, Ordering::Relaxed);
    proxy.set(ProxyState::Forwarding);
    let mut cast = 0;
    for task in tasks {
        cast += task.await.expect("no request or statement of the task failed");
    }

    let stored = stored_votes(&mut sql).await;
    assert_eq!(stored.values().sum::<i64>(), cast, "every vote with a 204 is stored");
    for replica in [&direct, &proxied] {
        eventually("the replica shows the stored votes", async || {
            shown_votes(&mut replica.connect().await).await == stored
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_s_next_read_shows_its_vote() {
    let database = TestDatabase::filled(SHOP).await;
    let replica = Replica::ready(database.options().to_url_lossy().as_str(), &[]).await;
    let mut voters = Vec::new();
    for question in 1..=8 {
        let mut client = replica.connect().await;
        voters.push(tokio::spawn(async move {
            for votes in 1..=50 {
                assert_eq!(vote(&mut client, question).await, 204);
                assert_eq!(shown_votes(&mut client).await[&question], votes, "question {question}");
            }
        }));
    }
    for voter in voters {
        voter.await.expect("every vote is shown");
    }
}
