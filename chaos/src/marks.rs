//! Marks: the intervals in which the nemesis takes something away that a promise depends on.

use std::sync::Mutex;
use std::time::Duration;

use crate::history::Clock;

/// What is taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// No replica reaches PostgreSQL.
    DatabaseDown,
    /// This replica does not reach PostgreSQL.
    CutOff(u8),
    /// This replica does not reach PostgreSQL, and has to wait for a timeout to learn it.
    Stalled(u8),
    /// This replica does not run, or is not ready yet.
    ReplicaOut(u8),
    /// This replica is stopped by a signal, and continues later.
    Frozen(u8),
    /// A worker of NGINX is killed, with the requests that it forwards.
    WorkerKilled,
    /// Clients send more than the system can do.
    Overload,
}

/// An interval with an effect, on the clock of the history.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    /// The effect.
    pub effect: Effect,
    /// Its start.
    pub started: Duration,
    /// Its end; the far future while it lasts.
    pub ended: Duration,
}

impl Mark {
    /// Whether the mark, and `after` it, has a moment in common with the interval.
    #[must_use]
    pub fn overlaps(&self, started: Duration, ended: Duration, after: Duration) -> bool {
        started <= self.ended.saturating_add(after) && self.started <= ended
    }
}

/// The marks of a run.
pub(crate) struct Marks {
    clock: Clock,
    marks: Mutex<Vec<Mark>>,
}

impl Marks {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, marks: Mutex::default() }
    }

    /// Starts a mark, and returns its number.
    pub(crate) fn start(&self, effect: Effect) -> usize {
        let mut marks = self.marks.lock().expect(UNPOISONED);
        marks.push(Mark { effect, started: self.clock.now(), ended: Duration::MAX });
        marks.len() - 1
    }

    /// Ends the mark with this number.
    pub(crate) fn end(&self, number: usize) {
        self.marks.lock().expect(UNPOISONED)[number].ended = self.clock.now();
    }

    pub(crate) fn all(&self) -> Vec<Mark> {
        self.marks.lock().expect(UNPOISONED).clone()
    }
}

const UNPOISONED: &str = "nothing that holds the lock can panic";
