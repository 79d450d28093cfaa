//! Whether the process lives, and whether requests should be sent to it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use super::error::Error;
use crate::state::Presence;

const HEADERS: [(http::HeaderName, &str); 2] =
    [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")];

/// `GET /health/live`: 200 for as long as the process can answer at all.
pub(super) async fn live() -> Response {
    (HEADERS, r#"{"status":"live"}"#).into_response()
}

/// `GET /health/ready`: 200, or 503 while starting, draining or without a database; a standby is one.
pub(super) async fn ready(State(presence): State<Arc<Presence>>) -> Result<Response, Error> {
    if !presence.is_ready() {
        return Err(Error::Unavailable(None));
    }
    Ok((HEADERS, r#"{"status":"ready"}"#).into_response())
}
