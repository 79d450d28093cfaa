//! Large responses: memory is bounded, and other requests are unaffected.

use std::time::Duration;

use serde_json::Value;
use tokio::task::JoinSet;

use crate::databases::{TestDatabase, eventually};
use crate::http_client::get;
use crate::replica::Replica;

/// A product with 1,000 reviews of 11 KB, one with a question that has 5,000 answers, and others.
const SHOP: &str = "
    insert into products select id, 'Camo Onesie', '', '', 'Jackets', 140 from generate_series(1, 1000) id;
    insert into reviews (product_id, rating, summary, body, recommend, reviewer_name, reviewer_email)
        select 1, 5, '', repeat(md5(n::text), 344), true, 'ann', 'ann@example.com' from generate_series(1, 1000) n;
    insert into questions (product_id, id, body, asker_name, asker_email)
        values (2, 1, 'Why?', 'ann', 'ann@example.com');
    insert into answers (product_id, question_id, body, answerer_name, answerer_email)
        select 2, 1, 'Because.', 'ann', 'ann@example.com' from generate_series(1, 5000)";

const CACHE_MIB: u64 = 16;
/// How much memory a replica may take beside its cache, in bytes.
const MAX_BESIDE_CACHE: u64 = 150_000_000;

async fn start() -> (TestDatabase, Replica) {
    Replica::over(SHOP, &[("ATELIER_CACHE_MIB", &CACHE_MIB.to_string())]).await
}

/// Requests all of these paths at once. Returns the statuses, and the sizes of the bodies.
async fn get_all(replica: &Replica, paths: impl Iterator<Item = String>) -> Vec<(u16, usize)> {
    let mut requests = JoinSet::new();
    for path in paths {
        let mut client = replica.connect().await;
        requests.spawn(async move {
            let (status, body) = get(&mut client, &path).await.expect("each request has a response");
            (status.as_u16(), body.len())
        });
    }
    requests.join_all().await
}

/// Requests small responses, which are not cached, for as long as `large` takes. None of them fails.
async fn beside<T>(replica: &Replica, large: impl Future<Output = T>) -> T {
    let mut client = replica.connect().await;
    let small = async {
        for id in (3..=1000).cycle() {
            let (status, _) = get(&mut client, &format!("/products/{id}")).await.unwrap();
            assert_eq!(status, 200, "product {id}");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        result = large => result,
        () = small => unreachable!("it has no end"),
    }
}

fn assert_memory_is_bounded(replica: &Replica) {
    let peak = replica.peak_memory();
    let max = CACHE_MIB * 1024 * 1024 + MAX_BESIDE_CACHE;
    assert!(peak <= max, "{} MB", peak / 1_000_000);
}

#[tokio::test]
async fn a_large_page_is_served_to_many_clients_in_bounded_memory() {
    let (_database, replica) = start().await;
    let path = || "/reviews?product_id=1&count=1000".to_owned();

    let pages = beside(&replica, get_all(&replica, (0..50).map(|_| path()))).await;

    assert!(pages.iter().all(|(status, size)| *status == 200 && *size > 11_000_000), "{pages:?}");
    assert_memory_is_bounded(&replica);
}

#[tokio::test]
async fn many_large_pages_at_once_are_served_or_rejected_in_bounded_memory() {
    let (_database, replica) = start().await;
    let path = |count| format!("/reviews?product_id=1&count={count}");

    let pages = beside(&replica, get_all(&replica, (900..960).map(path))).await;

    assert!(pages.iter().all(|(status, _)| [200, 503].contains(status)), "{pages:?}");
    assert!(pages.iter().any(|(status, _)| *status == 200), "{pages:?}");
    assert_memory_is_bounded(&replica);
    // There is room again once they are sent, and those that are cached have expired.
    eventually("a large page is served", async || {
        get_all(&replica, [path(999)].into_iter()).await[0].0 == 200
    })
    .await;
}

#[tokio::test]
async fn a_question_shows_its_first_thousand_answers() {
    let (_database, replica) = start().await;
    let (status, body) = get(&mut replica.connect().await, "/qa/questions?product_id=2").await.unwrap();
    assert_eq!(status, 200);
    let page: Value = serde_json::from_slice(&body).unwrap();
    let answers = page["results"][0]["answers"].as_object().unwrap();
    assert_eq!((answers.len(), answers.keys().next_back().unwrap().as_str()), (1000, "1000"));
}
