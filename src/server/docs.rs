//! `GET /docs`: the API reference for people. One page without external resources, which reads `/openapi.json`.

use http::HeaderValue;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};

use super::static_document::StaticDocument;
use crate::cache::Body;
use crate::http::routes::{Route, Routes};

const PAGE: &str = include_str!("docs.html");
/// The browser enforces that the page loads nothing from elsewhere.
const POLICY: &str = "default-src 'none'; connect-src 'self'; script-src 'unsafe-inline'; \
    style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The route of the page.
#[must_use]
pub fn routes() -> Vec<Route> {
    let headers = vec![
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    ];
    let page = StaticDocument::new("docs", Body::new(PAGE.as_bytes(), headers));
    Routes::new(()).cached("/docs", page).build()
}
