//! A ready body becomes a response, or, where the client has it already, a 304.

use std::convert::Infallible;

use axum::body::Body as Payload;
use axum::extract::FromRequestParts;
use axum::response::Response;
use bytes::Bytes;
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use http_body_util::Full;

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
        Ok(Self::by(&parts.headers))
    }
}

/// What those in between may do with an answer.
pub struct Policy {
    /// Cache-Control, for all of them.
    pub cache_control: &'static str,
    /// X-Accel-Expires, for an NGINX in front of us: how long it may show the answer by itself. None leaves it to
    /// Cache-Control.
    pub nginx_expires: Option<&'static str>,
}

const NGINX_EXPIRES: HeaderName = HeaderName::from_static("x-accel-expires");
/// What never changes while a process runs is asked for again all the same: the next process may have another.
const FIXED: Policy = Policy { cache_control: "no-cache", nginx_expires: None };
/// How many headers there is room for from the start: all of a product, and what every answer is sent with. A compressed page
/// of a list has one more.
const HEADERS: usize = 12;

impl Wanted {
    /// What the client says of it in these headers.
    pub(super) fn by(headers: &HeaderMap) -> Self {
        let accepted = headers.get_all(ACCEPT_ENCODING).iter();
        Self {
            encoding: Encoding::accepted(accepted.filter_map(|header| header.to_str().ok())),
            if_none_match: headers.get_all(IF_NONE_MATCH).iter().cloned().collect(),
        }
    }

    /// The response that sends what never changes, under its name in `cache`.
    pub(super) async fn reply_fixed(
        &self,
        cache: &Cache,
        name: &'static str,
        make: impl FnOnce() -> Body,
    ) -> Result<Response, Error> {
        let key =
            Key { subject: Subject { topic: "fixed", id: Subject::LISTS }, view: name, offset: 0, count: 0 };
        let answer = cache.get(key, self.encoding, async |_| Ok(Some(make()))).await;
        let body = answer.ok().flatten().ok_or(Error::NotFound("resource"))?;
        Ok(self.reply(&body, &FIXED))
    }

    /// The response that sends `body`, which is kept as `policy` says.
    #[must_use]
    pub fn reply(&self, body: &Body, policy: &Policy) -> Response {
        self.ready(body, policy).map(Payload::new)
    }

    /// The same, as it is sent.
    pub(super) fn ready(&self, body: &Body, policy: &Policy) -> http::Response<Full<Bytes>> {
        let etag = body.etag();
        let is_known = self.if_none_match.iter().any(|header| matches(header, &etag));
        let mut response = http::Response::new(Full::default());
        let headers = response.headers_mut();
        headers.reserve(HEADERS);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(policy.cache_control));
        headers.insert(ETAG, etag);
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if let Some(expires) = policy.nginx_expires {
            headers.insert(NGINX_EXPIRES, HeaderValue::from_static(expires));
        }
        for (name, value) in body.headers() {
            headers.insert(name, value.clone());
        }
        if is_known {
            // Of a body that is not sent.
            headers.remove(CONTENT_TYPE);
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        } else {
            describe(headers, body);
            *response.body_mut() = Full::new(body.bytes());
        }
        response
    }
}

fn describe(headers: &mut HeaderMap, body: &Body) {
    headers.insert(CONTENT_LENGTH, body.length().into());
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
