//! The primary dies, and a standby takes its place behind the same name.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use private_postgres::PrivateServer;
use sqlx::PgConnection;
use tokio::task::JoinSet;

use super::cluster::{Pair, Shop, follow, shoot};
use super::shop::{QUESTIONS, cart, counted, is_read_from, is_standby, shown, vote, votes};
use crate::databases::{eventually, run};
use crate::process::{Process, get};
use crate::proxy::Proxy;

/// A primary with two standbys, a name for each, and a server that knows them by these.
struct Scene {
    pair: Pair,
    other: PrivateServer,
    shop: Shop,
    primary_way: Proxy,
    standby_way: Proxy,
    other_way: Proxy,
    process: Process,
}

impl Scene {
    async fn start() -> Self {
        let pair = Pair::start().await;
        let other = pair.primary.standby().await.expect("a standby");
        let shop = pair.shop().await;
        let primary_way = Proxy::start(&shop.on(&pair.primary)).await;
        let standby_way = Proxy::start(&shop.on(&pair.standby)).await;
        let other_way = Proxy::start(&shop.on(&other)).await;
        let options = shop.on(&pair.primary);
        let urls = [standby_way.url(&options), other_way.url(&options)].join(",");
        let variables = [
            ("ATELIER_DATABASE_STANDBY_URLS", &*urls),
            // Long enough for a busy machine, short enough to wait for when there is no primary.
            ("ATELIER_DATABASE_TIMEOUT_MS", "4000"),
        ];
        let process = Process::ready(&primary_way.url(&options), &variables).await;
        for way in [&standby_way, &other_way] {
            eventually("it is in rotation", async || is_standby(&process, &way.name(), "in_rotation").await)
                .await;
            is_read_from(&process, way).await;
        }
        Self { pair, other, shop, primary_way, standby_way, other_way, process }
    }
}

async fn received(standby: &mut PgConnection) -> i64 {
    let place = sqlx::query_scalar("select (pg_last_wal_receive_lsn() - '0/0')::bigint");
    place.fetch_one(standby).await.expect("a standby tells")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_promotion_under_load_fails_no_read_and_writes_go_on_after_it() {
    let scene = Scene::start().await;
    let Scene { pair, other, shop, primary_way, process, .. } = &scene;
    let is_going_on = Arc::new(AtomicBool::new(true));
    let mut readers = JoinSet::new();
    for reader in 0..4 {
        let (mut client, is_going_on) = (process.connect().await, is_going_on.clone());
        readers.spawn(async move {
            let mut count = 0_u32;
            while is_going_on.load(Ordering::Relaxed) {
                // Pages that no cache knows, of what is written and of what isn't.
                let path = match count % 2 {
                    0 => format!("/qa/questions?product_id={}&count={}", 1 + count % 9, count * 4 + reader),
                    _ => format!("/products?after={}", count * 4 + reader),
                };
                let (status, _) = get(&mut client, &path).await.expect("an answer");
                assert_eq!(status, 200, "{path}");
                count += 1;
            }
            count
        });
    }
    let mut writer = process.connect().await;
    for question in QUESTIONS {
        assert_eq!(vote(&mut writer, question).await, 204);
    }

    shoot(&pair.primary);
    let (mut standby, mut others) = (shop.sql(&pair.standby).await, shop.sql(other).await);
    // The one that has more takes over, as whoever decides of it will see to.
    let is_first = received(&mut standby).await >= received(&mut others).await;
    let (promoted, following) = if is_first { (&pair.standby, other) } else { (other, &pair.standby) };
    primary_way.lead(&shop.on(promoted));
    eventually("there is no primary", async || vote(&mut writer, 1).await == 503).await;
    assert_eq!(process.status("/health/ready").await, Some(200), "standbys are there to be read from");
    assert_eq!(cart(&mut writer).await, 200);
    run(&mut shop.sql(promoted).await, "select pg_promote()").await;
    follow(&mut shop.sql(following).await, &promoted.connect_options()).await;

    eventually("writes go on", async || vote(&mut writer, 1).await == 204).await;
    let count = votes(&mut writer, 1).await;
    assert_eq!(vote(&mut writer, 1).await, 204);
    assert_eq!(votes(&mut writer, 1).await, count + 1, "who has written sees it at once");
    let way = if is_first { &scene.other_way } else { &scene.standby_way };
    is_read_from(process, way).await;
    is_going_on.store(false, Ordering::Relaxed);
    while let Some(count) = readers.join_next().await {
        assert!(count.expect("no read failed") > 0);
    }
    let truth = counted(&mut shop.sql(promoted).await).await;
    assert_eq!(shown(process).await, truth);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_that_has_what_the_new_primary_lost_is_not_believed() {
    let scene = Scene::start().await;
    let Scene { pair, other, shop, primary_way, process, .. } = &scene;
    let mut writer = process.connect().await;
    let mut standby = shop.sql(&pair.standby).await;
    // From now on the one that will be promoted hears nothing: what is written reaches the other one alone.
    run(&mut standby, "alter system set primary_conninfo = 'host=127.0.0.1 port=1'").await;
    run(&mut standby, "select pg_reload_conf()").await;
    eventually("it follows nobody", async || {
        let receivers =
            sqlx::query_scalar("select count(*) from pg_stat_wal_receiver where status = 'streaming'");
        let receivers: i64 = receivers.fetch_one(&mut standby).await.expect("a standby tells");
        receivers == 0
    })
    .await;
    for _ in 0..20 {
        assert_eq!(vote(&mut writer, 1).await, 204);
    }
    let mut others = shop.sql(other).await;
    eventually("the other one has them", async || counted(&mut others).await[&1] == 20).await;
    assert_eq!(counted(&mut standby).await[&1], 0);

    shoot(&pair.primary);
    primary_way.lead(&shop.on(&pair.standby));
    run(&mut standby, "select pg_promote()").await;
    eventually("writes go on", async || vote(&mut writer, 2).await == 204).await;

    let truth = counted(&mut shop.sql(&pair.standby).await).await;
    assert_eq!(truth[&1], 0);
    eventually("what was lost is not shown", async || shown(process).await == truth).await;
    for count in 2..100 {
        let path = format!("/qa/questions?product_id=1&count={count}");
        let (_, body) = get(&mut writer, &path).await.expect("an answer");
        let text = String::from_utf8(body.to_vec()).expect("UTF-8");
        assert!(text.contains(r#""question_helpfulness":0"#), "{text}");
    }
}
