//! `GET /loaderio-<token>.txt`, `.html` and `/`.

use insta::assert_snapshot;

use crate::support::Site;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

async fn site_with(token: &str) -> Site {
    let token = token.parse().unwrap();
    Site::start_with(|settings| settings.loaderio_token = Some(token)).await
}

#[tokio::test]
async fn the_token_is_shown_wherever_it_is_looked_for() {
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
async fn the_token_may_be_set_as_the_name_of_its_file() {
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
async fn without_a_token_there_is_nothing() {
    let site = Site::start().await;
    for path in ["/loaderio-.txt", "/loaderio-", "/loaderio-{token}.txt"] {
        assert_eq!(site.get(&path.replace(['{', '}'], "")).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn the_token_is_only_read() {
    let site = site_with(TOKEN).await;
    let response = site.send("POST".parse().unwrap(), &format!("/loaderio-{TOKEN}.txt"), &[]).await;
    assert_eq!((response.status.as_u16(), response.header("allow")), (405, "GET,HEAD"));
}
