//! For each promise: a history that keeps it is accepted, and one that breaks it is rejected.

mod availability;
mod freshness;
mod others;
mod storage;

use std::time::Duration;

use super::{Bounds, History, Promise, check};
use crate::history::{Action, Counter, Operation, Outcome, Page, Target, Write};
use crate::marks::{Effect, Mark};
use crate::shop::Stored;

/// A moment, in milliseconds.
fn ms(moment: u64) -> Duration {
    Duration::from_millis(moment)
}

/// A history without faults, to which tests add operations.
fn history(operations: Vec<Operation>) -> History {
    History {
        operations,
        marks: Vec::new(),
        stored: Stored::default(),
        healed_at: ms(100_000),
        ready_at: Some(ms(100_000)),
        settled_at: ms(200_000),
        bounds: Bounds::default(),
    }
}

impl History {
    fn with_mark(mut self, effect: Effect, started: u64, ended: u64) -> Self {
        self.marks.push(Mark { effect, started: ms(started), ended: ms(ended) });
        self
    }

    fn with_count(mut self, counter: Counter, count: i64) -> Self {
        self.stored.counts.insert(counter, count);
        self
    }

    fn with_rows(mut self, id: u64, rows: i64) -> Self {
        self.stored.rows.insert(id, rows);
        self
    }
}

/// A write of an interval in milliseconds.
fn write(id: u64, counter: Counter, target: Target, time: [u64; 2], outcome: Outcome) -> Operation {
    let action = Action::Write(Write { id, counter, is_keyed: false });
    operation(action, target, time, outcome, None)
}

/// A read that shows this value of a counter.
fn read(counter: Counter, value: i64, target: Target, time: [u64; 2]) -> Operation {
    let page = match counter {
        Counter::Revisions(product) => Page::Product(product),
        Counter::CartUnits(shopper) => Page::Cart(shopper),
        _ => Page::Reviews(1),
    };
    operation(Action::Read(page), target, time, Outcome::Response(200), Some((counter, value)))
}

/// A GET that fails.
fn failed(page: Page, target: Target, time: [u64; 2], outcome: Outcome) -> Operation {
    operation(Action::Read(page), target, time, outcome, None)
}

fn operation(
    action: Action,
    target: Target,
    [started, ended]: [u64; 2],
    outcome: Outcome,
    value: Option<(Counter, i64)>,
) -> Operation {
    let values = value.into_iter().collect();
    let (started, ended) = (ms(started), ms(ended));
    Operation { client: 1, target, action, started, ended, outcome, flaw: None, values }
}

/// The promises that a history breaks, each once.
fn broken(history: &History) -> Vec<Promise> {
    let mut broken: Vec<_> = check(history).violations.iter().map(|violation| violation.promise).collect();
    broken.sort_unstable();
    broken.dedup();
    broken
}
