//! The checker: searches a history for operations that break a promise.
//!
//! | promise | what is a violation |
//! |---|---|
//! | [`Promise::Stored`] | an acknowledged write that is not stored, a rejected one that is, or one that is stored twice |
//! | [`Promise::Fresh`] | a read that shows less than it must, or more than was written |
//! | [`Promise::Available`] | a GET that failed although nothing that it needs was out of service |
//! | [`Promise::Format`] | a response in another format than the contract's |
//! | [`Promise::Recovered`] | an operation that failed later than [`Bounds::recovery`] after the last fault |
//!
//! Everything is sorted once and searched by bisection: O(n log n).

mod availability;
mod bounds;
mod excuses;
mod freshness;
mod storage;
#[cfg(test)]
mod tests;
mod verdict;
mod writes;

use std::time::Duration;

pub use bounds::Bounds;
pub use verdict::{Promise, Verdict, Violation};

use crate::history::{Operation, Outcome};
use crate::marks::Mark;
use crate::shop::Stored;
use writes::Writes;

/// A run, as the checker sees it.
#[derive(Clone, Debug)]
pub struct History {
    /// The operations.
    pub operations: Vec<Operation>,
    /// What the nemesis took away, and when.
    pub marks: Vec<Mark>,
    /// What is stored at the end.
    pub stored: Stored,
    /// When the last fault had ended.
    pub healed_at: Duration,
    /// When all replicas were ready again; None if they were not.
    pub ready_at: Option<Duration>,
    /// From here on, nothing is written, and reads show exactly what is stored.
    pub settled_at: Duration,
    /// How long things may take.
    pub bounds: Bounds,
}

/// Checks a history.
#[must_use]
pub fn check(history: &History) -> Verdict {
    let writes = Writes::of(&history.operations);
    let mut verdict = Verdict::of(history, &writes);
    storage::check(history, &writes, &mut verdict);
    freshness::check(history, &writes, &mut verdict);
    availability::check(history, &mut verdict);
    for operation in &history.operations {
        if let Some(flaw) = operation.flaw.or_else(|| unexpected_status(operation)) {
            verdict.add(Promise::Format, format!("{flaw}: {operation}"));
        }
    }
    check_recovery(history, &mut verdict);
    verdict
}

/// No fault explains another status: the requests are valid.
fn unexpected_status(operation: &Operation) -> Option<&'static str> {
    let is_expected = match operation.outcome {
        Outcome::Response(200..=299 | 429 | 502 | 503 | 504) | Outcome::Lost(_) | Outcome::NotSent => true,
        Outcome::Response(409) => !operation.is_read(),
        Outcome::Response(_) => false,
    };
    (!is_expected).then_some("a status that no fault explains")
}

fn check_recovery(history: &History, verdict: &mut Verdict) {
    let deadline = history.healed_at + history.bounds.recovery;
    if history.ready_at.is_none_or(|ready_at| ready_at > deadline) {
        let ready_at = history.ready_at.map_or("never".to_owned(), |at| format!("{:.2} s", at.as_secs_f64()));
        let healed_at = history.healed_at.as_secs_f64();
        let detail =
            format!("the last fault ended at {healed_at:.2} s, and all replicas were ready at {ready_at}");
        verdict.add(Promise::Recovered, detail);
    }
    for operation in history.operations.iter().filter(|operation| operation.started > deadline) {
        if !operation.is_ok() {
            verdict.add(Promise::Recovered, operation.to_string());
        }
    }
}
