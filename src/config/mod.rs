//! Every setting: its name, default, unit and what it accepts, in this one place.
//!
//! A setting `cache_mib` is read from, the later the stronger: its default, `cache_mib` in `atelier.toml`, and the environment
//! variable `ATELIER_CACHE_MIB`. All settings are read and checked before anything starts.

use std::fmt::Write as _;
use std::path::Path;

use sqlx::postgres::PgConnectOptions;

mod sources;
mod values;
pub use sources::ConfigError;
use sources::{PREFIX, Sources};
use values::Within;
pub use values::{
    Days, List, LoaderioToken, LogFilter, LogFormat, Network, Origins, Secret, Service, Services,
};

/// Where settings are looked for when no file is named.
const DEFAULT_FILE: &str = "atelier.toml";

macro_rules! settings {
    ($( $(#[doc = $doc:literal])+ $name:ident: $kind:ty $(= $default:literal $(in $min:literal..=$max:literal)?)?; )+) => {
        /// The settings of one process.
        #[derive(Clone, Debug)]
        pub struct Settings { $( $(#[doc = $doc])+ pub $name: settings!(@type $kind $(, $default)?), )+ }

        /// Name, default and documentation of each setting, in the order of the struct.
        const ALL: &[(&str, &str, &str)] =
            &[ $( (stringify!($name), concat!($($default)?), concat!($($doc),+)), )+ ];

        impl Settings {
            fn from_sources(sources: &Sources) -> Result<Self, ConfigError> {
                Ok(Self { $( $name: settings!(@value sources, $name, $kind $(, $default $(, $min, $max)?)?), )+ })
            }
        }
    };
    // A setting without a default is optional.
    (@type $kind:ty) => { Option<$kind> };
    (@type $kind:ty, $default:literal) => { $kind };
    (@value $sources:ident, $name:ident, $kind:ty) => {
        $sources.optional::<$kind>(stringify!($name))?
    };
    (@value $sources:ident, $name:ident, $kind:ty, $default:literal) => {
        $sources.value::<$kind>(stringify!($name))?
    };
    (@value $sources:ident, $name:ident, $kind:ty, $default:literal, $min:literal, $max:literal) => {
        $sources.value::<Within<$kind, $min, $max>>(stringify!($name))?.0
    };
}

settings! {
    /// Address to listen on: an IP address or a host name. Also HOST.
    host: String = "127.0.0.1";
    /// Port to listen on; 0 chooses a free one and logs it. Also PORT.
    port: u16 = 3000 in 0..=65_535;
    /// The primary, the PostgreSQL that takes writes: `postgres://user:password@host:5432/database`. Also DATABASE_URL.
    database_url: Secret;
    /// Standbys of that PostgreSQL to read from, separated by commas. Each gets as many connections as
    /// `read_connections` says. The primary serves writes, carts, and what a standby has not replayed yet.
    database_standby_urls: List<Secret> = "";
    /// Where the listener connects to, if `database_url` leads to a pooler without LISTEN (PgBouncer, except in session
    /// mode): the PostgreSQL behind it. While the listener is disconnected, reads bypass the cache.
    database_listen_url: Secret;
    /// Services that this process runs, separated by commas.
    services: Services = "products,questions,reviews,cart,interactions";
    /// Connections that read. Each takes waiting reads in batches, so a few are enough.
    read_connections: usize = 4 in 1..=256;
    /// Connections that write. They are separate from those that read, so that neither waits for the other.
    write_connections: usize = 4 in 1..=256;
    /// Jobs of one kind (reads of a service, votes, new reviews) that may wait for a connection. One more is rejected with
    /// 503: load shedding.
    queue: usize = 1024 in 1..=1_000_000;
    /// Timeout of a request's wait for the database, and of a query there, in milliseconds.
    database_timeout_ms: u64 = 2000 in 10..=600_000;
    /// Memory for cached responses, in MiB.
    cache_mib: u64 = 256 in 1..=1_048_576;
    /// How long a response is cached at most, in seconds. A change in the database invalidates it at once all the same.
    cache_ttl_s: u64 = 3600 in 1..=31_536_000;
    /// How long it is cached that an id does not exist, in milliseconds.
    missing_ttl_ms: u64 = 5000 in 1..=3_600_000;
    /// The most results on a page; a larger `count` is reduced to it.
    max_count: u64 = 1000 in 1..=100_000;
    /// Client connections at one time; one more is answered 503 and closed.
    max_connections: usize = 10_000 in 1..=1_000_000;
    /// Timeout for the head of a request, and for an idle connection, in milliseconds.
    header_timeout_ms: u64 = 10_000 in 10..=600_000;
    /// The largest request head, in bytes.
    max_header_bytes: usize = 16_384 in 8_192..=1_048_576;
    /// The largest request body, in bytes.
    max_body_bytes: usize = 65_536 in 1_024..=16_777_216;
    /// Timeout for the body of a request, in milliseconds.
    body_timeout_ms: u64 = 10_000 in 10..=600_000;
    /// Timeout of a response whose client does not read, in milliseconds. Each byte that can be sent starts it again: it may
    /// pass twice, since the system finds room for a few bytes more.
    write_timeout_ms: u64 = 10_000 in 10..=600_000;
    /// Origins whose pages may send requests, separated by commas (`https://shop.example,http://localhost:8080`): with the
    /// cookie that holds the cart. `*` allows all origins, without cookies.
    cors_origins: Origins = "*";
    /// Proxies whose `X-Forwarded-Proto` is believed: addresses and networks (`10.0.0.0/8,::1`). Cookies are marked
    /// Secure where it says that the client uses https.
    trusted_proxies: List<Network> = "";
    /// The token by which loader.io verifies that this site may be tested, with or without `loaderio-`.
    loaderio_token: LoaderioToken;
    /// Graceful shutdown after SIGTERM, first: how long /health/ready answers 503 while requests are still served, in
    /// milliseconds.
    drain_ms: u64 = 0 in 0..=600_000;
    /// Graceful shutdown after SIGTERM, then: how long running requests may take to finish, in milliseconds.
    grace_ms: u64 = 10_000 in 0..=600_000;
    /// What is logged: error, warn, info, debug, trace, or a filter such as `info,atelier::http=debug`.
    log: LogFilter = "info,sqlx=warn";
    /// How it is logged: text, json, or auto (text on a terminal, JSON elsewhere).
    log_format: LogFormat = "auto";
    /// How long a cart is kept that nobody adds to, in days.
    cart_retention_days: Days = "90";
    /// How long an interaction is kept, in days. By default for ever.
    interaction_retention_days: Days;
}

impl Default for Settings {
    /// The defaults, whatever the environment and the file hold.
    fn default() -> Self {
        Self::from_sources(&defaults()).expect("each default is accepted by its setting")
    }
}

impl Settings {
    /// Reads the settings from the environment and from `file`; where no file is named, from `atelier.toml`, if there is
    /// one. Returns warnings too: about variables that are ignored, and former names.
    pub fn load(file: Option<&Path>) -> Result<(Self, Vec<String>), ConfigError> {
        let mut sources = defaults();
        if let Some(path) = file.or_else(|| Some(Path::new(DEFAULT_FILE)).filter(|path| path.exists())) {
            sources.read_file(path)?;
        }
        sources.read_environment(std::env::vars_os())?;
        Ok((Self::from_sources(&sources)?, sources.warnings))
    }

    /// What to connect to the primary with; fails where none is named.
    pub fn database(&self) -> Result<&PgConnectOptions, ConfigError> {
        let none = "no database is named: set DATABASE_URL, or try `make demo`, which starts its own";
        self.database_url.as_ref().map(Secret::options).ok_or_else(|| ConfigError(none.to_owned()))
    }

    /// The settings as `--help` lists them: variable, default, meaning.
    #[must_use]
    pub fn help() -> String {
        let mut text = format!("Settings, from {DEFAULT_FILE} and the environment:\n");
        for (name, default, doc) in ALL {
            let default = if default.is_empty() { String::new() } else { format!(" [{default}]") };
            let (name, doc) = (name.to_uppercase(), doc.trim().replace('`', ""));
            // Writing to a String can't fail.
            let _ = write!(text, "\n  {PREFIX}{name}{default}\n      {doc}\n");
        }
        text
    }
}

fn defaults() -> Sources {
    Sources::new(ALL.iter().map(|(name, default, _)| (*name, *default)))
}
