//! The versions of subjects: which state of each the cache may still show.

use std::hash::BuildHasher as _;
use std::sync::atomic::{AtomicU64, Ordering};

use foldhash::quality::RandomState;

use super::Subject;

/// Subjects share this many versions by their hash: raising one makes a few others read anew, which costs little,
/// and there is nothing to keep a subject.
const STRIPES: usize = 1 << 16;

pub(super) struct Versions {
    stripes: Box<[AtomicU64]>,
    hasher: RandomState,
}

impl Versions {
    pub(super) fn new() -> Self {
        Self { stripes: (0..STRIPES).map(|_| AtomicU64::new(0)).collect(), hasher: RandomState::default() }
    }

    /// The version to read, and to keep what was read, under. Taken before the read begins.
    pub(super) fn of(&self, subject: Subject) -> u64 {
        self.stripe(subject).load(Ordering::Acquire)
    }

    pub(super) fn raise(&self, subject: Subject) {
        self.stripe(subject).fetch_add(1, Ordering::AcqRel);
    }

    pub(super) fn raise_all(&self) {
        for stripe in &self.stripes {
            stripe.fetch_add(1, Ordering::AcqRel);
        }
    }

    fn stripe(&self, subject: Subject) -> &AtomicU64 {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the low bits of a hash are as good as all of them"
        )]
        let hash = self.hasher.hash_one(subject) as usize;
        &self.stripes[hash % STRIPES]
    }
}
