//! Responses with a cached body: conditional requests, and the headers that caches and clients read.

use axum::body::Body as ResponseBody;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    LOCATION, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use http_body_util::Full;

use crate::cache::{Body, Encoding};

/// What browsers and proxies may do with a response.
#[derive(Debug)]
pub struct Policy {
    /// Cache-Control, for all of them.
    pub cache_control: HeaderValue,
    /// X-Accel-Expires, for an NGINX in front of this service: how many seconds it may send the response by itself. None
    /// leaves that to Cache-Control.
    pub nginx_expires: Option<HeaderValue>,
}

const NGINX_EXPIRES: HeaderName = HeaderName::from_static("x-accel-expires");
/// The headers of most responses: room for them is reserved at once.
const HEADERS: usize = 12;

/// The encoding in which the client wants a response.
#[must_use]
pub fn accepted_encoding(headers: &HeaderMap) -> Encoding {
    let accepted = headers.get_all(ACCEPT_ENCODING).iter();
    Encoding::accepted(accepted.filter_map(|header| header.to_str().ok()))
}

/// 200 with `body`, or 304 where the request's `If-None-Match` has its entity tag.
#[must_use]
pub fn respond(body: &Body, policy: &Policy, request: &HeaderMap) -> http::Response<Full<Bytes>> {
    let etag = body.etag();
    let is_known = request.get_all(IF_NONE_MATCH).iter().any(|header| matches(header, &etag));
    let mut response = http::Response::new(Full::default());
    let headers = response.headers_mut();
    headers.reserve(HEADERS);
    headers.insert(CACHE_CONTROL, policy.cache_control.clone());
    headers.insert(ETAG, etag);
    headers.insert(VARY, const { HeaderValue::from_static("accept-encoding") });
    if let Some(expires) = &policy.nginx_expires {
        headers.insert(NGINX_EXPIRES, expires.clone());
    }
    for (name, value) in body.headers() {
        headers.insert(name, value.clone());
    }
    if is_known {
        // It describes a body, which is not sent.
        headers.remove(CONTENT_TYPE);
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        headers.insert(CONTENT_LENGTH, body.length().into());
        headers.entry(CONTENT_TYPE).or_insert(const { HeaderValue::from_static("application/json") });
        if let Some(encoding) = body.encoding().name() {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        *response.body_mut() = Full::new(body.bytes());
    }
    response
}

/// 201 with the new resource, and its location if it has one of its own.
#[must_use]
pub fn created(body: String, location: Option<String>) -> Response {
    let mut response = (StatusCode::CREATED, uncached(body)).into_response();
    if let Some(location) = location {
        let location = HeaderValue::try_from(location).expect("a path of ours and a number");
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

/// 200 with JSON that no cache may store.
#[must_use]
pub fn uncached(body: String) -> Response {
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")];
    (headers, ResponseBody::from(body)).into_response()
}

/// Whether If-None-Match has this entity tag, by the weak comparison that RFC 9110 asks for.
fn matches(header: &HeaderValue, etag: &HeaderValue) -> bool {
    // Bytes, since tags of others need not be ASCII.
    let header = header.as_bytes().trim_ascii();
    let mut tags = header.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    header == b"*" || tags.any(|tag| tag.strip_prefix(b"W/").unwrap_or(tag) == etag.as_bytes())
}
