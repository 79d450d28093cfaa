//! `GET /docs`: the API reference for people.

use axum::http::Method;

use crate::support::Site;

#[tokio::test]
async fn the_page_is_html_that_browsers_revalidate() {
    let site = Site::start().await;
    let page = site.get("/docs").await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert_eq!((page.header("cache-control"), page.header("vary")), ("no-cache", "accept-encoding"));
    assert!(page.text().starts_with("<!doctype html>"));
    let again = site.get_with("/docs", &[("if-none-match", page.header("etag"))]).await;
    assert_eq!((again.status.as_u16(), again.text()), (304, ""));
}

#[tokio::test]
async fn the_page_has_no_external_resources() {
    let site = Site::start().await;
    let page = site.get("/docs").await;
    for external in ["http:", "https:", "src=", "@import", " url(", ":url("] {
        assert!(!page.text().contains(external), "{external}");
    }
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; connect-src 'self';"), "{policy}");
}

#[tokio::test]
async fn the_page_is_compressed() {
    let site = Site::start().await;
    let plain = site.get("/docs").await;
    for encoding in ["br", "gzip"] {
        let response = site.get_with("/docs", &[("accept-encoding", encoding)]).await;
        assert_eq!(response.header("content-encoding"), encoding);
        assert_eq!(response.header("content-type"), "text/html; charset=utf-8");
        assert!(response.body.len() * 2 < plain.body.len(), "{encoding}");
    }
}

#[tokio::test]
async fn head_and_a_trailing_slash_are_supported() {
    let site = Site::start().await;
    let page = site.get("/docs").await;
    assert_eq!(site.get("/docs/").await.to_string(), page.to_string());
    let head = site.send(Method::HEAD, "/docs", &[]).await;
    assert_eq!(head.to_string() + page.text(), page.to_string());
}
