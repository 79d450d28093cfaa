//! What all measurements share: paths, the database, the runtime, the number and length of rounds.

use tokio::runtime::Runtime;

use crate::data::Data;
use crate::error::Result;
use crate::paths::Paths;

/// A run of this program.
pub(crate) struct Bench {
    pub(crate) paths: Paths,
    pub(crate) data: Data,
    pub(crate) runtime: Runtime,
    pub(crate) quick: bool,
    /// Whether a clean release build is timed.
    pub(crate) build: bool,
    /// How often each contender is measured.
    pub(crate) rounds: u32,
    /// The length of a round.
    pub(crate) seconds: u32,
}

impl Bench {
    /// Connects to the database of `DATABASE_URL`, or starts a PostgreSQL of its own with this many products.
    pub(crate) fn start(quick: bool, products: u64, may_write: bool) -> Result<Self> {
        let paths = Paths::find()?;
        let runtime = Runtime::new()?;
        let data = match std::env::var("DATABASE_URL").ok().filter(|url| !url.is_empty()) {
            Some(url) => Data::existing(url, may_write)?,
            None => Data::private(&paths, &runtime, products)?,
        };
        let (rounds, seconds) = if quick { (3, 1) } else { (5, 3) };
        Ok(Self { paths, data, runtime, quick, build: false, rounds, seconds })
    }
}
