//! What is stored at the end: each acknowledged write, no rejected one, and none twice.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::History;
use super::verdict::{Promise, Verdict};
use super::writes::{Fate, WriteSummary, Writes};
use crate::history::{Counter, Outcome};

pub(super) fn check(history: &History, writes: &Writes, verdict: &mut Verdict) {
    check_rows(history, writes, verdict);
    check_counts(history, writes, verdict);
}

/// Writes that made rows, one by one.
fn check_rows(history: &History, writes: &Writes, verdict: &mut Verdict) {
    let mut with_rows: Vec<_> = writes.all().filter(|summary| summary.write.counter.has_rows()).collect();
    with_rows.sort_by_key(|summary| summary.write.id);
    for summary in with_rows {
        let rows = history.stored.rows.get(&summary.write.id).copied().unwrap_or_default();
        let problem = match (summary.fate, rows) {
            (Fate::Acknowledged, 0) => "acknowledged, but not stored",
            (Fate::Rejected, 1..) => "rejected, but stored",
            (_, 2..) => "stored twice",
            _ => continue,
        };
        verdict.add(Promise::Stored, format!("{problem}: {}", history.operations[summary.last]));
    }
    let unknown: BTreeSet<_> = history.stored.rows.keys().filter(|id| !writes.contains(**id)).collect();
    for id in unknown {
        verdict.add(Promise::Stored, format!("a row of write {id}, which nobody has sent"));
    }
}

/// Writes that only add to a number: they have no rows of their own, and are counted.
fn check_counts(history: &History, writes: &Writes, verdict: &mut Verdict) {
    let counters = writes.by_counter();
    let all: BTreeSet<&Counter> = counters.keys().chain(history.stored.counts.keys()).collect();
    for counter in all.into_iter().filter(|counter| !counter.has_rows()) {
        let writes = counters.get(counter).map_or(&[][..], |writes| writes);
        let stored = history.stored.counts.get(counter).copied().unwrap_or_default();
        let with_fate = |fate| writes.iter().filter(move |summary: &&&WriteSummary| summary.fate == fate);
        let acknowledged = count(with_fate(Fate::Acknowledged));
        let unknown = count(with_fate(Fate::Unknown));
        if (acknowledged..=acknowledged + unknown).contains(&stored) {
            continue;
        }
        let mut detail =
            format!("{counter:?} is {stored} with {acknowledged} writes acknowledged and {unknown} unknown");
        // Any of those that were rejected by a response may be stored.
        let rejected = with_fate(Fate::Rejected).map(|summary| &history.operations[summary.last]);
        for operation in
            rejected.filter(|operation| stored > acknowledged && operation.outcome != Outcome::NotSent)
        {
            // Writing to a String can't fail.
            let _ = write!(detail, "\n    perhaps {operation}");
        }
        verdict.add(Promise::Stored, detail);
    }
}

fn count<T>(items: impl Iterator<Item = T>) -> i64 {
    i64::try_from(items.count()).unwrap_or(i64::MAX)
}
