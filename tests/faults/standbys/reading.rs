//! Standbys take reads, and no response is stale.

use sqlx::ConnectOptions as _;

use super::cluster::{Pair, ReplicatedDatabase};
use super::shop::{
    answered_reads, is_in_state, metric, shown_vote, shown_votes, until_in_rotation, until_read_from,
};
use crate::databases::{eventually, run};
use crate::http_client::get;
use crate::replica::Replica;
use crate::tcp_proxy::TcpProxy;
use crate::votes::{stored_votes, vote};

/// A replica that reads from the standby through each of `proxies`. Its timeout is long, since these tests measure no time.
async fn start(pair: &Pair, database: &ReplicatedDatabase, proxies: &[&TcpProxy]) -> Replica {
    let urls: Vec<String> = proxies.iter().map(|proxy| proxy.url(&database.on(&pair.standby))).collect();
    let url = database.on(&pair.primary).to_url_lossy().to_string();
    let variables =
        [("ATELIER_DATABASE_STANDBY_URLS", &*urls.join(",")), ("ATELIER_DATABASE_TIMEOUT_MS", "20000")];
    let replica = Replica::ready(&url, &variables).await;
    for proxy in proxies {
        until_in_rotation(&replica, proxy).await;
        until_read_from(&replica, proxy).await;
    }
    replica
}

#[tokio::test]
async fn standbys_take_reads_in_turn() {
    let pair = Pair::shared().await;
    let database = pair.create_database().await;
    let (one, other) = (
        TcpProxy::start(&database.on(&pair.standby)).await,
        TcpProxy::start(&database.on(&pair.standby)).await,
    );
    let replica = start(&pair, &database, &[&one, &other]).await;
    let before = (answered_reads(&replica, &one).await, answered_reads(&replica, &other).await);

    let mut client = replica.connect().await;
    for id in 1..=40 {
        assert_eq!(get(&mut client, &format!("/products/{id}")).await.expect("a response").0, 200);
    }

    let after = (answered_reads(&replica, &one).await, answered_reads(&replica, &other).await);
    assert_eq!((after.0 - before.0, after.1 - before.1), (20, 20));
}

#[tokio::test]
async fn while_replay_is_paused_responses_show_every_write_and_no_stale_one_is_cached() {
    let pair = Pair::shared().await;
    let database = pair.create_database().await;
    let proxy = TcpProxy::start(&database.on(&pair.standby)).await;
    let (writing, reading) =
        (start(&pair, &database, &[&proxy]).await, start(&pair, &database, &[&proxy]).await);
    let mut standby = database.connect(&pair.standby).await;
    run(&mut standby, "select pg_wal_replay_pause()").await;

    let (mut writer, mut reader) = (writing.connect().await, reading.connect().await);
    for count in 1..=5 {
        for question in 1..=5 {
            assert_eq!(shown_vote(&mut reader, question).await, count - 1);
            assert_eq!(vote(&mut writer, question).await, 204);
            assert_eq!(
                shown_vote(&mut writer, question).await,
                count,
                "the voter's next read shows the vote"
            );
            eventually("the other replica shows it", async || {
                shown_vote(&mut reader, question).await == count
            })
            .await;
        }
    }
    assert_eq!(stored_votes(&mut standby).await[&1], 0, "the standby has replayed none of it");
    let standby_name = proxy.address();
    let not_replayed =
        format!("atelier_standby_reads_total{{outcome=\"not_replayed\",standby=\"{standby_name}\"}}");
    let mut count = 100;
    eventually("a load of another page is not replayed", async || {
        count += 1;
        let page = format!("/qa/questions?product_id=1&count={count}");
        assert_eq!(get(&mut reader, &page).await.expect("a response").0, 200);
        metric(&reading, &not_replayed).await > 0
    })
    .await;
    let lag = format!("atelier_standby_replication_lag_bytes{{standby=\"{standby_name}\"}}");
    eventually("the lag is reported", async || metric(&reading, &lag).await > 0).await;
    eventually("the standby is removed from rotation", async || {
        is_in_state(&reading, &proxy, "lagging").await
    })
    .await;

    run(&mut standby, "select pg_wal_replay_resume()").await;
    until_in_rotation(&reading, &proxy).await;
    let stored = stored_votes(&mut database.connect(&pair.primary).await).await;
    assert_eq!(shown_votes(&reading).await, stored);
    assert_eq!(shown_votes(&writing).await, stored);
    until_read_from(&reading, &proxy).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_s_next_read_shows_its_vote() {
    let pair = Pair::shared().await;
    let database = pair.create_database().await;
    let proxy = TcpProxy::start(&database.on(&pair.standby)).await;
    let replica = start(&pair, &database, &[&proxy]).await;
    let mut voters = Vec::new();
    for question in 1..=8 {
        let mut client = replica.connect().await;
        voters.push(tokio::spawn(async move {
            for count in 1..=50 {
                assert_eq!(vote(&mut client, question).await, 204);
                assert_eq!(shown_vote(&mut client, question).await, count, "question {question}");
            }
        }));
    }
    for voter in voters {
        voter.await.expect("every vote is shown");
    }
}
