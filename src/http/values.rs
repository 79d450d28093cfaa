//! The types of parameters and fields: what each accepts.

use std::collections::BTreeMap;

use serde_json::Value;
use url::Url;

use super::input::{Field, Raw};

/// An id: a positive 64-bit integer, in a body also as a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Id(pub i64);

impl Id {
    /// The id that a path or query string holds, in plain digits.
    #[must_use]
    pub fn from_digits(text: &str) -> Option<Self> {
        let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|id| *id > 0 && is_plain).map(Self)
    }
}

impl Field for Id {
    fn accepted() -> String {
        "a positive 64-bit integer".to_owned()
    }

    fn parse(raw: Raw<'_>) -> Option<Self> {
        match raw {
            Raw::Json(Value::Number(number)) => number.as_i64().filter(|id| *id > 0).map(Self),
            raw => raw.text().and_then(Self::from_digits),
        }
    }
}

/// An integer of a query string from `MIN`. One beyond 64 bits becomes the largest: clients send such to say "all".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Integer<const MIN: u64>(pub u64);

impl<const MIN: u64> Field for Integer<MIN> {
    fn accepted() -> String {
        format!("an integer from {MIN}")
    }

    fn parse(raw: Raw<'_>) -> Option<Self> {
        let text = raw.text().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
        let number = text.parse().unwrap_or(u64::MAX);
        (!text.is_empty() && number >= MIN).then_some(Self(number))
    }
}

/// Text of `MIN` to `MAX` characters, trimmed, without NUL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text<const MIN: usize, const MAX: usize>(pub String);

impl<const MIN: usize, const MAX: usize> Field for Text<MIN, MAX> {
    fn accepted() -> String {
        format!("text of {MIN} to {MAX} characters, without NUL")
    }

    fn parse(raw: Raw<'_>) -> Option<Self> {
        let text = raw.text()?;
        let fits = (MIN..=MAX).contains(&text.chars().count()) && !text.contains('\0');
        fits.then(|| Self(text.to_owned()))
    }
}

/// An e-mail address of up to 60 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email(pub String);

const MAX_EMAIL: usize = 60;

impl Field for Email {
    fn accepted() -> String {
        format!("an e-mail address of up to {MAX_EMAIL} characters")
    }

    fn parse(raw: Raw<'_>) -> Option<Self> {
        let text = raw.text()?;
        let is_plausible = text.chars().count() <= MAX_EMAIL
            && !text.contains(|c: char| c.is_whitespace() || c.is_control())
            && text.split_once('@').is_some_and(|(user, host)| {
                let is_domain = host.contains('.') && host.split('.').all(|label| !label.is_empty());
                !user.is_empty() && !host.contains('@') && is_domain
            });
        is_plausible.then(|| Self(text.to_owned()))
    }
}

impl Field for bool {
    fn accepted() -> String {
        "true or false".to_owned()
    }

    fn parse(raw: Raw<'_>) -> Option<Self> {
        let Raw::Json(value) = raw else { return None };
        value.as_bool()
    }
}

/// A rating: 1 to 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rating(pub i16);

impl Field for Rating {
    fn accepted() -> String {
        "an integer from 1 to 5".to_owned()
    }

    fn parse(raw: Raw<'_>) -> Option<Self> {
        let Raw::Json(value) = raw else { return None };
        let rating = value.as_i64().filter(|rating| (1..=5).contains(rating))?;
        rating.try_into().ok().map(Self)
    }
}

/// Ratings by the ids of characteristics; none where the field is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ratings(pub BTreeMap<i64, i16>);

impl Field for Ratings {
    fn accepted() -> String {
        "an object of integers from 1 to 5, by the ids of characteristics".to_owned()
    }

    fn parse(raw: Raw<'_>) -> Option<Self> {
        let Raw::Json(Value::Object(object)) = raw else { return None };
        let ratings = object
            .iter()
            .map(|(id, value)| Some((Id::from_digits(id)?.0, Rating::parse(Raw::Json(value))?.0)));
        let ratings: BTreeMap<i64, i16> = ratings.collect::<Option<_>>()?;
        // `14` and `014` are one characteristic, which is rated once.
        (ratings.len() == object.len()).then_some(Self(ratings))
    }

    fn default() -> Option<Self> {
        Some(Self(BTreeMap::new()))
    }
}

/// At most five URLs of photos; none where the field is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Photos(pub Vec<String>);

const MAX_PHOTOS: usize = 5;
/// In characters: what all browsers take.
const MAX_URL: usize = 2_000;

impl Field for Photos {
    fn accepted() -> String {
        format!("a list of at most {MAX_PHOTOS} http or https URLs")
    }

    fn parse(raw: Raw<'_>) -> Option<Self> {
        let Raw::Json(Value::Array(urls)) = raw else { return None };
        let urls = Some(urls).filter(|urls| urls.len() <= MAX_PHOTOS)?;
        urls.iter().map(|url| web_url(url.as_str()?.trim())).collect::<Option<_>>().map(Self)
    }

    fn default() -> Option<Self> {
        Some(Self(Vec::new()))
    }
}

fn web_url(text: &str) -> Option<String> {
    // Browsers read `https:name` as a path on the host of the page, unlike this parser.
    let (scheme, _) = text.split_once("://")?;
    let is_web = ["http", "https"].iter().any(|it| scheme.eq_ignore_ascii_case(it));
    let fits = is_web && Url::parse(text).ok()?.has_host() && text.chars().count() <= MAX_URL;
    (fits && !text.contains('\0')).then(|| text.to_owned())
}
