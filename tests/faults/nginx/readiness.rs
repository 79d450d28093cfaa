//! Replicas that are not ready: NGINX sends their requests to others, and theirs as a last resort.

use std::time::Instant;

use super::deployment::{Deployment, LONG_TIMEOUT, Member};
use super::load::{Answer, Answers, Load, get, request, send};
use crate::databases::eventually;
use crate::tcp_proxy::ProxyState;

/// Requests that are answered in each state.
const REQUESTS: usize = 100;
/// Without a database, a request waits for this long.
const TIMEOUT: (&str, &str) = ("ATELIER_DATABASE_TIMEOUT_MS", "300");
const WRITES: [(&str, &str, &str); 2] = [
    ("PUT", "/qa/questions/1/helpful", ""),
    ("POST", "/interactions", r#"{"element":"button","widget":"questions","time":"now"}"#),
];

/// How many requests NGINX has sent to the replica.
async fn received(member: &Member) -> usize {
    let lines = member.request_counts().await;
    lines.iter().map(|line| line.rsplit(' ').next().unwrap().parse::<usize>().unwrap()).sum()
}

/// Cuts one of three replicas off from what `cut` chooses.
async fn assert_that_no_request_fails(cut: impl Fn(&Member, ProxyState)) {
    let deployment = Deployment::start(&[LONG_TIMEOUT], &[]).await;
    let member = &deployment.members[0];
    let readers = Load::readers(&deployment);
    readers.answered(REQUESTS).await;
    cut(member, ProxyState::Disconnected);
    member.not_ready().await;
    let mut answers = readers.stop().await.reads;

    let (started, before) = (Instant::now(), received(member).await);
    for id in 1..=REQUESTS {
        answers.push(get(deployment.nginx.address, &format!("/products/{id}")).await);
    }
    let (received, seconds) = (received(member).await - before, started.elapsed().as_secs());
    // Three failures remove a replica from rotation, and then it gets one request a second at most.
    assert!(received <= 4 + usize::try_from(seconds).unwrap(), "it got {received} requests in {seconds} s");

    let load = Load::start(&deployment);
    load.answered(REQUESTS).await;
    cut(member, ProxyState::Forwarding);
    member.ready().await;
    load.answered(REQUESTS).await;
    let Answers { reads, creations, votes } = load.stop().await;
    let all = answers.iter().chain(&reads).chain(&creations).chain(&votes);
    let failed: Vec<_> = all.filter(|answer| !(200..300).contains(&answer.status)).collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

#[tokio::test]
async fn a_replica_without_a_database_gets_no_requests_and_fails_none() {
    assert_that_no_request_fails(|member, state| member.database.set(state)).await;
}

#[tokio::test]
async fn a_replica_without_a_listener_gets_no_requests_and_fails_none() {
    assert_that_no_request_fails(|member, state| member.listener.set(state)).await;
}

fn assert_unavailable(answer: &Answer) {
    assert_eq!(answer.status, 503, "{answer:?}");
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    assert_eq!(answer.headers["retry-after"], "1");
    assert_eq!(answer.headers.get_all("cache-control").iter().collect::<Vec<_>>(), ["no-store"]);
}

#[tokio::test]
async fn without_a_database_cached_products_are_served_and_writes_are_a_503() {
    let deployment = Deployment::start(&[TIMEOUT], &[]).await;
    let address = deployment.nginx.address;
    assert_eq!(get(address, "/products/1").await.status, 200);
    for member in &deployment.members {
        member.database.set(ProxyState::Disconnected);
    }
    for member in &deployment.members {
        member.not_ready().await;
    }

    // Until each replica has noticed that its connections are lost, the outcome of a write is not known.
    for (method, path, body) in WRITES {
        eventually("writes are a 503", async || {
            send(address, request(method, path, None, body)).await.status == 503
        })
        .await;
    }
    for _ in 0..10 {
        assert_eq!(get(address, "/products/1").await.status, 200);
        assert_unavailable(&get(address, "/qa/questions?product_id=1").await);
        assert_unavailable(&get(address, "/health/ready").await);
        for (method, path, body) in WRITES {
            assert_unavailable(&send(address, request(method, path, None, body)).await);
        }
    }
    for member in &deployment.members {
        member.database.set(ProxyState::Forwarding);
    }
    for (method, path, body) in WRITES {
        eventually("writes succeed", async || {
            send(address, request(method, path, None, body)).await.status < 300
        })
        .await;
    }
}

#[tokio::test]
async fn without_a_listener_in_any_replica_requests_are_served() {
    let deployment = Deployment::start(&[], &[]).await;
    let address = deployment.nginx.address;
    for member in &deployment.members {
        member.listener.set(ProxyState::Disconnected);
    }
    for member in &deployment.members {
        member.not_ready().await;
    }

    for _ in 0..10 {
        assert_eq!(get(address, "/products/1").await.status, 200);
        for (method, path, body) in WRITES {
            assert!(send(address, request(method, path, None, body)).await.status < 300);
        }
    }
}

#[tokio::test]
async fn only_a_proxy_is_told_to_try_another_replica() {
    let deployment = Deployment::start(&[TIMEOUT], &[]).await;
    let replica = &deployment.members[0].replica;
    deployment.members[0].database.set(ProxyState::Disconnected);
    deployment.members[0].not_ready().await;
    let mut failover = request("GET", "/products/1", None, "");
    failover.headers_mut().insert("x-failover", "once".parse().unwrap());

    let direct = get(replica.address, "/products/1").await;
    let proxied = send(replica.address, failover).await;

    assert_unavailable(&direct);
    assert_eq!(proxied.status, 502);
    assert_eq!(proxied.headers["content-type"], "application/problem+json");
}
