//! JSON bodies become values: what is wrong with any of their fields is told at once, for all of them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::Body as Payload;
use axum::extract::{FromRef, FromRequest};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde_json::{Map, Value};
use url::Url;

use super::error::{Error, Invalid};
use super::query::{ID, parse_id};

/// The most pictures that a review or an answer has.
const MAX_PHOTOS: usize = 5;
/// The longest URL of a picture, in characters: what all browsers take.
const MAX_URL: usize = 2_000;
const MAX_EMAIL: usize = 60;

/// What bodies may be like.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    /// The largest, in bytes.
    pub max_bytes: usize,
    /// How long a client may take to send one.
    pub timeout: Duration,
}

/// The body of a request as it was sent, and what its fields make.
pub struct Json<T> {
    /// The bytes: what tells whether a repeated request is the same.
    pub bytes: bytes::Bytes,
    /// What they say.
    pub value: T,
}

/// What the fields of a body can make.
pub trait FromFields: Sized {
    /// Takes what it needs from `fields`, which collects what is wrong with it; None if anything is.
    fn from_fields(fields: &mut Fields) -> Option<Self>;
}

impl<S, T> FromRequest<S> for Json<T>
where
    S: Send + Sync,
    T: FromFields,
    BodyLimits: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request(request: Request<Payload>, state: &S) -> Result<Self, Error> {
        if !is_json(request.headers()) {
            return Err(Error::UnsupportedMediaType);
        }
        let limits = BodyLimits::from_ref(state);
        let reading = Limited::new(request.into_body(), limits.max_bytes).collect();
        let bytes = match tokio::time::timeout(limits.timeout, reading).await {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(err)) if err.is::<LengthLimitError>() => return Err(Error::TooLarge),
            Ok(Err(_)) => return Err(Error::BadRequest("the body broke off".to_owned())),
            Err(_) => return Err(Error::Timeout),
        };
        let mut fields = Fields { object: parse(&bytes)?, errors: Vec::new() };
        match T::from_fields(&mut fields) {
            Some(value) if fields.errors.is_empty() => Ok(Self { bytes, value }),
            _ => Err(Error::Invalid(fields.errors)),
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|header| header.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

fn parse(bytes: &[u8]) -> Result<Map<String, Value>, Error> {
    match serde_json::from_slice(&without_lone_surrogates(bytes)) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => {
            Err(Error::Invalid(vec![Invalid { field: "body", message: "must be a JSON object".to_owned() }]))
        }
        Err(err) => Err(Error::BadRequest(format!("the body is not JSON: {err}"))),
    }
}

/// Puts `\u0000` in the place of every escaped surrogate that has no partner. Such text is no text, and is refused as NUL
/// is: with the name of its field, where `serde_json` would call the whole body no JSON.
fn without_lone_surrogates(bytes: &[u8]) -> Cow<'_, [u8]> {
    let mut fixed = Cow::Borrowed(bytes);
    let mut at = 0;
    while let Some(offset) = bytes[at..].iter().position(|byte| *byte == b'\\') {
        at += offset;
        match (escape(bytes, at), escape(bytes, at + 6)) {
            (Some(0xd800..0xdc00), Some(0xdc00..0xe000)) => at += 12,
            (Some(0xd800..0xe000), _) => {
                fixed.to_mut()[at..at + 6].copy_from_slice(b"\\u0000");
                at += 6;
            }
            _ => at += 2,
        }
        at = at.min(bytes.len());
    }
    fixed
}

/// The code of the `\uXXXX` at this place, if there is one.
fn escape(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    u16::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
}

/// The fields of a body while they are taken. Those that nobody takes are ignored.
pub struct Fields {
    object: Map<String, Value>,
    errors: Vec<Invalid>,
}

impl Fields {
    /// Text of `least` to `most` characters, trimmed.
    pub fn text(&mut self, name: &'static str, least: usize, most: usize) -> Option<String> {
        let wanted = format!("must be text of {least} to {most} characters, without NUL or lone surrogates");
        self.take(name, &wanted, |value| {
            let text = value.as_str()?.trim();
            let fits = (least..=most).contains(&text.chars().count()) && !text.contains('\0');
            fits.then(|| text.to_owned())
        })
    }

