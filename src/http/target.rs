//! The target of a request: the id in its path, and its query string.

use std::borrow::Cow;

use axum::extract::FromRequestParts;
use http::request::Parts;
use percent_encoding::percent_decode_str;

use super::error::Error;
use super::input::{FromInput, Input};
use super::values::Id;

/// What a request asks for.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// The `{id}` of the path, as it was sent.
    pub(super) id: Option<&'a str>,
    /// The query string; empty where there is none.
    pub(super) query: &'a str,
    /// The most results that a page may have.
    pub(super) max_count: u64,
}

/// Parameters that a target has.
pub trait FromTarget: Sized {
    /// Parses them.
    fn from_target(target: &Target<'_>) -> Result<Self, Error>;
}

impl Target<'_> {
    /// Whether the route has an `{id}`.
    #[must_use]
    pub fn has_id(&self) -> bool {
        self.id.is_some()
    }

    /// The `{id}` of the path. Anything else than a positive 64-bit integer is an error: nothing has such a path.
    pub fn id(&self) -> Result<i64, Error> {
        let text: Option<Cow<'_, str>> = self.id.and_then(|text| percent_decode_str(text).decode_utf8().ok());
        text.as_deref().and_then(Id::from_digits).map(|id| id.0).ok_or(Error::NoRoute)
    }

    /// The parameters of the query string.
    pub fn query<T: FromInput>(&self) -> Result<T, Error> {
        Input::parse_query(self.query, self.max_count)
    }
}

/// The `{id}` of a request's path. The router inserts it, and handlers extract it.
#[derive(Clone, Copy, Debug)]
pub struct PathId(pub i64);

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        parts.extensions.get().copied().ok_or(Error::NoRoute)
    }
}

/// Parameters of the query string alone.
impl<T: FromInput> FromTarget for T {
    fn from_target(target: &Target<'_>) -> Result<Self, Error> {
        target.query()
    }
}

/// No parameters.
impl FromTarget for () {
    fn from_target(_: &Target<'_>) -> Result<Self, Error> {
        Ok(())
    }
}
