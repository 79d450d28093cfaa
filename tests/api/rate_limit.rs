//! What a client may write. Time passes while a test runs, and gives clients more: hence no exact numbers, but what
//! comes of many more writes than it can have given.

use std::time::Instant;

use atelier::http::client::Peer;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request};
use tokio::net::TcpListener;

use crate::support::{Reply, Site};

const BURST: u32 = 5;
/// Writes that a client can't possibly be given while it sends them.
const MANY: usize = 60;
const PROXY: &str = "10.0.0.1";
const CLIENT: &str = "203.0.113.7";

async fn site() -> Site {
    Site::start_with(|settings| {
        settings.write_rate_per_s = 1;
        settings.write_burst = BURST;
        settings.trusted_proxies = "10.0.0.0/8,fd00::/8".parse().unwrap();
    })
    .await
}

/// Writes something that comes to nothing, but counts.
async fn write(site: &Site, peer: &str, headers: &[(&str, &str)]) -> Reply {
    let mut request = Request::post("/cart").extension(Peer(peer.parse().unwrap()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    site.request(request.body(Body::empty()).unwrap()).await
}

/// Writes until that is refused.
async fn exhaust(site: &Site, peer: &str, headers: &[(&str, &str)]) -> Reply {
    for _ in 0..MANY {
        let reply = write(site, peer, headers).await;
        if reply.status == 429 {
            return reply;
        }
    }
    panic!("{peer} with {headers:?} may write without limit");
}

/// Whether any of these writes, which are alike but for the headers, is refused.
async fn is_limited(site: &Site, peer: &str, headers: impl Fn(usize) -> Vec<(&'static str, String)>) -> bool {
    for number in 0..MANY {
        let headers = headers(number);
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        if write(site, peer, &headers).await.status == 429 {
            return true;
        }
    }
    false
}

fn number(headers: &HeaderMap, name: &str) -> u32 {
    headers[name].to_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn there_is_no_limit_unless_it_is_set() {
    let site = Site::start().await;
    for _ in 0..MANY {
        let reply = write(&site, CLIENT, &[]).await;
        assert_eq!((reply.status.as_u16(), reply.header("ratelimit-limit")), (415, ""));
    }
}

#[tokio::test]
async fn a_burst_passes_and_then_a_client_is_told_when_to_come_back() {
    let site = site().await;
    let started = Instant::now();
    let first = write(&site, CLIENT, &[]).await;
    assert_eq!(first.status, 415);
    assert_eq!(number(&first.headers, "ratelimit-limit"), BURST);
    assert_eq!(number(&first.headers, "ratelimit-remaining"), BURST - 1);
    assert_eq!(number(&first.headers, "ratelimit-reset"), 1);
    let mut passed = 1;
    let refusal = loop {
        let reply = write(&site, CLIENT, &[]).await;
        if reply.status == 429 {
            break reply;
        }
        passed += 1;
    };
    assert!(passed >= BURST && u64::from(passed - BURST) <= started.elapsed().as_secs(), "{passed} passed");
    assert_eq!(refusal.header("content-type"), "application/problem+json");
    assert_eq!(refusal.header("cache-control"), "no-store");
    assert_eq!(refusal.header("retry-after"), "1");
    assert_eq!(number(&refusal.headers, "ratelimit-limit"), BURST);
    assert_eq!(number(&refusal.headers, "ratelimit-remaining"), 0);
    assert_eq!(number(&refusal.headers, "ratelimit-reset"), BURST);
    assert_eq!(refusal.json()["title"], "Too Many Requests");
}

#[tokio::test]
async fn pages_can_read_where_they_stand() {
    let site = site().await;
    let readable = "link,etag,x-total-count,x-request-id,retry-after,ratelimit-limit,ratelimit-remaining,ratelimit-reset";
    for reply in [write(&site, CLIENT, &[]).await, exhaust(&site, CLIENT, &[]).await] {
        assert_eq!(reply.header("access-control-expose-headers"), readable);
        assert_eq!(reply.header("access-control-allow-origin"), "*");
    }
}

#[tokio::test]
async fn only_writes_count() {
    let site = site().await;
    exhaust(&site, "0.0.0.0", &[]).await;
    for path in ["/products/1", "/cart", "/health/ready"] {
        for method in [Method::GET, Method::HEAD] {
            for _ in 0..MANY {
                let reply = site.send(method.clone(), path, &[]).await;
                assert_eq!((reply.status.as_u16(), reply.header("ratelimit-limit")), (200, ""), "{path}");
            }
        }
    }
    let preflight = [("origin", "https://shop.example"), ("access-control-request-method", "POST")];
    assert_eq!(site.send(Method::OPTIONS, "/cart", &preflight).await.status, 200);
}

#[tokio::test]
async fn every_address_has_a_limit_of_its_own() {
    let site = site().await;
    exhaust(&site, CLIENT, &[]).await;
    for peer in ["203.0.113.8", "2001:db8::1", "2001:db8:0:1::1"] {
        assert_eq!(write(&site, peer, &[]).await.status, 415, "{peer}");
    }
    // The same in other clothes; and all that one customer of IPv6 has are one.
    assert!(is_limited(&site, "::ffff:203.0.113.7", |_| Vec::new()).await);
    exhaust(&site, "2001:db8::1", &[]).await;
    assert!(is_limited(&site, "2001:db8::ffff:1", |_| Vec::new()).await);
}

#[tokio::test]
async fn a_trusted_proxy_tells_clients_apart() {
    let site = site().await;
    for forwarded in [CLIENT, "198.51.100.1, 203.0.113.8", "203.0.113.9:4711", "[2001:db8::7]:80"] {
        exhaust(&site, PROXY, &[("x-forwarded-for", forwarded)]).await;
    }
    for forwarded in ["203.0.113.10", "203.0.113.8, 198.51.100.1", "2001:db8:0:1::7"] {
        assert_eq!(write(&site, PROXY, &[("x-forwarded-for", forwarded)]).await.status, 415, "{forwarded}");
    }
}

#[tokio::test]
async fn proxies_may_stand_in_a_row() {
    let site = site().await;
    exhaust(&site, PROXY, &[("x-forwarded-for", CLIENT)]).await;
    let through = |hops: &'static str| move |_| vec![("x-forwarded-for", hops.to_owned())];
    assert!(is_limited(&site, PROXY, through("203.0.113.7, 10.9.9.9")).await);
    assert!(is_limited(&site, "fd00::1", through("1.1.1.1,203.0.113.7 , 10.9.9.9:1,::ffff:10.9.9.8")).await);
    let lines = |_| vec![("x-forwarded-for", CLIENT.to_owned()), ("x-forwarded-for", "10.9.9.9".to_owned())];
    assert!(is_limited(&site, PROXY, lines).await);
}

#[tokio::test]
async fn a_forged_header_moves_nobodys_limit() {
    let site = site().await;
    // From who is no proxy.
    let forged = |number: usize| vec![("x-forwarded-for", format!("198.51.100.{number}"))];
    assert!(is_limited(&site, CLIENT, forged).await);
    // Sent to a proxy, which adds whom it comes from.
    let added = |number: usize| vec![("x-forwarded-for", format!("198.51.100.{number}, 203.0.113.9"))];
    assert!(is_limited(&site, PROXY, added).await);
    let as_proxy =
        |number: usize| vec![("x-forwarded-for", format!("198.51.100.{number}, 10.0.0.2, 203.0.113.9"))];
    assert!(is_limited(&site, PROXY, as_proxy).await);
    // What is no address ends the way.
    let garbage = |number: usize| vec![("x-forwarded-for", format!("198.51.100.{number}, unknown"))];
    assert!(is_limited(&site, PROXY, garbage).await);
    for header in ["forwarded", "x-real-ip", "cf-connecting-ip", "true-client-ip"] {
        let other = |number: usize| vec![(header, format!("198.51.100.{number}"))];
        assert!(is_limited(&site, CLIENT, other).await, "{header}");
    }
    // Nor did any of it use up what others may write.
    for number in 0..MANY {
        let peer = format!("198.51.100.{number}");
        assert_eq!(write(&site, &peer, &[]).await.status, 415, "{peer}");
    }
}

#[tokio::test]
async fn shoppers_of_one_address_have_limits_of_their_own() {
    let site = site().await;
    for name in ["ann", "ben", "cleo"] {
        assert_eq!(write(&site, CLIENT, &[("authorization", name)]).await.status, 415, "{name}");
    }
    exhaust(&site, CLIENT, &[("authorization", "ann")]).await;
    assert_eq!(write(&site, CLIENT, &[("authorization", "ben")]).await.status, 415);
    // And keep them wherever they go.
    assert!(is_limited(&site, "203.0.113.8", |_| vec![("authorization", "ann".to_owned())]).await);
}

#[tokio::test]
async fn a_new_shopper_each_time_is_no_new_client() {
    let site = site().await;
    assert!(is_limited(&site, CLIENT, |number| vec![("authorization", format!("Bearer {number}"))]).await);
    let cookie = |number: usize| vec![("cookie", format!("atelier_session={number:032x}"))];
    assert!(is_limited(&site, "203.0.113.8", cookie).await);
}

#[tokio::test]
async fn shoppers_that_are_collected_share_the_limit_of_their_address() {
    let site = site().await;
    let mut refused = false;
    // Each is known by an address of its own, and then brought to one.
    for number in 0..60 {
        let name = format!("Bearer {number}");
        let home = format!("198.51.100.{number}");
        assert_eq!(write(&site, &home, &[("authorization", &name)]).await.status, 415);
        for _ in 1..BURST {
            refused |= write(&site, CLIENT, &[("authorization", &name)]).await.status == 429;
        }
    }
    assert!(!refused, "60 shoppers with 4 writes each are fewer than 50 bursts");
    let mut passed = 0;
    for number in 60..1_000 {
        let name = format!("Bearer {number}");
        let home = format!("198.51.{}.{}", 101 + number / 250, number % 250);
        assert_eq!(write(&site, &home, &[("authorization", &name)]).await.status, 415);
        if write(&site, CLIENT, &[("authorization", &name)]).await.status == 429 {
            return;
        }
        passed += 1;
    }
    panic!("{passed} more passed");
}

#[tokio::test]
async fn a_connection_has_an_address() {
    let site = Site::start_with(|settings| {
        settings.write_rate_per_s = 1;
        settings.write_burst = BURST;
        settings.trusted_proxies = "127.0.0.1".parse().unwrap();
    })
    .await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let settings = atelier::config::Settings::default();
    let service = site.service.clone();
    let server = tokio::spawn(async move {
        atelier::http::server::serve(listener, service, &settings, std::future::pending()).await;
    });
    let mut statuses = Vec::new();
    for number in 0..2 * MANY {
        // First from one client, then from many.
        let client = number.saturating_sub(MANY);
        let head = format!("POST /cart HTTP/1.1\r\nx-forwarded-for: 203.0.113.{client}\r\ncontent-length: 0");
        statuses.push(crate::wire::ask(address, &head).await.contains(" 429 Too Many Requests\r\n"));
    }
    assert!(statuses[..MANY].contains(&true));
    assert!(!statuses[MANY + 1..].contains(&true));
    server.abort();
}
