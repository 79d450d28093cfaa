//! Writes: the attempts with one id, and what is known of them together.

use std::collections::HashMap;
use std::time::Duration;

use crate::history::{Action, Counter, Operation, Outcome, Target, Write};

/// What the client knows of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fate {
    /// Each attempt was rejected: it must not be stored.
    Rejected,
    /// It may be stored or not.
    Unknown,
    /// It was acknowledged: it must be stored.
    Acknowledged,
}

/// A write with all of its attempts.
#[derive(Clone, Copy, Debug)]
pub(super) struct WriteSummary {
    pub(super) write: Write,
    pub(super) fate: Fate,
    /// When the first attempt was sent.
    pub(super) started: Duration,
    /// When it was first acknowledged, and by whom.
    pub(super) acknowledged: Option<(Duration, Target)>,
    /// The index of the last attempt.
    pub(super) last: usize,
}

/// All writes of a history.
pub(super) struct Writes(HashMap<u64, WriteSummary>);

impl Writes {
    pub(super) fn of(operations: &[Operation]) -> Self {
        let mut writes: HashMap<u64, WriteSummary> = HashMap::new();
        for (index, operation) in operations.iter().enumerate() {
            let Action::Write(write) = operation.action else { continue };
            let (started, fate) = (operation.started, fate(operation.outcome));
            let is_acknowledged = fate == Fate::Acknowledged;
            let acknowledged = is_acknowledged.then_some((operation.ended, operation.target));
            let new = WriteSummary { write, fate, started, acknowledged, last: index };
            let summary = writes.entry(write.id).or_insert(new);
            summary.fate = summary.fate.max(fate);
            summary.started = summary.started.min(started);
            let earlier = |(ended, _): &(Duration, Target)| *ended <= operation.ended;
            summary.acknowledged =
                summary.acknowledged.filter(earlier).or(acknowledged).or(summary.acknowledged);
            summary.last = index;
        }
        Self(writes)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &WriteSummary> {
        self.0.values()
    }

    pub(super) fn contains(&self, id: u64) -> bool {
        self.0.contains_key(&id)
    }

    /// The writes of each counter, in the order of their ids.
    pub(super) fn by_counter(&self) -> HashMap<Counter, Vec<&WriteSummary>> {
        let mut counters: HashMap<Counter, Vec<&WriteSummary>> = HashMap::new();
        for summary in self.all() {
            counters.entry(summary.write.counter).or_default().push(summary);
        }
        for writes in counters.values_mut() {
            writes.sort_by_key(|summary| summary.write.id);
        }
        counters
    }
}

/// What one attempt says. Statuses are those of docs/retries.md: 4xx and 503 say that nothing was done.
fn fate(outcome: Outcome) -> Fate {
    match outcome {
        Outcome::Response(200..=299) => Fate::Acknowledged,
        Outcome::Response(400..=499 | 503) | Outcome::NotSent => Fate::Rejected,
        Outcome::Response(_) | Outcome::Lost(_) => Fate::Unknown,
    }
}
