//! How loader.io makes sure that a site may be tested: it asks for a file that shows a token.

use axum::response::IntoResponse as _;
use axum::routing::get;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use super::routes::Routes;
use crate::config::LoaderioToken;

/// Where that file is looked for, all of which are served; a slash behind the last is as good as none.
const SUFFIXES: [&str; 3] = [".txt", ".html", ""];

/// `GET /loaderio-<token>.txt`, `.html` and `/`.
pub(super) fn routes(token: &LoaderioToken) -> Routes {
    SUFFIXES.iter().fold(Routes::new(), |routes, suffix| {
        let name = token.name();
        let template = format!("/{name}{suffix}");
        let headers = [(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, "no-store")];
        routes.route(&template, get(async move || (headers, name).into_response()))
    })
}