    /// An e-mail address.
    pub fn email(&mut self, name: &'static str) -> Option<String> {
        self.take(name, "must be an e-mail address of up to 60 characters", |value| {
            let text = value.as_str()?.trim();
            let is_plausible = text.chars().count() <= MAX_EMAIL
                && !text.contains(|c: char| c.is_whitespace() || c.is_control())
                && text.split_once('@').is_some_and(|(user, host)| {
                    !user.is_empty()
                        && !host.contains('@')
                        && host.contains('.')
                        && host.split('.').all(|it| !it.is_empty())
                });
            is_plausible.then(|| text.to_owned())
        })
    }

    /// An id, as a number or as its digits in a string: clients send what they were sent.
    pub fn id(&mut self, name: &'static str) -> Option<i64> {
        self.take(name, &format!("must be {ID}"), as_id)
    }

    /// True or false.
    pub fn flag(&mut self, name: &'static str) -> Option<bool> {
        self.take(name, "must be true or false", Value::as_bool)
    }

    /// A rating, 1 to 5.
    pub fn rating(&mut self, name: &'static str) -> Option<i16> {
        self.take(name, "must be a whole number from 1 to 5", as_rating)
    }

    /// Ratings by the ids of what they rate; none where the field is missing.
    pub fn ratings(&mut self, name: &'static str) -> Option<Vec<(i64, i16)>> {
        let wanted = "must be an object of whole numbers from 1 to 5, by the ids of characteristics";
        self.take_or(name, wanted, Vec::new(), |value| {
            let object = value.as_object()?;
            let ratings = object.iter().map(|(id, rating)| Some((parse_id(id)?, as_rating(rating)?)));
            let ratings: BTreeMap<i64, i16> = ratings.collect::<Option<_>>()?;
            // `14` and `014` are one characteristic, which is rated once.
            (ratings.len() == object.len()).then(|| ratings.into_iter().collect())
        })
    }

    /// URLs of pictures; none where the field is missing.
    pub fn photos(&mut self, name: &'static str) -> Option<Vec<String>> {
        self.take_or(name, "must be a list of at most 5 http or https URLs", Vec::new(), |value| {
            let urls = value.as_array().filter(|urls| urls.len() <= MAX_PHOTOS)?;
            urls.iter().map(|url| as_web_url(url.as_str()?.trim())).collect()
        })
    }

    fn take<T>(&mut self, name: &'static str, wanted: &str, read: impl Fn(&Value) -> Option<T>) -> Option<T> {
        let value = self.object.get(name).and_then(read);
        if value.is_none() {
            self.errors.push(Invalid { field: name, message: wanted.to_owned() });
        }
        value
    }

    fn take_or<T>(
        &mut self,
        name: &'static str,
        wanted: &str,
        default: T,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Option<T> {
        match self.object.get(name) {
            None | Some(Value::Null) => Some(default),
            Some(_) => self.take(name, wanted, read),
        }
    }
}

fn as_id(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => parse_id(text.trim()),
        value => value.as_i64().filter(|id| *id > 0),
    }
}

fn as_rating(value: &Value) -> Option<i16> {
    value.as_i64().filter(|rating| (1..=5).contains(rating)).and_then(|rating| rating.try_into().ok())
}

fn as_web_url(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let fits = matches!(url.scheme(), "http" | "https") && url.has_host() && text.chars().count() <= MAX_URL;
    (fits && !text.contains('\0')).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::without_lone_surrogates;

    #[test]
    fn only_surrogates_without_a_partner_are_replaced() {
        for (before, after) in [
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""\ud83d""#, r#""\u0000""#),
            (r#""\ude00""#, r#""\u0000""#),
            (r#""\ud83d\ud83d\ude00""#, r#""\u0000\ud83d\ude00""#),
            (r#""\\ud83d""#, r#""\\ud83d""#),
            (r#""\"\uD83Dx""#, r#""\"\u0000x""#),
            (r"\", r"\"),
            (r"\ud83", r"\ud83"),
            (r"\ud83d\", r"\u0000\"),
        ] {
            assert_eq!(without_lone_surrogates(before.as_bytes()), after.as_bytes(), "{before}");
        }
    }
}
