//! Standbys take the reads, and show nothing old.

use sqlx::ConnectOptions as _;

use super::cluster::{Pair, Shop};
use super::shop::{answered, counted, is_read_from, is_standby, metric, shown, vote, votes};
use crate::databases::{eventually, run};
use crate::process::{Process, get};
use crate::proxy::Proxy;

/// A server that reads from the standby by these ways, once it does. It is patient: these tests are not about time.
async fn server(pair: &Pair, shop: &Shop, ways: &[&Proxy]) -> Process {
    let urls: Vec<String> = ways.iter().map(|way| way.url(&shop.on(&pair.standby))).collect();
    let url = shop.on(&pair.primary).to_url_lossy().to_string();
    let variables =
        [("ATELIER_DATABASE_STANDBY_URLS", &*urls.join(",")), ("ATELIER_DATABASE_TIMEOUT_MS", "20000")];
    let process = Process::ready(&url, &variables).await;
    for way in ways {
        eventually("the standby is in rotation", async || {
            is_standby(&process, &way.name(), "in_rotation").await
        })
        .await;
        is_read_from(&process, way).await;
    }
    process
}

#[tokio::test]
async fn standbys_take_the_reads_in_turn() {
    let pair = Pair::shared().await;
    let shop = pair.shop().await;
    let (one, other) =
        (Proxy::start(&shop.on(&pair.standby)).await, Proxy::start(&shop.on(&pair.standby)).await);
    let process = server(&pair, &shop, &[&one, &other]).await;
    let before = (answered(&process, &one.name()).await, answered(&process, &other.name()).await);

    let mut client = process.connect().await;
    for id in 1..=40 {
        assert_eq!(get(&mut client, &format!("/products/{id}")).await.expect("an answer").0, 200);
    }

    let after = (answered(&process, &one.name()).await, answered(&process, &other.name()).await);
    assert_eq!((after.0 - before.0, after.1 - before.1), (20, 20));
}

#[tokio::test]
async fn what_a_standby_has_not_replayed_is_shown_all_the_same_and_what_it_would_show_is_not_kept() {
    let pair = Pair::shared().await;
    let shop = pair.shop().await;
    let way = Proxy::start(&shop.on(&pair.standby)).await;
    let (writing, reading) = (server(&pair, &shop, &[&way]).await, server(&pair, &shop, &[&way]).await);
    let mut standby = shop.sql(&pair.standby).await;
    run(&mut standby, "select pg_wal_replay_pause()").await;

    let (mut writer, mut reader) = (writing.connect().await, reading.connect().await);
    for count in 1..=5 {
        for question in 1..=5 {
            assert_eq!(votes(&mut reader, question).await, count - 1);
            assert_eq!(vote(&mut writer, question).await, 204);
            assert_eq!(votes(&mut writer, question).await, count, "who has written sees it at once");
            eventually("the other server shows it", async || votes(&mut reader, question).await == count)
                .await;
        }
    }
    assert_eq!(counted(&mut standby).await[&1], 0, "the standby has none of it");
    let behind =
        format!("atelier_standby_reads_total{{outcome=\"not_replayed\",standby=\"{}\"}}", way.name());
    assert!(metric(&reading, &behind).await > 0);
    let lag = format!("atelier_standby_replication_lag_bytes{{standby=\"{}\"}}", way.name());
    eventually("its lag is seen", async || metric(&reading, &lag).await > 0).await;
    eventually("it is removed from rotation", async || is_standby(&reading, &way.name(), "lagging").await)
        .await;

    run(&mut standby, "select pg_wal_replay_resume()").await;
    eventually("it is in rotation again", async || is_standby(&reading, &way.name(), "in_rotation").await)
        .await;
    let truth = counted(&mut shop.sql(&pair.primary).await).await;
    assert_eq!(shown(&reading).await, truth);
    assert_eq!(shown(&writing).await, truth);
    is_read_from(&reading, &way).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_always_shows_the_vote_it_has_just_taken() {
    let pair = Pair::shared().await;
    let shop = pair.shop().await;
    let way = Proxy::start(&shop.on(&pair.standby)).await;
    let process = server(&pair, &shop, &[&way]).await;
    let mut voters = Vec::new();
    for question in 1..=8 {
        let mut client = process.connect().await;
        voters.push(tokio::spawn(async move {
            for count in 1..=50 {
                assert_eq!(vote(&mut client, question).await, 204);
                assert_eq!(votes(&mut client, question).await, count, "question {question}");
            }
        }));
    }
    for voter in voters {
        voter.await.expect("every vote was shown");
    }
}
