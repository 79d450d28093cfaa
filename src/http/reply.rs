//! A ready body becomes a response, or, where the client has it already, a 304.

use std::sync::Arc;

use axum::body::Body as Payload;
use axum::extract::FromRequestParts;
use axum::response::Response;
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::cache::{Body, Encoding};

/// What the client can read, and what it has already.
pub struct Wanted {
    /// The encoding to answer in.
    pub encoding: Encoding,
    /// Each line of the header: they are one list.
    if_none_match: Vec<HeaderValue>,
}

impl<S: Send + Sync> FromRequestParts<S> for Wanted {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let accepted = parts.headers.get_all(ACCEPT_ENCODING).iter();
        Ok(Self {
            encoding: Encoding::accepted(accepted.filter_map(|header| header.to_str().ok())),
            if_none_match: parts.headers.get_all(IF_NONE_MATCH).iter().cloned().collect(),
        })
    }
}

impl Wanted {
    /// The response that sends `body`, which caches may keep as `cache_control` says.
    #[must_use]
    pub fn reply(&self, body: &Arc<Body>, cache_control: &'static str) -> Response {
        let is_known = self.if_none_match.iter().any(|header| matches(header, body.etag()));
        let payload = if is_known { Payload::empty() } else { Payload::from(body.bytes().clone()) };
        let mut response = Response::new(payload);
        let headers = response.headers_mut();
        headers.reserve(10);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache_control));
        headers.insert(ETAG, body.etag().clone());
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        headers.extend(body.headers().iter().cloned());
        if is_known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        } else {
            describe(headers, body);
        }
        response
    }
}

fn describe(headers: &mut HeaderMap, body: &Body) {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(encoding) = body.encoding().name() {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
}

/// Whether If-None-Match names this entity tag; by the weak comparison, as RFC 9110 wants it here.
fn matches(header: &HeaderValue, etag: &HeaderValue) -> bool {
    let Ok(header) = header.to_str() else { return false };
    header.trim() == "*"
        || header.split(',').any(|tag| tag.trim().trim_start_matches("W/").as_bytes() == etag.as_bytes())
}
