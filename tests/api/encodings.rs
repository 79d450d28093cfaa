//! Content negotiation: gzip and brotli.

use std::io::Read as _;

use axum::body::Body;
use axum::http::Request;

use crate::support::{Response, Site, run};

/// The path of a body that is large enough to be encoded.
const LARGE: &str = "/products/1/styles";
/// The path of a body that is not.
const SMALL: &str = "/products/1/related";

#[tokio::test]
async fn encoded_bodies_decode_to_the_plain_ones() {
    let site = Site::start().await;
    for path in ["/products", "/products/1", "/products/2", "/products/3", LARGE] {
        let plain = site.get(path).await;
        assert!(plain.headers.get("content-encoding").is_none());
        for encoding in ["gzip", "br"] {
            let response = site.get_with(path, &[("accept-encoding", encoding)]).await;
            assert_eq!(response.header("content-encoding"), encoding, "{path}");
            assert_eq!(decoded(&response), plain.body, "{path} as {encoding}");
            assert_eq!(response.header("content-type"), "application/json");
            assert_eq!(response.header("content-length"), response.body.len().to_string());
        }
    }
}

#[tokio::test]
async fn a_large_body_is_encoded() {
    let site = Site::start().await;
    let large =
        "update products set description = repeat(md5(id::text) || ' \u{1F9E5} ', 30000) where id = 5";
    run(&mut site.sql().await, large).await;
    let plain = site.get("/products/5").await;
    assert!(plain.body.len() > 1_000_000);
    for encoding in ["gzip", "br"] {
        let response = site.get_with("/products/5", &[("accept-encoding", encoding)]).await;
        assert_eq!(response.header("content-encoding"), encoding);
        assert!(decoded(&response) == plain.body, "{encoding}");
    }
}

#[tokio::test]
async fn small_bodies_are_not_encoded() {
    let site = Site::start().await;
    for path in [SMALL, "/products/5/styles", "/products/4", "/products?count=0", "/health/live"] {
        for encoding in ["gzip", "br"] {
            let response = site.get_with(path, &[("accept-encoding", encoding)]).await;
            assert!(response.headers.get("content-encoding").is_none(), "{path}");
            assert_eq!(response.body, site.get(path).await.body, "{path}");
        }
    }
}

#[tokio::test]
async fn each_encoding_has_its_own_entity_tag() {
    let site = Site::start().await;
    let mut tags = Vec::new();
    for encoding in ["identity", "gzip", "br"] {
        let etag = site.get_with(LARGE, &[("accept-encoding", encoding)]).await.header("etag").to_owned();
        let again = [("accept-encoding", encoding), ("if-none-match", &etag)];
        assert_eq!(site.get_with(LARGE, &again).await.status, 304, "{encoding}");
        for other in ["identity", "gzip", "br"].into_iter().filter(|other| *other != encoding) {
            let headers = [("accept-encoding", other), ("if-none-match", &etag)];
            assert_eq!(site.get_with(LARGE, &headers).await.status, 200, "the tag of {encoding} for {other}");
        }
        tags.push(etag);
    }
    tags.dedup();
    assert_eq!(tags.len(), 3);
}

#[tokio::test]
async fn responses_vary_by_accept_encoding_only() {
    let site = Site::start().await;
    for path in ["/products", "/products/1", LARGE, SMALL] {
        for headers in [&[][..], &[("accept-encoding", "br")], &[("origin", "https://shop.example")]] {
            assert_eq!(
                site.get_with(path, headers).await.header("vary"),
                "accept-encoding",
                "{path} {headers:?}"
            );
        }
    }
}

#[tokio::test]
async fn accept_encoding_decides_the_encoding() {
    let site = Site::start().await;
    for (accepted, encoding) in [
        ("", ""),
        ("identity", ""),
        ("deflate, zstd", ""),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("gzip;q=0, br;q=0", ""),
        ("*;q=0", ""),
        ("*", "br"),
        // A star stands for all encodings that are not named.
        ("br;q=0, *", "gzip"),
        ("br;q=0, gzip;q=0, *", ""),
        ("*, br;q=0", "gzip"),
        // Identity may be preferred.
        ("identity, gzip;q=0.5", ""),
        ("identity;q=0.5, gzip;q=1.0", "gzip"),
        ("GZip", "gzip"),
        ("br ; q=0.8 , gzip ; q=0.2", "br"),
        ("gzip;q=nonsense", ""),
        ("gzip;q=-1", ""),
    ] {
        let response = site.get_with(LARGE, &[("accept-encoding", accepted)]).await;
        let sent = response.headers.get("content-encoding").map_or("", |value| value.to_str().unwrap());
        assert_eq!(sent, encoding, "{accepted:?}");
    }
}

#[tokio::test]
async fn several_accept_encoding_headers_are_one_list() {
    let site = Site::start().await;
    let request = Request::get(LARGE).header("accept-encoding", "deflate").header("accept-encoding", "gzip");
    let response = site.request(request.body(Body::empty()).unwrap()).await;
    assert_eq!(response.header("content-encoding"), "gzip");
}

/// The decoded body.
fn decoded(response: &Response) -> Vec<u8> {
    let mut bytes = Vec::new();
    match response.header("content-encoding") {
        "gzip" => flate2::read::GzDecoder::new(&*response.body).read_to_end(&mut bytes).unwrap(),
        "br" => brotli::Decompressor::new(&*response.body, 4096).read_to_end(&mut bytes).unwrap(),
        other => panic!("unknown encoding {other:?}"),
    };
    bytes
}
