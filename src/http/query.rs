//! Query strings become parameters: what is wrong with any of them is told at once, for all of them.

use std::borrow::Cow;

use axum::extract::{FromRef, FromRequestParts};
use http::request::Parts;

use super::error::{Error, Invalid};

/// The most results a page may have.
#[derive(Clone, Copy, Debug)]
pub struct MaxCount(pub u64);

/// The parameters of a route, read from its query string.
pub struct Params<T>(pub T);

/// Parameters that a query string can hold.
pub trait FromQuery: Sized {
    /// Takes them from `query`, which collects what is wrong with them; what is returned then is never used.
    fn from_query(query: &mut Query) -> Self;
}

impl<S, T> FromRequestParts<S> for Params<T>
where
    S: Send + Sync,
    T: FromQuery,
    MaxCount: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let mut query = Query::new(parts.uri.query().unwrap_or_default(), MaxCount::from_ref(state));
        let params = T::from_query(&mut query);
        if query.errors.is_empty() { Ok(Self(params)) } else { Err(Error::Invalid(query.errors)) }
    }
}

/// A query string while it is read. Parameters that nobody takes are ignored.
pub struct Query<'a> {
    pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    max_count: MaxCount,
    errors: Vec<Invalid>,
}

impl<'a> Query<'a> {
    fn new(query: &'a str, max_count: MaxCount) -> Self {
        Self { pairs: form_urlencoded::parse(query.as_bytes()).collect(), max_count, errors: Vec::new() }
    }

    /// The most results a page may have.
    #[must_use]
    pub fn max_count(&self) -> u64 {
        self.max_count.0
    }

    /// An id that may be left out.
    pub fn optional_id(&mut self, name: &'static str) -> Option<i64> {
        self.take(name, "must be a positive 64-bit integer", parse_id)
    }

    /// An id that must be there; 0, which no one uses, where it isn't.
    pub fn id(&mut self, name: &'static str) -> i64 {
        let errors = self.errors.len();
        let id = self.optional_id(name);
        if id.is_none() && self.errors.len() == errors {
            self.errors
                .push(Invalid { field: name, message: "is required: a positive 64-bit integer".to_owned() });
        }
        id.unwrap_or(0)
    }

    /// A whole number from `least` that may be left out. One beyond 64 bits is as good as the largest: clients send
    /// such to say "all".
    pub fn number(&mut self, name: &'static str, least: u64) -> Option<u64> {
        let wanted =
            if least == 0 { "must be a whole number from 0" } else { "must be a whole number from 1" };
        self.take(name, wanted, |text| parse_digits(text).filter(|number| *number >= least))
    }

    /// The value of a parameter. Real clients put `undefined`, `null`, `NaN` and nothing where they mean the default,
    /// and some put quotes around values.
    fn take<T>(&mut self, name: &'static str, wanted: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let mut values = self.pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value);
        let text = values.next()?;
        if values.next().is_some() {
            self.errors.push(Invalid { field: name, message: "must be given only once".to_owned() });
            return None;
        }
        let text = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
        if matches!(text, "" | "undefined" | "null" | "NaN") {
            return None;
        }
        let value = parse(text);
        if value.is_none() {
            self.errors.push(Invalid { field: name, message: wanted.to_owned() });
        }
        value
    }
}

/// A positive 64-bit integer in plain digits.
pub(super) fn parse_id(text: &str) -> Option<i64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|id| *id > 0 && is_plain)
}

fn parse_digits(text: &str) -> Option<u64> {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| text.parse().unwrap_or(u64::MAX))
}
