//! Headers: the lines of the input are Accept-Encoding, If-None-Match, Cookie and Authorization.

#![no_main]

use atelier::cache::{Body, Encoding};
use atelier::http::response::{Policy, accepted_encoding, respond};
use atelier::http::shopper::Shopper;
use http::header::{ACCEPT_ENCODING, AUTHORIZATION, COOKIE, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, StatusCode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let names = [ACCEPT_ENCODING, IF_NONE_MATCH, COOKIE, AUTHORIZATION];
    let mut headers = HeaderMap::new();
    for (name, value) in names.into_iter().zip(input.split(|byte| *byte == b'\n')) {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.insert(name, value);
        }
    }
    assert_encoding(&headers);
    assert_precondition(&headers);
    assert_eq!(Shopper::of(&headers), Shopper::of(&headers.clone()));
    if !headers.contains_key(AUTHORIZATION) && !headers.contains_key(COOKIE) {
        assert_eq!(Shopper::of(&headers), None);
    }
});

/// Asserts that an encoding is only used if the client names it, or a star.
fn assert_encoding(headers: &HeaderMap) {
    if let Some(name) = accepted_encoding(headers).name() {
        let accepted = headers[ACCEPT_ENCODING].to_str().expect("only text is accepted").to_ascii_lowercase();
        assert!(accepted.contains(name) || accepted.contains('*'));
    } else {
        assert_eq!(accepted_encoding(headers), Encoding::Identity);
    }
}

/// Asserts that a 304 has no body, and is sent only for a star or the entity tag.
fn assert_precondition(headers: &HeaderMap) {
    let body = Body::json("{}");
    let policy = Policy { cache_control: HeaderValue::from_static("no-cache"), nginx_expires: None };
    let response = respond(&body, &policy, headers);
    let tag = body.etag().to_str().expect("quotes and digits").to_owned();
    assert_eq!(response.headers()["etag"], tag);
    let sent = headers.get(IF_NONE_MATCH).map(|value| String::from_utf8_lossy(value.as_bytes()));
    match response.status() {
        StatusCode::NOT_MODIFIED => {
            assert!(sent.is_some_and(|sent| sent.trim() == "*" || sent.contains(&tag)));
            assert!(!response.headers().contains_key("content-length"));
        }
        status => {
            assert_eq!(status, StatusCode::OK);
            assert!(sent.is_none_or(|sent| sent != "*" && sent != tag));
        }
    }
}
