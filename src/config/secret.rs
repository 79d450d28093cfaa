//! URLs of databases. They may hold passwords: neither errors nor `Debug` show them.

use std::fmt;
use std::ops::Deref;

use sqlx::postgres::PgConnectOptions;

use super::lists::items;
use super::values::value;

/// The URL of a database.
#[derive(Clone)]
pub struct Secret(PgConnectOptions);

value!(Secret, "a URL: postgres://user:password@host:5432/database", read, hidden);

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

/// The URLs of any number of databases.
#[derive(Clone, Debug)]
pub struct Secrets(Vec<Secret>);

value!(
    Secrets,
    "a list of URLs, separated by commas: postgres://user:password@host:5432/database",
    |text| items(text).map(read).collect::<Option<_>>().map(Self),
    hidden
);

impl Deref for Secrets {
    type Target = [Secret];

    fn deref(&self) -> &[Secret] {
        &self.0
    }
}

fn read(url: &str) -> Option<Secret> {
    let is_postgres = url.starts_with("postgres://") || url.starts_with("postgresql://");
    is_postgres.then(|| url.parse().ok().map(Secret))?
}

fn hidden(_: &str) -> &'static str {
    "the value (not shown: it may hold a password)"
}
