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
    /// Takes them from `query`, which collects what is wrong with them; None if anything is.
    fn from_query(query: &mut Query) -> Option<Self>;
}

impl<S, T> FromRequestParts<S> for Params<T>
where
    S: Send + Sync,
    T: FromQuery,
    MaxCount: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let query = parts.uri.query().unwrap_or_default();
        parse(query, MaxCount::from_ref(state)).map(Self).map_err(Error::Invalid)
    }
}

/// The parameters that a query string holds, or all that is wrong with them.
pub(super) fn parse<T: FromQuery>(query: &str, max_count: MaxCount) -> Result<T, Vec<Invalid>> {
    let mut query = Query::new(query, max_count);
    match T::from_query(&mut query) {
        Some(params) if query.errors.is_empty() => Ok(params),
        _ => Err(query.errors),
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

    /// An id that must be there.
    pub fn id(&mut self, name: &'static str) -> Option<i64> {
        let id = self.take(name, || format!("must be {ID}"), None, |text| parse_id(text).map(Some))?;
        if id.is_none() {
            self.errors.push(Invalid { field: name, message: format!("is required: {ID}") });
        }
        id
    }

    /// A whole number from `least`, `default` where it is left out. One beyond 64 bits is as good as the largest: clients
    /// send such to say "all".
    pub fn number<T>(
        &mut self,
        name: &'static str,
        least: u64,
        default: T,
        value: impl Fn(u64) -> T,
    ) -> Option<T> {
        let wanted = || format!("must be a whole number from {least}");
        let parse = |text: &str| parse_digits(text).filter(|number| *number >= least).map(&value);
        self.take(name, wanted, default, parse)
    }

    /// One of a few words, `default` where it is left out.
    pub fn word<T: Copy>(&mut self, name: &'static str, words: &[(&str, T)], default: T) -> Option<T> {
        let wanted = || {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            format!("must be one of {}", known.join(", "))
        };
        self.take(name, wanted, default, |text| {
            words.iter().find(|(word, _)| *word == text).map(|(_, it)| *it)
        })
    }

    /// The value of a parameter, `default` where it is left out; None where it is wrong. Real clients put `undefined`,
    /// `null`, `NaN` and nothing where they mean the default, and some put quotes around values.
    fn take<T>(
        &mut self,
        name: &'static str,
        wanted: impl Fn() -> String,
        default: T,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let mut values = self.pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value);
        let Some(text) = values.next() else { return Some(default) };
        if values.next().is_some() {
            self.errors.push(Invalid { field: name, message: "must be given only once".to_owned() });
            return None;
        }
        let text = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
        if matches!(text, "" | "undefined" | "null" | "NaN") {
            return Some(default);
        }
        let value = parse(text);
        if value.is_none() {
            self.errors.push(Invalid { field: name, message: wanted() });
        }
        value
    }
}

/// What an id must be.
pub(super) const ID: &str = "a positive 64-bit integer";

/// A positive 64-bit integer in plain digits.
pub(super) fn parse_id(text: &str) -> Option<i64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|id| *id > 0 && is_plain)
}

fn parse_digits(text: &str) -> Option<u64> {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| text.parse().unwrap_or(u64::MAX))
}
