//! The types of settings: how each is parsed from text, and what it accepts.

use std::fmt;
use std::net::IpAddr;
use std::ops::Deref;
use std::str::FromStr;

use http::HeaderValue;
use ipnet::IpNet;
use serde::de::{Deserialize, Deserializer, Error};
use sqlx::postgres::PgConnectOptions;
use tracing_subscriber::EnvFilter;
use url::Url;

/// A type that a setting can have.
pub(super) trait Setting: FromStr {
    /// What is accepted: follows `must be` in a sentence.
    fn accepted() -> String;
}

impl Setting for String {
    fn accepted() -> String {
        "text".to_owned()
    }
}

/// A value that is parsed from text, whatever type a file gives it. The error is what is accepted.
pub(super) struct Parsed<T>(pub(super) T);

impl<'de, T: Setting> Deserialize<'de> for Parsed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = String::deserialize(deserializer).ok().and_then(|text| text.parse().ok());
        value.map(Self).ok_or_else(|| D::Error::custom(T::accepted()))
    }
}

/// Implements [`Setting`] by a function that returns None for what is not accepted.
macro_rules! setting {
    ($kind:ty, $accepted:literal, $parse:expr) => {
        impl Setting for $kind {
            fn accepted() -> String {
                $accepted.to_owned()
            }
        }

        impl FromStr for $kind {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                let parse: fn(&str) -> Option<Self> = $parse;
                parse(text).ok_or_else(Self::accepted)
            }
        }
    };
}

/// A whole number from `MIN` to `MAX`.
pub(super) struct Within<T, const MIN: u64, const MAX: u64>(pub(super) T);

impl<T: TryFrom<u64>, const MIN: u64, const MAX: u64> Setting for Within<T, MIN, MAX> {
    fn accepted() -> String {
        format!("a whole number from {MIN} to {MAX}")
    }
}

impl<T: TryFrom<u64>, const MIN: u64, const MAX: u64> FromStr for Within<T, MIN, MAX> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.parse().ok().filter(|number| (MIN..=MAX).contains(number));
        number.and_then(|number| T::try_from(number).ok()).map(Self).ok_or_else(Self::accepted)
    }
}

/// A list, with commas between the items. A TOML array is one too.
#[derive(Clone, Debug)]
pub struct List<T>(Vec<T>);

impl<T: Setting> Setting for List<T> {
    fn accepted() -> String {
        format!("{}; or several, separated by commas", T::accepted())
    }
}

impl<T: Setting> FromStr for List<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, T::Err> {
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        items.map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

impl<T> Deref for List<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

/// The URL of a database. It may hold a password, and is not shown.
#[derive(Clone)]
pub struct Secret(PgConnectOptions);

setting!(Secret, "a URL: postgres://user:password@host:5432/database", |text| {
    let is_postgres = text.starts_with("postgres://") || text.starts_with("postgresql://");
    is_postgres.then(|| text.parse().ok().map(Self))?
});

impl Secret {
    /// What to connect with.
    #[must_use]
    pub fn options(&self) -> &PgConnectOptions {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// A number of days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days(i32);

setting!(Days, "a whole number of days from 1 to 36500", |text| {
    text.parse().ok().filter(|days| (1..=36_500).contains(days)).map(Self)
});

impl Days {
    /// How many.
    #[must_use]
    pub fn count(self) -> i32 {
        self.0
    }
}

/// A part of the API that can run on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Products, styles, related products.
    Products,
    /// Questions and answers.
    Questions,
    /// Reviews and their totals.
    Reviews,
    /// The shopper's cart.
    Cart,
    /// Clicks.
    Interactions,
}

setting!(Service, "products, questions, reviews, cart or interactions", |text| match text {
    "products" => Some(Self::Products),
    "questions" => Some(Self::Questions),
    "reviews" => Some(Self::Reviews),
    "cart" => Some(Self::Cart),
    "interactions" => Some(Self::Interactions),
    _ => None,
});

impl Service {
    const ALL: [Self; 5] = [Self::Products, Self::Questions, Self::Reviews, Self::Cart, Self::Interactions];
}

/// The services of a process: at least one.
#[derive(Clone, Debug)]
pub struct Services(List<Service>);

setting!(
    Services,
    "one or more of products, questions, reviews, cart, interactions, separated by commas",
    |text| text.parse().ok().filter(|services: &List<_>| !services.is_empty()).map(Self)
);

impl Services {
    /// The services, each once, in the order of [`Service`].
    pub fn iter(&self) -> impl Iterator<Item = Service> {
        Service::ALL.into_iter().filter(|service| self.0.contains(service))
    }
}

/// A network of IP addresses. An address is a network of one.
#[derive(Clone, Copy, Debug)]
pub struct Network(IpNet);

setting!(Network, "an address or a network: 10.0.0.0/8, ::1", |text| {
    text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).ok().map(Self)
});

impl Network {
    /// Whether the address is in the network.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address)
    }
}

/// Origins whose pages may send requests.
#[derive(Clone, Debug)]
pub enum Origins {
    /// All, but without cookies.
    Any,
    /// These, with cookies: at least one.
    Named(Vec<HeaderValue>),
}

setting!(Origins, "* or origins: https://shop.example, http://localhost:8080", |text| match text {
    "*" => Some(Self::Any),
    _ => text.split(',').map(|name| origin(name.trim())).collect::<Option<_>>().map(Self::Named),
});

/// The origin as browsers write it: lower case, without a path, and without its scheme's default port.
fn origin(name: &str) -> Option<HeaderValue> {
    let url = Url::parse(name).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let is_anonymous = url.username().is_empty() && url.password().is_none();
    (is_bare && is_anonymous).then(|| HeaderValue::try_from(url.origin().ascii_serialization()).ok())?
}

/// Which events are logged.
#[derive(Clone, Debug)]
pub struct LogFilter(String);

setting!(
    LogFilter,
    "error, warn, info, debug, trace, or a filter such as info,atelier::http=debug",
    |text| { EnvFilter::try_new(text).ok().map(|_| Self(text.to_owned())) }
);

impl LogFilter {
    /// The filter.
    #[must_use]
    pub fn filter(&self) -> EnvFilter {
        EnvFilter::new(&self.0)
    }
}

/// The format of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    Auto,
    /// Text.
    Text,
    /// A JSON object per line.
    Json,
}

setting!(LogFormat, "auto, text or json", |text| match text {
    "auto" => Some(Self::Auto),
    "text" => Some(Self::Text),
    "json" => Some(Self::Json),
    _ => None,
});

/// The token by which loader.io verifies that a site may be tested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoaderioToken(String);

setting!(LoaderioToken, "a token as loader.io shows it: letters and digits", |text| {
    let token = text.trim_start_matches("loaderio-");
    let is_token = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_token.then(|| Self(token.to_owned()))
});

impl LoaderioToken {
    /// The name of the file that loader.io requests, and its content.
    #[must_use]
    pub fn name(&self) -> String {
        format!("loaderio-{}", self.0)
    }
}
