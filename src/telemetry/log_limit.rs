//! Limits how often an event is logged that may occur many times a second.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The time between two lines about one kind of event.
const PERIOD: Duration = Duration::from_secs(10);

/// Counts events of one kind, some of which are logged.
#[derive(Debug, Default)]
pub struct LogLimit(Mutex<Counted>);

#[derive(Debug, Default)]
struct Counted {
    logged_at: Option<Instant>,
    events: u64,
}

impl LogLimit {
    /// Counts an event. If a line is to be logged now, returns how many events it stands for.
    pub fn count(&self) -> Option<u64> {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counted.events += 1;
        if counted.logged_at.is_some_and(|logged_at| logged_at.elapsed() < PERIOD) {
            return None;
        }
        counted.logged_at = Some(Instant::now());
        Some(std::mem::take(&mut counted.events))
    }
}
