//! Every setting: its name, default, unit and what it accepts, in this one place.
//!
//! A setting `port` is read from, the later the stronger: its default, `port` in `atelier.toml`, the conventional
//! variable where there is one (`PORT`), `ATELIER_PORT`. All of them are read and checked before anything starts.

use std::fmt::Write as _;
use std::path::Path;

use config::{Config, Environment, File, FileFormat, Map, Value};
use sqlx::postgres::PgConnectOptions;

mod environment;
mod networks;
mod origins;
mod secret;
mod values;
pub use networks::Networks;
pub use origins::Origins;
pub use secret::Secret;
use values::Setting;
pub use values::{LoaderioToken, LogFormat, Service, Services};

/// The variables that other programs use for a setting of ours: (variable, setting).
const CONVENTIONAL: [(&str, &str); 3] =
    [("DATABASE_URL", "database_url"), ("HOST", "host"), ("PORT", "port")];
const PREFIX: &str = "ATELIER";
/// Where settings are looked for when no file is named.
pub const DEFAULT_FILE: &str = "atelier.toml";

/// Why the settings can't be used. Says which one, what it was, and what is accepted.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A value that its setting doesn't accept.
    #[error("the setting {name} ({origin}) is {value}: accepted is {accepted}")]
    Invalid {
        /// The setting.
        name: &'static str,
        /// What was given, or a stand-in where that may hold a password.
        value: String,
        /// Where it was given.
        origin: String,
        /// What would have been right.
        accepted: String,
    },
    /// A name in a file that is no setting: most likely misspelt.
    #[error(
        "there is no setting {name} ({origin}); did you mean {nearest}? `atelier serve --help` lists them all"
    )]
    Unknown {
        /// The name that was given.
        name: String,
        /// Where it was given.
        origin: String,
        /// The setting of the most similar name.
        nearest: &'static str,
    },
    /// A variable that is not UTF-8.
    #[error("the environment variable {variable} is not valid UTF-8")]
    NotText {
        /// The variable.
        variable: String,
    },
    /// No database is named.
    #[error("no database is named: set DATABASE_URL, or try `make demo`, which starts its own")]
    NoDatabase,
    /// The file can't be read, or is no TOML.
    #[error("the settings can't be read: {0}")]
    Unreadable(#[from] config::ConfigError),
}

