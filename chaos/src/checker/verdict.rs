//! The verdict: what was counted, and every violation.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use super::History;
use super::writes::{Fate, Writes};
use crate::history::Outcome;

/// How many violations of a promise are printed.
const PRINTED: usize = 20;

/// What the system promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Promise {
    /// Acknowledged writes are stored, rejected ones are not, and none is stored twice.
    Stored,
    /// Responses are at most as old as allowed.
    Fresh,
    /// GETs succeed.
    Available,
    /// Responses have the contract's format.
    Format,
    /// Everything works again soon after the last fault.
    Recovered,
}

/// A broken promise.
#[derive(Clone, Debug)]
pub struct Violation {
    /// The promise.
    pub promise: Promise,
    /// The operation, and what is wrong with it.
    pub detail: String,
}

/// What the checker found.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// The broken promises.
    pub violations: Vec<Violation>,
    /// How many operations there were, by their kind and outcome.
    counts: BTreeMap<String, usize>,
    /// GETs that failed with an excuse.
    pub(super) excused: usize,
}

impl Verdict {
    pub(super) fn of(history: &History, writes: &Writes) -> Self {
        let mut verdict = Self::default();
        for operation in &history.operations {
            let kind = if operation.is_read() { "reads" } else { "attempts to write" };
            let outcome = match operation.outcome {
                Outcome::Response(status) => status.to_string(),
                Outcome::Lost(_) => "no response".to_owned(),
                Outcome::NotSent => "not sent".to_owned(),
            };
            verdict.count(format!("{kind}: {outcome}"));
        }
        for write in writes.all() {
            verdict.count(match write.fate {
                Fate::Acknowledged => "writes: acknowledged".to_owned(),
                Fate::Unknown => "writes: unknown".to_owned(),
                Fate::Rejected => "writes: rejected".to_owned(),
            });
        }
        verdict
    }

    fn count(&mut self, kind: String) {
        *self.counts.entry(kind).or_default() += 1;
    }

    pub(crate) fn add(&mut self, promise: Promise, detail: String) {
        self.violations.push(Violation { promise, detail });
    }

    /// Whether every promise was kept.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.violations.is_empty()
    }

    /// How many violations of this promise there are.
    #[must_use]
    pub fn broken(&self, promise: Promise) -> usize {
        self.violations.iter().filter(|violation| violation.promise == promise).count()
    }
}

impl Display for Verdict {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        for (kind, count) in &self.counts {
            writeln!(formatter, "  {kind:<36} {count:>9}")?;
        }
        writeln!(formatter, "  {:<36} {:>9}", "reads: failed with an excuse", self.excused)?;
        let promises =
            [Promise::Stored, Promise::Fresh, Promise::Available, Promise::Format, Promise::Recovered];
        for promise in promises {
            let broken = self.violations.iter().filter(|violation| violation.promise == promise);
            for violation in broken.take(PRINTED) {
                writeln!(formatter, "{promise:?}: {}", violation.detail)?;
            }
            if self.broken(promise) > PRINTED {
                writeln!(formatter, "{promise:?}: and {} more", self.broken(promise) - PRINTED)?;
            }
        }
        match self.violations.len() {
            0 => write!(formatter, "Verdict: good, every promise was kept"),
            count => write!(formatter, "Verdict: bad, {count} violations"),
        }
    }
}
