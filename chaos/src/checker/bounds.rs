//! The time bounds of the promises.

use std::time::Duration;

/// How long things may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// How old a response may be after a write through another replica was acknowledged.
    pub staleness: Duration,
    /// How old it may be in addition where NGINX caches it.
    pub nginx_staleness: Duration,
    /// How long the effects of an outage may last after its end.
    pub aftermath: Duration,
    /// How long recovery may take after the last fault.
    pub recovery: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            staleness: Duration::from_secs(1),
            nginx_staleness: Duration::from_secs(1),
            aftermath: Duration::from_secs(2),
            recovery: Duration::from_secs(5),
        }
    }
}

impl Bounds {
    /// The bounds on a machine that is busy with other work: each this many times as long.
    #[must_use]
    pub fn times(self, factor: u32) -> Self {
        Self {
            staleness: self.staleness * factor,
            nginx_staleness: self.nginx_staleness * factor,
            aftermath: self.aftermath * factor,
            recovery: self.recovery * factor,
        }
    }
}