macro_rules! settings {
    ($( $(#[doc = $doc:literal])+ $name:ident: $kind:ty = $default:literal $(in $range:expr)?; )+) => {
        /// The settings of one process.
        #[derive(Clone, Debug)]
        pub struct Settings { $( $(#[doc = $doc])+ pub $name: $kind, )+ }

        /// Name, default and documentation of each setting, in the order of the struct.
        const ALL: &[(&str, &str, &[&str])] = &[ $( (stringify!($name), $default, &[$($doc),+]), )+ ];

        impl Settings {
            fn from_values(values: &Map<String, Value>) -> Result<Self, ConfigError> {
                Ok(Self { $( $name: read(values, stringify!($name), settings!(@range $($range)?))?, )+ })
            }
        }
    };
    (@range) => { 0..=u64::MAX };
    (@range $range:expr) => { $range };
}

settings! {
    /// Address to listen on: an IP address or a host name. Also HOST.
    host: String = "127.0.0.1";
    /// Port to listen on; 0 takes a free one and logs it. Also PORT.
    port: u16 = "3000";
    /// The PostgreSQL to serve from: `postgres://user:password@host:5432/database`. Also DATABASE_URL. No default.
    database_url: Option<Secret> = "";
    /// Standbys of that PostgreSQL to read from, separated by commas. Each has as many connections as there are
    /// `read_connections`. Writes, carts and what a standby has not replayed yet are the primary's.
    database_replica_urls: Vec<Secret> = "";
    /// Where to listen for notifications of changes, if `database_url` leads through a pooler that can't carry LISTEN
    /// (PgBouncer, unless it pools sessions): the PostgreSQL behind it. While none arrive, reads bypass the cache.
    database_listen_url: Option<Secret> = "";
    /// Which services this process runs: products, questions, reviews, cart, interactions, separated by commas.
    services: Services = "products,questions,reviews,cart,interactions";
    /// Connections that read. They take what waits, so that few carry much.
    read_connections: usize = "4" in 1..=256;
    /// Connections that write, apart from those that read, so that neither waits for the other.
    write_connections: usize = "4" in 1..=256;
    /// Jobs of one kind (reads of a service, votes, new reviews) that may wait for a connection; one more is refused
    /// with 503.
    queue: usize = "1024" in 1..=1_000_000;
    /// How long a request waits for the database, and how long a query may run there, in milliseconds.
    database_timeout_ms: u64 = "2000" in 10..=600_000;
    /// Memory for ready answers, in MiB.
    cache_mib: u64 = "256" in 1..=1_048_576;
    /// How long an answer is kept at most, in seconds. Changes in the database drop it at once whatever this says.
    cache_ttl_s: u64 = "3600" in 1..=31_536_000;
    /// How long it is remembered that an id does not exist, in milliseconds.
    missing_ttl_ms: u64 = "5000" in 1..=3_600_000;
    /// The most results on a page; a larger `count` is cut to it.
    max_count: u64 = "1000" in 1..=100_000;
    /// Client connections at one time; one more is answered 503 and closed.
    max_connections: usize = "10000" in 1..=1_000_000;
    /// How long a client may take to send a request's head, and may idle between two, in milliseconds.
    header_timeout_ms: u64 = "10000" in 10..=600_000;
    /// The largest request head, in bytes.
    max_header_bytes: usize = "16384" in 8_192..=1_048_576;
    /// The largest request body, in bytes.
    max_body_bytes: usize = "65536" in 1_024..=16_777_216;
    /// How long a client may take to send a request's body, in milliseconds.
    body_timeout_ms: u64 = "10000" in 10..=600_000;
    /// Origins whose pages may ask. `*` lets pages of all origins ask, without cookies; where origins are listed
    /// (`https://shop.example,http://localhost:8080`), theirs alone may, and with the cookie that holds their cart.
    cors_origins: Origins = "*";
    /// Proxies that are believed when they say whom they forward for (`X-Forwarded-For`), and whether they were asked by
    /// https (`X-Forwarded-Proto`; cookies are then marked Secure): addresses and networks (`10.0.0.0/8,::1`).
    trusted_proxies: Networks = "";
    /// Writes a second that a client may go on with; 0 is no limit. A client is a shopper, or an address where the
    /// shopper is not known by an earlier write; all of one address together may do 50 times as much. Each process counts
    /// for itself. Behind a proxy, set `trusted_proxies` first: else all clients are one.
    write_rate_per_s: u32 = "0" in 0..=1_000_000;
    /// Writes that a client may do at once, before that rate holds.
    write_burst: u32 = "50" in 1..=1_000_000;
    /// The token by which loader.io makes sure that this site may be tested, with or without `loaderio-`. No default.
    loaderio_token: Option<LoaderioToken> = "";
    /// After SIGTERM: how long to answer on while /health/ready already says 503, in milliseconds.
    drain_ms: u64 = "0" in 0..=600_000;
    /// After SIGTERM and draining: how long running requests have to finish, in milliseconds.
    grace_ms: u64 = "10000" in 0..=600_000;
    /// What is logged: error, warn, info, debug, trace, or a filter such as `info,atelier::http=debug`.
    log: String = "info,sqlx=warn";
    /// How it is logged: text, json, or auto (text on a terminal, JSON elsewhere).
    log_format: LogFormat = "auto";
}

impl Default for Settings {
    /// The settings of who sets nothing, whatever the environment and the file hold.
    fn default() -> Self {
        let defaults = ALL.iter().map(|(name, default, _)| ((*name).to_owned(), Value::from(*default)));
        Self::from_values(&defaults.collect()).expect("each default is a value that its setting accepts")
    }
}

impl Settings {
    /// Reads the settings from the environment and from `file`; from `atelier.toml`, if there is one, where no
    /// file is named. Returns warnings too: about variables of the environment that look like settings, and are ignored.
    pub fn load(file: Option<&Path>) -> Result<(Self, Vec<String>), ConfigError> {
        let source = match file {
            Some(path) => File::from(path).format(FileFormat::Toml),
            None => File::new(DEFAULT_FILE, FileFormat::Toml).required(false),
        };
        let mut builder = Config::builder();
        for (name, default, _) in ALL {
            builder = builder.set_default(*name, *default)?;
        }
        builder = builder.add_source(source);
        for (variable, name) in CONVENTIONAL {
            let value = Map::from([(name.to_owned(), std::env::var(variable).unwrap_or_default())]);
            builder = builder.add_source(Environment::default().source(Some(value)).ignore_empty(true));
        }
        let (own, warnings) = environment::settings(std::env::vars_os())?;
        let own = Environment::default().source(Some(own)).ignore_empty(true);
        let values = builder.add_source(own).build()?.cache.into_table()?;
        if let Some((name, value)) = values.iter().find(|(name, _)| !is_setting(name)) {
            let (name, nearest) = (name.clone(), nearest(name));
            return Err(ConfigError::Unknown { name, origin: origin(value), nearest });
        }
        Ok((Self::from_values(&values)?, warnings))
    }

    /// The database that is named, for what can't do without.
    pub fn database(&self) -> Result<&PgConnectOptions, ConfigError> {
        self.database_url.as_ref().map(Secret::options).ok_or(ConfigError::NoDatabase)
    }

    /// The defaults alone: what tests start from.
    #[must_use]
    pub fn defaults() -> Self {
        let values =
            ALL.iter().map(|(name, default, _)| ((*name).to_owned(), Value::from(*default))).collect();
        Self::from_values(&values).expect("the defaults are accepted")
    }

    /// The settings as `--help` lists them: variable, default, meaning.
    #[must_use]
    pub fn help() -> String {
        let mut text = format!("Settings, from {DEFAULT_FILE} and the environment:\n");
        for (name, default, doc) in ALL {
            let default = if default.is_empty() { String::new() } else { format!(" [{default}]") };
            let doc: String = doc.concat();
            // Writing to a String can't fail.
            let _ = write!(
                text,
                "\n  {PREFIX}_{}{default}\n      {}\n",
                name.to_uppercase(),
                doc.trim().replace('`', "")
            );
        }
        text
    }
}

fn read<T: Setting>(
    values: &Map<String, Value>,
    name: &'static str,
    range: std::ops::RangeInclusive<u64>,
) -> Result<T, ConfigError> {
    let value = &values[name];
    let text = value.clone().into_string().unwrap_or_default();
    T::parse(&text, &range).map_err(|accepted| ConfigError::Invalid {
        name,
        value: T::shown(&text),
        origin: origin(value),
        accepted,
    })
}

fn origin(value: &Value) -> String {
    value.origin().map_or_else(|| "a default".to_owned(), |origin| format!("from {origin}"))
}

fn is_setting(name: &str) -> bool {
    ALL.iter().any(|(known, ..)| *known == name)
}

/// The setting whose name is most like this one.
fn nearest(name: &str) -> &'static str {
    let similarity = |known: &&str| strsim::normalized_damerau_levenshtein(known, name);
    let names = ALL.iter().map(|(known, ..)| *known);
    names.max_by(|one, other| similarity(one).total_cmp(&similarity(other))).expect("there are settings")
}
