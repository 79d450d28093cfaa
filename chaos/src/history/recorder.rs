//! Records operations while the run lasts.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::Operation;

/// The clock of a run: monotonic, from zero at its start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock(Instant);

impl Clock {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn now(self) -> Duration {
        self.0.elapsed()
    }
}

/// The history while it grows.
pub(crate) struct Recorder {
    pub(crate) clock: Clock,
    operations: Mutex<Vec<Operation>>,
    next_client: AtomicU32,
    next_write: AtomicU64,
}

impl Recorder {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            clock,
            operations: Mutex::default(),
            next_client: AtomicU32::new(1),
            next_write: AtomicU64::new(1),
        }
    }

    /// The number of a new client.
    pub(crate) fn client(&self) -> u32 {
        self.next_client.fetch_add(1, Ordering::Relaxed)
    }

    /// The id of a new write.
    pub(crate) fn write_id(&self) -> u64 {
        self.next_write.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn record(&self, operation: Operation) {
        self.operations.lock().expect(UNPOISONED).push(operation);
    }

    /// How many operations are recorded.
    pub(crate) fn count(&self) -> usize {
        self.operations.lock().expect(UNPOISONED).len()
    }

    /// Takes the history.
    pub(crate) fn take(&self) -> Vec<Operation> {
        std::mem::take(&mut *self.operations.lock().expect(UNPOISONED))
    }
}

const UNPOISONED: &str = "nothing that holds the lock can panic";
