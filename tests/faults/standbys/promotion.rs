//! Failover: the primary is killed, and a standby is promoted at the same address.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use private_postgres::PrivateServer;
use sqlx::PgConnection;
use tokio::task::JoinSet;

use super::cluster::{Pair, ReplicatedDatabase, follow, kill_server};
use super::shop::{QUESTIONS, get_cart, shown_vote, shown_votes, until_in_rotation, until_read_from};
use crate::databases::{eventually, run};
use crate::http_client::get;
use crate::replica::Replica;
use crate::tcp_proxy::TcpProxy;
use crate::votes::{stored_votes, vote};

/// A primary with two standbys, each behind a proxy, and a replica that connects to them through these.
struct Failover {
    pair: Pair,
    other: PrivateServer,
    database: ReplicatedDatabase,
    primary_proxy: TcpProxy,
    standby_proxy: TcpProxy,
    other_proxy: TcpProxy,
    replica: Replica,
}

impl Failover {
    async fn start() -> Self {
        let pair = Pair::start().await;
        let other = pair.primary.standby().await.expect("a standby");
        let database = pair.create_database().await;
        let primary_proxy = TcpProxy::start(&database.on(&pair.primary)).await;
        let standby_proxy = TcpProxy::start(&database.on(&pair.standby)).await;
        let other_proxy = TcpProxy::start(&database.on(&other)).await;
        let options = database.on(&pair.primary);
        let urls = [standby_proxy.url(&options), other_proxy.url(&options)].join(",");
        let variables = [
            ("ATELIER_DATABASE_STANDBY_URLS", &*urls),
            // Long enough for a busy machine, short enough to wait for without a primary.
            ("ATELIER_DATABASE_TIMEOUT_MS", "4000"),
        ];
        let replica = Replica::ready(&primary_proxy.url(&options), &variables).await;
        for proxy in [&standby_proxy, &other_proxy] {
            until_in_rotation(&replica, proxy).await;
            until_read_from(&replica, proxy).await;
        }
        Self { pair, other, database, primary_proxy, standby_proxy, other_proxy, replica }
    }
}

/// The LSN up to which a standby has received the WAL.
async fn received_lsn(standby: &mut PgConnection) -> i64 {
    let lsn = sqlx::query_scalar("select (pg_last_wal_receive_lsn() - '0/0')::bigint");
    lsn.fetch_one(standby).await.expect("the standby answers")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_read_fails_during_a_failover_under_load_and_writes_succeed_after_it() {
    let failover = Failover::start().await;
    let Failover { pair, other, database, primary_proxy, replica, .. } = &failover;
    let is_running = Arc::new(AtomicBool::new(true));
    let mut readers = JoinSet::new();
    for reader in 0..4 {
        let (mut client, is_running) = (replica.connect().await, is_running.clone());
        readers.spawn(async move {
            let mut count = 0_u32;
            while is_running.load(Ordering::Relaxed) {
                // Pages that are not cached, of questions, which are written, and of products, which are not.
                let path = match count % 2 {
                    0 => format!("/qa/questions?product_id={}&count={}", 1 + count % 9, count * 4 + reader),
                    _ => format!("/products?after={}", count * 4 + reader),
                };
                let (status, _) = get(&mut client, &path).await.expect("a response");
                assert_eq!(status, 200, "{path}");
                count += 1;
            }
            count
        });
    }
    let mut writer = replica.connect().await;
    for question in QUESTIONS {
        assert_eq!(vote(&mut writer, question).await, 204);
    }

    kill_server(&pair.primary);
    let (mut standby, mut others) = (database.connect(&pair.standby).await, database.connect(other).await);
    // As in any failover, the standby that has received more WAL is promoted.
    let is_first = received_lsn(&mut standby).await >= received_lsn(&mut others).await;
    let (promoted, following) = if is_first { (&pair.standby, other) } else { (other, &pair.standby) };
    primary_proxy.set_upstream(&database.on(promoted));
    eventually("there is no primary", async || vote(&mut writer, 1).await == 503).await;
    assert_eq!(replica.status("/health/ready").await, Some(200), "the standbys serve reads");
    assert_eq!(get_cart(&mut writer).await, 200);
    run(&mut database.connect(promoted).await, "select pg_promote()").await;
    follow(&mut database.connect(following).await, &promoted.connect_options()).await;

    eventually("writes succeed", async || vote(&mut writer, 1).await == 204).await;
    let count = shown_vote(&mut writer, 1).await;
    assert_eq!(vote(&mut writer, 1).await, 204);
    assert_eq!(shown_vote(&mut writer, 1).await, count + 1, "the voter's next read shows the vote");
    let proxy = if is_first { &failover.other_proxy } else { &failover.standby_proxy };
    until_read_from(replica, proxy).await;
    is_running.store(false, Ordering::Relaxed);
    while let Some(count) = readers.join_next().await {
        assert!(count.expect("no read failed") > 0);
    }
    let stored = stored_votes(&mut database.connect(promoted).await).await;
    assert_eq!(shown_votes(replica).await, stored);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_with_writes_that_the_promotion_lost_takes_no_more_reads() {
    let failover = Failover::start().await;
    let Failover { pair, other, database, primary_proxy, replica, .. } = &failover;
    let mut writer = replica.connect().await;
    let mut standby = database.connect(&pair.standby).await;
    // The standby that will be promoted stops receiving WAL: only the other one receives the next writes.
    run(&mut standby, "alter system set primary_conninfo = 'host=127.0.0.1 port=1'").await;
    run(&mut standby, "select pg_reload_conf()").await;
    eventually("the standby receives no WAL", async || {
        let receivers =
            sqlx::query_scalar("select count(*) from pg_stat_wal_receiver where status = 'streaming'");
        let receivers: i64 = receivers.fetch_one(&mut standby).await.expect("the standby answers");
        receivers == 0
    })
    .await;
    for _ in 0..20 {
        assert_eq!(vote(&mut writer, 1).await, 204);
    }
    let mut others = database.connect(other).await;
    eventually("the other standby has the votes", async || stored_votes(&mut others).await[&1] == 20).await;
    assert_eq!(stored_votes(&mut standby).await[&1], 0);

    kill_server(&pair.primary);
    primary_proxy.set_upstream(&database.on(&pair.standby));
    run(&mut standby, "select pg_promote()").await;
    eventually("writes succeed", async || vote(&mut writer, 2).await == 204).await;

    let stored = stored_votes(&mut database.connect(&pair.standby).await).await;
    assert_eq!(stored[&1], 0);
    eventually("no lost write is shown", async || shown_votes(replica).await == stored).await;
    for count in 2..100 {
        let path = format!("/qa/questions?product_id=1&count={count}");
        let (_, body) = get(&mut writer, &path).await.expect("a response");
        let text = String::from_utf8(body.to_vec()).expect("UTF-8");
        assert!(text.contains(r#""question_helpfulness":0"#), "{text}");
    }
}
