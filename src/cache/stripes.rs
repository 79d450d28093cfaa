//! The atomics of versions: numbered invalidations, and the last one of each stripe of subjects. They are apart from
//! everything else, so that a model check (`model/`) can run this file in all interleavings of threads.

#[cfg(loom)]
use loom::sync::atomic::{AtomicU64, Ordering};
#[cfg(not(loom))]
use std::sync::atomic::{AtomicU64, Ordering};

/// The version of each stripe.
///
/// What was changed before an invalidation is seen by whoever sees its number: in a stripe or as the last one. That also
/// holds for all lower numbers, since each number is taken from the one before. So a stripe may keep only the highest.
pub(super) struct Stripes {
    versions: Box<[AtomicU64]>,
    last: AtomicU64,
}

impl Stripes {
    /// So many stripes, of version 0.
    pub(super) fn new(count: usize) -> Self {
        Self { versions: (0..count).map(|_| AtomicU64::new(0)).collect(), last: AtomicU64::new(0) }
    }

    /// The number of the last invalidation of this stripe.
    pub(super) fn version(&self, stripe: usize) -> u64 {
        self.versions[stripe].load(Ordering::Acquire)
    }

    /// The number of the last invalidation. It may not be done yet, but what it is about is changed.
    pub(super) fn last(&self) -> u64 {
        self.last.load(Ordering::Acquire)
    }

    /// Gives a stripe a new version.
    pub(super) fn invalidate(&self, stripe: usize) {
        self.versions[stripe].fetch_max(self.next(), Ordering::AcqRel);
    }

    /// Gives every stripe a new version.
    pub(super) fn invalidate_all(&self) {
        let version = self.next();
        for stripe in &self.versions {
            stripe.fetch_max(version, Ordering::AcqRel);
        }
    }

    fn next(&self) -> u64 {
        self.last.fetch_add(1, Ordering::AcqRel) + 1
    }
}
