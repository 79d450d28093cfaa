//! `GET /docs`: what the API is like, for people. One page that needs nothing from elsewhere; it reads `/openapi.json`.

use axum::extract::State;
use axum::response::Response;
use axum::routing::{MethodRouter, get};
use http::HeaderValue;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};

use super::error::Error;
use super::reply::Wanted;
use crate::cache::{Body, Cache};
use crate::state::App;

const PAGE: &str = include_str!("docs.html");
/// The browser itself sees to it that nothing is fetched from elsewhere.
const POLICY: &str = "default-src 'none'; connect-src 'self'; script-src 'unsafe-inline'; \
    style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(super) fn route() -> MethodRouter<App> {
    get(show_docs)
}

async fn show_docs(State(cache): State<Cache>, wanted: Wanted) -> Result<Response, Error> {
    let headers = vec![
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    ];
    wanted.reply_fixed(&cache, "docs", || Body::new(PAGE.as_bytes(), headers)).await
}
