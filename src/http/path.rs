//! Ids in paths.

use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;

use super::error::Error;
use super::query::parse_id;

/// The `:id` of a path: a positive 64-bit integer. Anything else names nothing, which is a 404.
#[derive(Clone, Copy, Debug)]
pub struct PathId(pub i64);

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        const NOTHING: Error = Error::NotFound("resource");
        // Fails where the path is no UTF-8 once its percent signs are decoded.
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| NOTHING)?;
        let id = params.iter().next().and_then(|(_, text)| parse_id(text));
        id.map(Self).ok_or(NOTHING)
    }
}
