//! The kinds of values that settings have: how each is read from text, and what it accepts.

use serde::de::{Deserialize, Deserializer, Error};
use tracing_subscriber::EnvFilter;

/// Makes a type one that a setting can have: `FromStr` by a function from text, and `Deserialize` by `FromStr`. An error shows
/// the text, or the stand-in for it, and what is accepted.
macro_rules! value {
    ($kind:ty, $accepted:literal, $read:expr) => {
        value!($kind, $accepted, $read, |text: &str| format!("{text:?}"));
    };
    ($kind:ty, $accepted:literal, $read:expr, $shown:expr) => {
        impl std::str::FromStr for $kind {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                let read: fn(&str) -> Option<Self> = $read;
                read(text).ok_or_else(|| format!("{} is not {}", $shown(text), $accepted))
            }
        }

        impl<'de> serde::Deserialize<'de> for $kind {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                // A list without a value is empty.
                let text = Option::<String>::deserialize(deserializer)?.unwrap_or_default();
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(super) use value;

/// A whole number from `MIN` to `MAX`.
pub(super) struct Within<T, const MIN: u64, const MAX: u64>(pub(super) T);

impl<'de, T: TryFrom<u64>, const MIN: u64, const MAX: u64> Deserialize<'de> for Within<T, MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // By way of the text: `config` would take `true` for 1, and 1.6 for 2.
        let text = String::deserialize(deserializer)?;
        let number = text.parse().ok().filter(|number| (MIN..=MAX).contains(number));
        let number = number.and_then(|number| T::try_from(number).ok()).map(Self);
        number.ok_or_else(|| Error::custom(format!("{text:?} is not a whole number from {MIN} to {MAX}")))
    }
}

/// Which events are logged: a level, or a filter by module.
#[derive(Clone, Debug)]
pub struct LogFilter(String);

value!(LogFilter, "error, warn, info, debug, trace, or a filter such as info,atelier::http=debug", |text| {
    EnvFilter::try_new(text).ok().map(|_| Self(text.to_owned()))
});

impl LogFilter {
    /// The filter.
    #[must_use]
    pub fn filter(&self) -> EnvFilter {
        EnvFilter::new(&self.0)
    }
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    Auto,
    /// Text.
    Text,
    /// A JSON object a line.
    Json,
}

value!(LogFormat, "auto, text or json", |text| match text {
    "auto" => Some(Self::Auto),
    "text" => Some(Self::Text),
    "json" => Some(Self::Json),
    _ => None,
});

/// The token by which loader.io verifies that a host may be tested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoaderioToken(String);

const LOADERIO: &str = "loaderio-";

value!(LoaderioToken, "a token as loader.io shows it: letters and digits", |text| {
    let token = text.trim_start_matches(LOADERIO);
    let is_token = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_token.then(|| Self(token.to_owned()))
});

impl LoaderioToken {
    /// `loaderio-` and the token: the name of the file that loader.io requests, and its content.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{LOADERIO}{}", self.0)
    }
}
