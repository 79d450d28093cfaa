//! Parameters of a query string and fields of a JSON body become typed values. Everything that is wrong is reported at once.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::error::{Error, Invalid};

/// A value as it was sent.
#[derive(Clone, Copy, Debug)]
pub enum Raw<'a> {
    /// Of a query string.
    Text(&'a str),
    /// Of a JSON body.
    Json(&'a Value),
}

impl<'a> Raw<'a> {
    /// The value as text, trimmed; None if it is other JSON.
    #[must_use]
    pub fn text(self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Json(value) => value.as_str().map(str::trim),
        }
    }
}

/// A type that a parameter or field can have.
pub trait Field: Sized {
    /// What is accepted: follows `must be` in a sentence.
    fn accepted() -> String;

    /// The value, if it is accepted.
    fn parse(raw: Raw<'_>) -> Option<Self>;

    /// The value of a parameter or field that is not there; None if it is required.
    #[must_use]
    fn default() -> Option<Self> {
        None
    }
}

impl<T: Field> Field for Option<T> {
    fn accepted() -> String {
        T::accepted()
    }

    fn parse(raw: Raw<'_>) -> Option<Self> {
        T::parse(raw).map(Some)
    }

    fn default() -> Option<Self> {
        Some(None)
    }
}

/// A type that is made of parameters or fields.
pub trait FromInput: Sized {
    /// Takes them from `input`, which collects what is wrong; None if anything is.
    fn from_input(input: &mut Input<'_>) -> Option<Self>;
}

/// Implements [`FromInput`] for a struct whose fields have the names that clients send.
macro_rules! from_input {
    ($type:ident { $($field:ident),+ $(,)? }) => {
        impl $crate::http::input::FromInput for $type {
            fn from_input(input: &mut $crate::http::input::Input<'_>) -> Option<Self> {
                $(let $field = input.take(stringify!($field));)+
                Some(Self { $($field: $field?),+ })
            }
        }
    };
}
pub(crate) use from_input;

/// The parameters or fields of one request, while they are parsed. Those that nobody takes are ignored.
pub struct Input<'a> {
    source: Source<'a>,
    /// The most results that a page may have.
    max_count: u64,
    errors: Vec<Invalid>,
}

enum Source<'a> {
    Query(Vec<(Cow<'a, str>, Cow<'a, str>)>),
    Body(&'a Map<String, Value>),
}

impl<'a> Input<'a> {
    /// Parses a query string.
    pub(super) fn parse_query<T: FromInput>(query: &'a str, max_count: u64) -> Result<T, Error> {
        let pairs = form_urlencoded::parse(query.as_bytes()).collect();
        Self { source: Source::Query(pairs), max_count, errors: Vec::new() }.parse()
    }

    /// Parses the fields of a JSON body.
    pub(super) fn parse_body<T: FromInput>(fields: &'a Map<String, Value>) -> Result<T, Error> {
        Self { source: Source::Body(fields), max_count: 0, errors: Vec::new() }.parse()
    }

    fn parse<T: FromInput>(mut self) -> Result<T, Error> {
        match T::from_input(&mut self) {
            Some(value) if self.errors.is_empty() => Ok(value),
            _ => Err(Error::Invalid(self.errors)),
        }
    }

    pub(super) fn max_count(&self) -> u64 {
        self.max_count
    }

    /// The value of a parameter or field, or its default; None where it is wrong, or missing without a default.
    pub fn take<T: Field>(&mut self, name: &'static str) -> Option<T> {
        let value = match self.find(name) {
            Ok(Some(raw)) => T::parse(raw),
            Ok(None) => T::default(),
            Err(message) => {
                self.errors.push(Invalid { field: name, message: message.to_owned() });
                return None;
            }
        };
        if value.is_none() {
            self.errors.push(Invalid { field: name, message: format!("must be {}", T::accepted()) });
        }
        value
    }

    /// The value as it was sent; None where it is left out. Real clients send `undefined`, `null`, `NaN` and nothing where
    /// they mean the default, and some quote the values of a query string.
    fn find(&self, name: &str) -> Result<Option<Raw<'_>>, &'static str> {
        match &self.source {
            Source::Body(fields) => Ok(fields.get(name).filter(|value| !value.is_null()).map(Raw::Json)),
            Source::Query(pairs) => {
                let mut values = pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value);
                let Some(text) = values.next() else { return Ok(None) };
                if values.next().is_some() {
                    return Err("must be given only once");
                }
                let unquoted = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
                let text = unquoted.unwrap_or(text);
                let is_left_out = matches!(text, "" | "undefined" | "null" | "NaN");
                Ok((!is_left_out).then_some(Raw::Text(text)))
            }
        }
    }
}
