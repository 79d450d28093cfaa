//! Two replicas over one database: each shows every write, although connections are lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use serde_json::Value;
use sqlx::ConnectOptions as _;

use crate::databases::{TestDatabase, eventually};
use crate::http_client::{Client, get};
use crate::replica::Replica;
use crate::tcp_proxy::{ProxyState, TcpProxy};
use crate::votes::{Votes, stored_votes, vote};

/// Ten products with ten questions each.
const SHOP: &str = "
    insert into products select id, 'Camo Onesie', '', '', 'Jackets', 140 from generate_series(1, 10) id;
    insert into questions (product_id, id, body, asker_name, asker_email)
    select 1 + id % 10, id, 'Why?', 'yankeelover', 'first.last@gmail.com' from generate_series(1, 100) id;";
/// The states of the proxy, one per round.
const STATES: [ProxyState; 4] =
    [ProxyState::Stalled, ProxyState::Forwarding, ProxyState::Disconnected, ProxyState::Forwarding];
const ROUNDS: usize = 20;
/// Requests that each client completes in a round, at least.
const REQUESTS_PER_ROUND: i64 = 4;

/// Clients that send requests until they are stopped.
#[derive(Default)]
struct Traffic {
    is_stopped: AtomicBool,
    /// The requests that each client has completed.
    completed: [AtomicI64; 4],
}

impl Traffic {
    fn is_running(&self) -> bool {
        !self.is_stopped.load(Ordering::Relaxed)
    }

    fn completed(&self) -> [i64; 4] {
        self.completed.each_ref().map(|count| count.load(Ordering::Relaxed))
    }

    /// Waits until every client has completed the requests of a round.
    async fn round(&self) {
        let before = self.completed();
        eventually("every client completes its requests", async || {
            let mut counts = self.completed().into_iter().zip(before);
            counts.all(|(after, before)| after >= before + REQUESTS_PER_ROUND)
        })
        .await;
    }
}

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
    let traffic = Arc::new(Traffic::default());
    let mut clients = Vec::new();
    // Clients 0 and 1 read, so that both caches are filled all the time and could become stale.
    for (number, replica) in [&direct, &proxied].into_iter().enumerate() {
        let (mut client, traffic) = (replica.connect().await, traffic.clone());
        clients.push(tokio::spawn(async move {
            for product in (1..=10).cycle().take_while(|_| traffic.is_running()) {
                // Any response will do: without its database, the replica responds with 503.
                get(&mut client, &page_path(product)).await;
                traffic.completed[number].fetch_add(1, Ordering::Relaxed);
            }
        }));
    }
    // Client 2 votes, and client 3 corrects votes in the database.
    let (mut client, voting) = (direct.connect().await, traffic.clone());
    clients.push(tokio::spawn(async move {
        for question in (1..=100).cycle().take_while(|_| voting.is_running()) {
            assert_eq!(vote(&mut client, question).await, 204);
            voting.completed[2].fetch_add(1, Ordering::Relaxed);
        }
    }));
    let (mut sql, correcting) = (database.connect().await, traffic.clone());
    clients.push(tokio::spawn(async move {
        for question in (1_i64..=100).cycle().take_while(|_| correcting.is_running()) {
            sqlx::query("update questions set helpfulness = helpfulness + 1 where id = $1")
                .bind(question)
                .execute(&mut sql)
                .await
                .expect("a correction");
            correcting.completed[3].fetch_add(1, Ordering::Relaxed);
        }
    }));

    let mut sql = database.connect().await;
    for state in STATES.into_iter().cycle().take(ROUNDS) {
        proxy.set(state);
        sqlx::query("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like 'LISTEN%'")
            .execute(&mut sql)
            .await
            .expect("the listeners are terminated");
        traffic.round().await;
    }
    traffic.is_stopped.store(true, Ordering::Relaxed);
    proxy.set(ProxyState::Forwarding);
    for client in clients {
        client.await.expect("no request or statement of the client failed");
    }
    let [_, _, votes, corrections] = traffic.completed();

    let stored = stored_votes(&mut sql).await;
    assert_eq!(stored.values().sum::<i64>(), votes + corrections, "every vote with a 204 is stored");
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
