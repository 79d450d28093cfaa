//! The versions of subjects: which state of each the cache may still show, and which a server must have to be read from.

use std::hash::BuildHasher as _;
use std::sync::atomic::{AtomicU64, Ordering};

use foldhash::quality::RandomState;

use super::Subject;
use super::horizons::Horizons;
use crate::database::batches::Batches;
use crate::database::position::{Since, Written};

/// Subjects share this many versions by their hash: raising one makes a few others read anew, which costs little,
/// and there is nothing to keep a subject.
const STRIPES: usize = 1 << 16;

pub(super) struct Versions {
    stripes: Box<[AtomicU64]>,
    /// None where only the primary is read from.
    horizons: Option<Horizons>,
    hasher: RandomState,
}

impl Versions {
    /// The versions of what is read from a primary alone, or also from standbys of the one that says what is `written`.
    pub(super) fn new(written: Option<Batches<Written>>) -> Self {
        Self {
            stripes: (0..STRIPES).map(|_| AtomicU64::new(0)).collect(),
            horizons: written.map(|written| Horizons::start(STRIPES, written)),
            hasher: RandomState::default(),
        }
    }

    /// The version to read, and to keep what was read, under. Taken before the read begins.
    pub(super) fn of(&self, subject: Subject) -> u64 {
        self.stripes[self.stripe(subject)].load(Ordering::Acquire)
    }

    /// What a read for the current version, or for any before, must show.
    pub(super) fn since(&self, subject: Subject) -> Since {
        self.horizons.as_ref().map_or_else(Since::now, |horizons| horizons.of(self.stripe(subject)))
    }

    /// The subject has changed.
    pub(super) fn raise(&self, subject: Subject) {
        let stripe = self.stripe(subject);
        if let Some(horizons) = &self.horizons {
            horizons.blur(stripe);
        }
        self.stripes[stripe].fetch_add(1, Ordering::AcqRel);
    }

    /// Anything may have changed.
    pub(super) fn raise_all(&self) {
        if let Some(horizons) = &self.horizons {
            horizons.blur_all();
        }
        for stripe in &self.stripes {
            stripe.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// What was read for the current version is not to be kept, though nothing has changed.
    pub(super) fn pass_over(&self, subject: Subject) {
        self.stripes[self.stripe(subject)].fetch_add(1, Ordering::AcqRel);
    }

    fn stripe(&self, subject: Subject) -> usize {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the low bits of a hash are as good as all of them"
        )]
        let hash = self.hasher.hash_one(subject) as usize;
        hash % STRIPES
    }
}
