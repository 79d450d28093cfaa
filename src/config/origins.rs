//! Origins of web pages, as settings name them.

use std::ops::RangeInclusive;
use std::str::FromStr;

use http::HeaderValue;
use url::Url;

use super::values::Setting;

/// Whose pages may ask.
#[derive(Clone, Debug)]
pub enum Origins {
    /// Anyone's, but without cookies.
    Any,
    /// These ones', cookies included.
    Named(Vec<HeaderValue>),
}

impl Setting for Origins {
    fn parse(text: &str, _: &RangeInclusive<u64>) -> Result<Self, String> {
        text.parse()
    }
}

impl FromStr for Origins {
    type Err = String;

    /// An error says what is accepted.
    fn from_str(text: &str) -> Result<Self, String> {
        if text.trim() == "*" {
            return Ok(Self::Any);
        }
        let origins: Option<Vec<HeaderValue>> = text.split(',').map(|name| origin(name.trim())).collect();
        let accepted = "*, or origins separated by commas: https://shop.example,http://localhost:8080";
        origins.map(Self::Named).ok_or_else(|| accepted.to_owned())
    }
}

/// The origin as browsers write it: lower case, without a path, and without the port that goes without saying.
fn origin(name: &str) -> Option<HeaderValue> {
    let url = Url::parse(name).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let is_anonymous = url.username().is_empty() && url.password().is_none();
    (is_bare && is_anonymous).then(|| HeaderValue::try_from(url.origin().ascii_serialization()).ok())?
}
