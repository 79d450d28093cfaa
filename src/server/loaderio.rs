//! Verification for loader.io: it requests a file that contains a token, before it sends load to a site.

use axum::response::IntoResponse as _;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use crate::config::LoaderioToken;
use crate::http::routes::{Route, Routes};

/// The names under which loader.io may request the file. A slash at the end of the last is ignored, as everywhere.
const SUFFIXES: [&str; 3] = [".txt", ".html", ""];

/// `GET /loaderio-<token>.txt`, `.html` and `/`.
#[must_use]
pub fn routes(token: &LoaderioToken) -> Vec<Route> {
    let routes = SUFFIXES.iter().fold(Routes::new(()), |routes, suffix| {
        let name = token.name();
        let template = format!("/{name}{suffix}");
        let headers = [(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, "no-store")];
        routes.get(&template, async move || (headers, name).into_response())
    });
    routes.build()
}
