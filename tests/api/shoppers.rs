//! Shoppers, identified by a token or a session cookie.

use atelier::http::proxies::Peer;
use axum::body::Body;
use axum::http::Request;
use sqlx::PgConnection;

use crate::support::Site;

const SKU: &str = r#"{"sku_id":9}"#;
const CART: &str = r#"[{"sku_id":9,"count":"1"}]"#;

#[tokio::test]
async fn only_a_successful_post_starts_a_session() {
    let site = Site::start().await;
    assert_eq!(site.get("/cart").await.header("set-cookie"), "");
    assert_eq!(site.post("/cart", r#"{"sku_id":8}"#, &[]).await.header("set-cookie"), "");
    assert_eq!(site.post("/cart", "{}", &[]).await.header("set-cookie"), "");
    let first = site.post("/cart", SKU, &[]).await;
    assert_eq!((first.status.as_u16(), first.text()), (201, r#"{"sku_id":9,"count":"1"}"#));
    let (session, attributes) = first.header("set-cookie").split_once("; ").unwrap();
    assert_eq!(attributes, "HttpOnly; SameSite=Lax; Path=/; Max-Age=34560000");
    let digits = session.strip_prefix("atelier_session=").unwrap();
    assert!(digits.len() == 32 && digits.bytes().all(|it| it.is_ascii_hexdigit()), "{digits}");
    let second = site.post("/cart", SKU, &[("cookie", session)]).await;
    assert_eq!((second.header("set-cookie"), second.text()), ("", r#"{"sku_id":9,"count":"2"}"#));
    let cart = site.get_with("/cart", &[("cookie", session)]).await;
    assert_eq!((cart.header("set-cookie"), cart.text()), ("", r#"[{"sku_id":9,"count":"2"}]"#));
}

#[tokio::test]
async fn sessions_are_unique() {
    let site = Site::start().await;
    let mut sessions = Vec::new();
    for _ in 0..20 {
        sessions.push(site.post("/cart", SKU, &[]).await.cookie());
    }
    for session in &sessions {
        assert_eq!(site.get_with("/cart", &[("cookie", session)]).await.text(), CART);
    }
    sessions.sort();
    sessions.dedup();
    assert_eq!(sessions.len(), 20);
}

#[tokio::test]
async fn a_session_is_found_among_other_cookies() {
    let site = Site::start().await;
    let session = site.post("/cart", SKU, &[]).await.cookie();
    for cookies in [
        format!("a=b; {session}; c=d"),
        format!("a=b;{session}"),
        format!("broken; =; ;;{session};"),
        format!("atelier_session=of-another-program; {session}"),
    ] {
        assert_eq!(site.get_with("/cart", &[("cookie", &cookies)]).await.text(), CART, "{cookies}");
    }
    let headers = [("cookie", "a=b"), ("cookie", session.as_str())];
    assert_eq!(site.get_with("/cart", &headers).await.text(), CART);
}

#[tokio::test]
async fn an_invalid_session_cookie_is_ignored() {
    let site = Site::start().await;
    for cookie in ["atelier_session=", "atelier_session=x", "atelier_session", "session=1", "=", ";", "é"] {
        let response = site.post("/cart", SKU, &[("cookie", cookie)]).await;
        assert_eq!(response.status, 201, "{cookie}");
        assert!(!response.header("set-cookie").is_empty(), "{cookie}");
        assert_eq!(site.get_with("/cart", &[("cookie", cookie)]).await.text(), "[]", "{cookie}");
    }
}

#[tokio::test]
async fn a_token_is_the_whole_authorization_header() {
    let site = Site::start().await;
    for token in ["ghp_1234", "Bearer a", "Bearer b", "bearer a", "Basic dTpw", "undefined1", "null x"] {
        assert_eq!(site.get_with("/cart", &[("authorization", token)]).await.text(), "[]", "{token}");
        let response = site.post("/cart", SKU, &[("authorization", token)]).await;
        assert_eq!((response.status.as_u16(), response.header("set-cookie")), (201, ""), "{token}");
        assert_eq!(site.get_with("/cart", &[("authorization", token)]).await.text(), CART, "{token}");
    }
}

#[tokio::test]
async fn a_token_takes_precedence_over_a_session() {
    let site = Site::start().await;
    let session = site.post("/cart", SKU, &[]).await.cookie();
    let both = [("cookie", session.as_str()), ("authorization", "Bearer a")];
    assert_eq!(site.get_with("/cart", &both).await.text(), "[]");
    assert_eq!(site.post("/cart", r#"{"sku_id":10}"#, &both).await.header("set-cookie"), "");
    assert_eq!(site.get_with("/cart", &both[..1]).await.text(), CART);
    assert_eq!(site.get_with("/cart", &both[1..]).await.text(), r#"[{"sku_id":10,"count":"1"}]"#);
}

#[tokio::test]
async fn an_empty_or_undefined_token_is_ignored() {
    let site = Site::start().await;
    let session = site.post("/cart", SKU, &[]).await.cookie();
    for token in ["", " ", "undefined", "null", "Bearer undefined", "Bearer null"] {
        let headers = [("authorization", token), ("cookie", session.as_str())];
        assert_eq!(site.get_with("/cart", &headers).await.text(), CART, "{token:?}");
        assert_eq!(site.get_with("/cart", &headers[..1]).await.text(), "[]", "{token:?}");
        let response = site.post("/cart", SKU, &headers[..1]).await;
        assert!(response.header("set-cookie").starts_with("atelier_session="), "{token:?}");
    }
}

#[tokio::test]
async fn tokens_and_sessions_are_stored_as_hashes() {
    let site = Site::start().await;
    let response = site.post("/cart", SKU, &[]).await;
    site.post("/cart", SKU, &[("authorization", "Bearer a")]).await;
    let session = response.cookie();
    let digits = session.strip_prefix("atelier_session=").unwrap();
    for secret in [digits, "Bearer a"] {
        assert_eq!(items_of(&mut site.sql().await, secret).await, 1);
    }
    let sent = [("cookie", format!("atelier_session={}", "0".repeat(32)))];
    let sent: Vec<(&str, &str)> = sent.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(site.get_with("/cart", &sent).await.text(), "[]");
}

/// How many items belong to the hash of a secret.
async fn items_of(sql: &mut PgConnection, secret: &str) -> i64 {
    let items = "select count(*) from cart_items where shopper = sha256(convert_to($1, 'UTF8'))";
    sqlx::query_scalar(items).bind(secret).fetch_one(sql).await.unwrap()
}

#[tokio::test]
async fn a_cookie_is_secure_if_a_trusted_proxy_forwards_https() {
    let plain = Site::start().await;
    let trusting =
        Site::start_with(|settings| settings.trusted_proxies = "10.0.0.0/8".parse().unwrap()).await;
    for (site, peer, scheme, is_secure) in [
        (&trusting, "10.1.2.3", "https", true),
        (&trusting, "10.1.2.3", "HTTPS", true),
        (&trusting, "10.1.2.3", "http, https", true),
        (&trusting, "10.1.2.3", "https, http", false),
        (&trusting, "10.1.2.3", "", false),
        (&trusting, "11.1.2.3", "https", false),
        (&plain, "10.1.2.3", "https", false),
    ] {
        let request = Request::post("/cart")
            .header("content-type", "application/json")
            .header("x-forwarded-proto", scheme)
            .extension(Peer(peer.parse().unwrap()))
            .body(Body::from(SKU))
            .unwrap();
        let response = site.request(request).await;
        assert_eq!(response.header("set-cookie").contains("; Secure"), is_secure, "{peer} {scheme}");
    }
}
