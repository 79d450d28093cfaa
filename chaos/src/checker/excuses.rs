//! Excuses: the intervals in which a target could not reach what it needs, merged and sorted.

use std::time::Duration;

use super::History;
use crate::history::Target;
use crate::marks::Effect;

/// Intervals without a common moment, in their order.
pub(super) struct Intervals(Vec<(Duration, Duration)>);

impl Intervals {
    /// The intervals of the marks of a history that `applies` selects, each with the aftermath of an outage.
    pub(super) fn of(history: &History, applies: impl Fn(Effect) -> bool) -> Self {
        Self::with_aftermath(history.bounds.aftermath, history, applies)
    }

    /// The same with another aftermath.
    pub(super) fn with_aftermath(
        aftermath: Duration,
        history: &History,
        applies: impl Fn(Effect) -> bool,
    ) -> Self {
        let selected = history.marks.iter().filter(|mark| applies(mark.effect));
        let mut intervals: Vec<_> =
            selected.map(|mark| (mark.started, mark.ended.saturating_add(aftermath))).collect();
        intervals.sort_unstable();
        let mut merged: Vec<(Duration, Duration)> = Vec::with_capacity(intervals.len());
        for (started, ended) in intervals {
            match merged.last_mut() {
                Some(last) if started <= last.1 => last.1 = last.1.max(ended),
                _ => merged.push((started, ended)),
            }
        }
        Self(merged)
    }

    /// The interval that this moment lies in.
    fn at(&self, moment: Duration) -> Option<(Duration, Duration)> {
        let next = self.0.partition_point(|(started, _)| *started <= moment);
        let (started, ended) = *self.0.get(next.checked_sub(1)?)?;
        (moment <= ended).then_some((started, ended))
    }

    /// The moment from which on a read at `moment` may lack what happened: the start of the interval that it lies in.
    pub(super) fn last_update(&self, moment: Duration) -> Duration {
        self.at(moment).map_or(moment, |(started, _)| started)
    }

    /// Whether one of them has a moment in common with this interval.
    pub(super) fn overlap(&self, started: Duration, ended: Duration) -> bool {
        let next = self.0.partition_point(|(other, _)| *other <= ended);
        next.checked_sub(1).is_some_and(|last| self.0[last].1 >= started)
    }
}

/// Whether the effect keeps a replica that `target` may lead to from PostgreSQL.
pub(super) fn is_unreachable(effect: Effect, target: Target) -> bool {
    match effect {
        Effect::DatabaseDown => true,
        Effect::CutOff(number) | Effect::Stalled(number) => match target {
            Target::Replica(replica) => replica == number,
            Target::Nginx | Target::Sql => true,
        },
        Effect::ReplicaOut(_) | Effect::Frozen(_) | Effect::WorkerKilled | Effect::Overload => false,
    }
}
