//! URLs of databases, which never show.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

use super::values::Setting;

/// The URL of a database, which may hold a password and so never shows.
#[derive(Clone)]
pub struct Secret(PgConnectOptions);

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

impl FromStr for Secret {
    type Err = String;

    /// An error says what is accepted.
    fn from_str(url: &str) -> Result<Self, String> {
        let is_ours = url.starts_with("postgres://") || url.starts_with("postgresql://");
        let options = if is_ours { PgConnectOptions::from_str(url).ok() } else { None };
        options.map(Self).ok_or_else(|| "postgres://user:password@host:5432/database".to_owned())
    }
}

impl Setting for Option<Secret> {
    fn parse(text: &str, _: &RangeInclusive<u64>) -> Result<Self, String> {
        if text.is_empty() { Ok(None) } else { text.parse().map(Some) }
    }

    fn shown(_: &str) -> String {
        "no URL of a PostgreSQL database (not shown: it may hold a password)".to_owned()
    }
}

impl Setting for Vec<Secret> {
    fn parse(text: &str, _: &RangeInclusive<u64>) -> Result<Self, String> {
        let urls = text.split(',').map(str::trim).filter(|url| !url.is_empty());
        let urls: Result<_, String> = urls.map(str::parse).collect();
        urls.map_err(|accepted| format!("{accepted}, or several, separated by commas"))
    }

    fn shown(_: &str) -> String {
        "not all URLs of PostgreSQL databases (not shown: they may hold passwords)".to_owned()
    }
}
