//! What reads show: at least what they must, and no more than was written.
//!
//! A read through a replica must show, of each counter,
//!
//! - the writes that this replica acknowledged before the read began, and what an earlier read through it has shown;
//! - the writes that anyone acknowledged, and what anyone was shown, [`Bounds::staleness`] earlier. While the
//!   database cannot be reached, that is counted from the start of the outage: old responses are better than none.
//!
//! Through NGINX, only the second holds; products may be older by [`Bounds::nginx_staleness`](super::NGINX_STALENESS). Carts are
//! not cached, and show everything that was acknowledged before.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::excuses::{Intervals, is_unreachable};
use super::verdict::{Promise, Verdict};
use super::writes::{WriteSummary, Writes};
use super::{Bounds, History};
use crate::history::{Counter, Operation, Target};

/// A value that a read has shown.
struct Shown<'a> {
    value: i64,
    operation: &'a Operation,
}

/// What is known of a counter, by time: sorted for bisection.
#[derive(Default)]
struct Known {
    /// When writes were acknowledged.
    acknowledged: Vec<Duration>,
    /// When reads ended, each with the largest value that was shown until then.
    shown: Vec<(Duration, i64)>,
}

impl Known {
    fn of<'a>(
        writes: impl Iterator<Item = &'a WriteSummary>,
        reads: &[Shown<'_>],
        from: Option<Target>,
    ) -> Self {
        let is_from = |target| from.is_none_or(|from| from == target);
        let acknowledged = writes.filter_map(|summary| summary.acknowledged);
        let mut acknowledged: Vec<_> =
            acknowledged.filter(|(_, target)| is_from(*target)).map(|(ended, _)| ended).collect();
        acknowledged.sort_unstable();
        let reads = reads.iter().filter(|shown| is_from(shown.operation.target));
        let mut shown: Vec<_> = reads.map(|shown| (shown.operation.ended, shown.value)).collect();
        shown.sort_unstable();
        let mut largest = 0;
        for (_, value) in &mut shown {
            largest = largest.max(*value);
            *value = largest;
        }
        Self { acknowledged, shown }
    }

    /// How many writes were acknowledged before a moment.
    fn acknowledged(&self, before: Duration) -> usize {
        self.acknowledged.partition_point(|ended| *ended < before)
    }

    /// The largest value that was shown before a moment.
    fn shown(&self, before: Duration) -> i64 {
        let count = self.shown.partition_point(|(ended, _)| *ended < before);
        count.checked_sub(1).map_or(0, |last| self.shown[last].1)
    }
}

pub(super) fn check(history: &History, writes: &Writes, verdict: &mut Verdict) {
    let mut reads: BTreeMap<Counter, Vec<Shown>> = BTreeMap::new();
    for operation in &history.operations {
        for (counter, value) in &operation.values {
            reads.entry(*counter).or_default().push(Shown { value: *value, operation });
        }
    }
    let mut outages: HashMap<Target, Intervals> = HashMap::new();
    for operation in &history.operations {
        let target = operation.target;
        outages
            .entry(target)
            .or_insert_with(|| Intervals::of(history, |effect| is_unreachable(effect, target)));
    }
    let writes = writes.by_counter();
    for (counter, reads) in reads {
        let writes = writes.get(&counter).map_or(&[][..], |writes| writes);
        let stored = history.stored.counts.get(&counter).copied().unwrap_or_default();
        let check = CounterCheck::new((counter, history.bounds), writes, &reads, &outages);
        for shown in &reads {
            let exact = (shown.operation.started >= history.settled_at).then_some(stored);
            if let Some(problem) = check.problem(shown, exact) {
                verdict.add(Promise::Fresh, format!("{counter:?} {problem}: {}", shown.operation));
            }
        }
    }
}

/// Everything that reads of one counter are compared with.
struct CounterCheck<'a> {
    counter: Counter,
    bounds: Bounds,
    outages: &'a HashMap<Target, Intervals>,
    /// When writes began.
    begun: Vec<Duration>,
    everywhere: Known,
    by_target: HashMap<Target, Known>,
}

impl<'a> CounterCheck<'a> {
    fn new(
        (counter, bounds): (Counter, Bounds),
        writes: &[&WriteSummary],
        reads: &[Shown<'_>],
        outages: &'a HashMap<Target, Intervals>,
    ) -> Self {
        let mut begun: Vec<_> = writes.iter().map(|summary| summary.started).collect();
        begun.sort_unstable();
        let known = |from| Known::of(writes.iter().copied(), reads, from);
        let by_target = outages.keys().map(|target| (*target, known(Some(*target)))).collect();
        Self { counter, bounds, outages, begun, everywhere: known(None), by_target }
    }

    /// What is wrong with a value, which must be `exact` if that is known.
    fn problem(&self, shown: &Shown<'_>, exact: Option<i64>) -> Option<String> {
        let value = shown.value;
        let least = self.least(shown.operation);
        if value < least {
            return Some(format!("is {value}, must be {least} at least"));
        }
        let most = number(self.begun.partition_point(|started| *started < shown.operation.ended));
        if value > most {
            return Some(format!("is {value}, only {most} writes had begun"));
        }
        let exact = exact.filter(|exact| *exact != value)?;
        Some(format!("is {value} although nothing is written any more, and {exact} is stored"))
    }

    /// What a read must show at least.
    fn least(&self, read: &Operation) -> i64 {
        let before = self.known_until(read);
        let mut acknowledged = self.everywhere.acknowledged(before);
        let mut shown = self.everywhere.shown(before);
        if let Target::Replica(_) = read.target
            && let Some(same) = self.by_target.get(&read.target)
        {
            // In addition, what this replica has acknowledged since.
            let own = same.acknowledged(read.started).saturating_sub(same.acknowledged(before));
            acknowledged += own;
            shown = shown.max(same.shown(read.started));
        }
        number(acknowledged).max(shown)
    }

    /// The moment up to which a read must show what anyone knew.
    fn known_until(&self, read: &Operation) -> Duration {
        let allowed = match (self.counter, read.target) {
            (Counter::CartUnits(_), _) => return read.started,
            (Counter::Revisions(_), Target::Nginx) => self.bounds.staleness + self.bounds.nginx_staleness,
            _ => self.bounds.staleness,
        };
        let last_update = self.outages.get(&read.target);
        let last_update = last_update.map_or(read.started, |outages| outages.last_update(read.started));
        last_update.saturating_sub(allowed)
    }
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
