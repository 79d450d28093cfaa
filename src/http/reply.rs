//! A ready body becomes a response, or, where the client has it already, a 304.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body as Payload;
use axum::extract::FromRequestParts;
use axum::response::Response;
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};

use super::error::Error;
use crate::cache::{Body, Cache, Encoding, Key, Subject};

/// What the client can read, and what it has already.
pub struct Wanted {
    /// The encoding to answer in.
    pub encoding: Encoding,
    /// Each line of the header: they are one list.
    if_none_match: Vec<HeaderValue>,
}

impl<S: Send + Sync> FromRequestParts<S> for Wanted {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let accepted = parts.headers.get_all(ACCEPT_ENCODING).iter();
        Ok(Self {
            encoding: Encoding::accepted(accepted.filter_map(|header| header.to_str().ok())),
            if_none_match: parts.headers.get_all(IF_NONE_MATCH).iter().cloned().collect(),
        })
    }
}

/// What never changes while a process runs is asked for again all the same: the next process may have another.
const FIXED: &str = "no-cache";

impl Wanted {
    /// The response that sends what never changes, under its name in `cache`.
    pub(super) async fn reply_fixed(
        &self,
        cache: &Cache,
        name: &'static str,
        make: impl FnOnce() -> Body,
    ) -> Result<Response, Error> {
        let key =
            Key { subject: Subject { topic: "fixed", id: Subject::LISTS }, view: name, offset: 0, count: 0 };
        let answer = cache.get(key, self.encoding, async |_| Ok::<_, Infallible>(Some(make()))).await;
        let body = answer.ok().flatten().ok_or(Error::NotFound("resource"))?;
        Ok(self.reply(&body, FIXED))
    }

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
            // Of a body that is not sent.
            headers.remove(CONTENT_TYPE);
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        } else {
            describe(headers, body);
        }
        response
    }
}

fn describe(headers: &mut HeaderMap, body: &Body) {
    headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
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
