//! `GET /health/live`, `GET /health/ready`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::readiness::Readiness;
use crate::http::error::Error;
use crate::http::response::uncached;
use crate::http::routes::{Route, Routes};

/// The routes of liveness and readiness.
#[must_use]
pub fn routes(readiness: &Arc<Readiness>) -> Vec<Route> {
    Routes::new(Arc::clone(readiness)).get("/health/live", live).get("/health/ready", ready).build()
}

/// 200 for as long as the process can answer at all.
async fn live() -> Response {
    uncached(r#"{"status":"live"}"#.to_owned())
}

/// 200; 503 while starting, draining or without a database.
async fn ready(State(readiness): State<Arc<Readiness>>) -> Result<Response, Error> {
    if !readiness.is_ready() {
        return Err(Error::Unavailable(None));
    }
    Ok(uncached(r#"{"status":"ready"}"#.to_owned()))
}
