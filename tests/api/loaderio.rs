//! `GET /loaderio-<token>.txt`, `.html` and `/`.

use insta::assert_snapshot;

use crate::support::Site;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

async fn site_with(token: &str) -> Site {
    let token = token.parse().unwrap();
    Site::start_with(|settings| settings.loaderio_token = Some(token)).await
}

#[tokio::test]
async fn the_token_is_served_at_every_path_that_loader_io_requests() {
    let site = site_with(TOKEN).await;
    for suffix in [".txt", ".html", "/", "", ".txt/"] {
        let response = site.get(&format!("/loaderio-{TOKEN}{suffix}")).await;
        assert_eq!(
            (response.status.as_u16(), response.text()),
            (200, &*format!("loaderio-{TOKEN}")),
            "{suffix}"
        );
    }
    assert_snapshot!(site.get(&format!("/loaderio-{TOKEN}.html")).await, @r"
    200 OK
    access-control-allow-origin: *
    access-control-expose-headers: link,etag,x-total-count,x-request-id
    cache-control: no-store
    content-length: 41
    content-type: text/plain; charset=utf-8
    x-content-type-options: nosniff

    loaderio-0123456789abcdef0123456789abcdef
    ");
}

#[tokio::test]
async fn the_token_may_be_configured_with_its_prefix() {
    let site = site_with(&format!("loaderio-{TOKEN}")).await;
    assert_eq!(site.get(&format!("/loaderio-{TOKEN}.txt")).await.text(), format!("loaderio-{TOKEN}"));
    assert_eq!(site.get(&format!("/loaderio-loaderio-{TOKEN}.txt")).await.status, 404);
}

#[tokio::test]
async fn any_other_token_is_a_404() {
    let site = site_with(TOKEN).await;
    for path in ["/loaderio-other.txt", "/loaderio-.txt", "/loaderio-", "/loaderio.txt"] {
        assert_eq!(site.get(path).await.status, 404, "{path}");
    }
    for suffix in ["0.txt", ".TXT", ".txt.txt", ".json", "/x"] {
        assert_eq!(site.get(&format!("/loaderio-{TOKEN}{suffix}")).await.status, 404, "{suffix}");
    }
}

#[tokio::test]
async fn without_a_token_its_paths_are_a_404() {
    let site = Site::start().await;
    for path in ["/loaderio-.txt", "/loaderio-", "/loaderio-{token}.txt"] {
        assert_eq!(site.get(&path.replace(['{', '}'], "")).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn other_methods_are_a_405_that_lists_those_allowed() {
    let site = site_with(TOKEN).await;
    let response = site.send("POST".parse().unwrap(), &format!("/loaderio-{TOKEN}.txt"), &[]).await;
    assert_eq!((response.status.as_u16(), response.header("allow")), (405, "GET,HEAD"));
}
