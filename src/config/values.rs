//! The kinds of values that settings have: what each accepts, in words.

use std::ops::RangeInclusive;
use std::str::FromStr;

/// A value that a setting can have.
pub(super) trait Setting: Sized {
    /// The value of this text; an error says what is accepted.
    fn parse(text: &str, range: &RangeInclusive<u64>) -> Result<Self, String>;

    /// How a wrong value is shown.
    fn shown(text: &str) -> String {
        format!("{text:?}")
    }
}

impl Setting for u64 {
    fn parse(text: &str, range: &RangeInclusive<u64>) -> Result<Self, String> {
        let accepted = || format!("a whole number from {} to {}", range.start(), range.end());
        text.parse().ok().filter(|number| range.contains(number)).ok_or_else(accepted)
    }
}

impl Setting for usize {
    fn parse(text: &str, range: &RangeInclusive<u64>) -> Result<Self, String> {
        u64::parse(text, range)
            .and_then(|number| number.try_into().map_err(|_| "a smaller number".to_owned()))
    }
}

impl Setting for u16 {
    fn parse(text: &str, _: &RangeInclusive<u64>) -> Result<Self, String> {
        text.parse().map_err(|_| "a port, 0 to 65535".to_owned())
    }
}

impl Setting for String {
    fn parse(text: &str, _: &RangeInclusive<u64>) -> Result<Self, String> {
        if text.trim().is_empty() { Err("some text".to_owned()) } else { Ok(text.trim().to_owned()) }
    }
}

/// A part of the API that can be run for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Products, styles, related products.
    Products,
    /// Questions and answers.
    Questions,
    /// Reviews and what they add up to.
    Reviews,
    /// The shopper's cart.
    Cart,
    /// Clicks.
    Interactions,
}

const SERVICES: [(&str, Service); 5] = [
    ("products", Service::Products),
    ("questions", Service::Questions),
    ("reviews", Service::Reviews),
    ("cart", Service::Cart),
    ("interactions", Service::Interactions),
];

/// The services of a process: at least one.
#[derive(Clone, Debug)]
pub struct Services(Vec<Service>);

impl Services {
    /// Whether this one is among them.
    #[must_use]
    pub fn contains(&self, service: Service) -> bool {
        self.0.contains(&service)
    }
}

impl Setting for Services {
    fn parse(text: &str, _: &RangeInclusive<u64>) -> Result<Self, String> {
        text.parse()
    }
}

impl FromStr for Services {
    type Err = String;

    /// An error says what is accepted.
    fn from_str(text: &str) -> Result<Self, String> {
        let named = |name: &str| SERVICES.iter().find(|(known, _)| *known == name.trim()).map(|(_, it)| *it);
        let known = SERVICES.map(|(name, _)| name).join(", ");
        let services: Option<Vec<_>> = text.split(',').map(named).collect();
        services.map(Self).ok_or_else(|| format!("one or more of {known}, separated by commas"))
    }
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// As text on a terminal, as JSON elsewhere.
    Auto,
    /// For people.
    Text,
    /// For machines, an object a line.
    Json,
}

impl Setting for LogFormat {
    fn parse(text: &str, _: &RangeInclusive<u64>) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("auto, text or json".to_owned()),
        }
    }
}

/// What loader.io wants to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoaderioToken(String);

const LOADERIO: &str = "loaderio-";

impl LoaderioToken {
    /// `loaderio-` and the token: the name of the file that loader.io asks for, and what is in it.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{LOADERIO}{}", self.0)
    }
}

impl FromStr for LoaderioToken {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let token = text.trim().trim_start_matches(LOADERIO);
        let is_token = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let accepted = || "a token as loader.io shows it: letters and digits".to_owned();
        is_token.then(|| Self(token.to_owned())).ok_or_else(accepted)
    }
}

impl Setting for Option<LoaderioToken> {
    fn parse(text: &str, _: &RangeInclusive<u64>) -> Result<Self, String> {
        if text.is_empty() { Ok(None) } else { text.parse().map(Some) }
    }
}
