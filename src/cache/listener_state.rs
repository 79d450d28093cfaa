//! Whether notifications arrive, and so whether what is cached may be served.
//!
//! Three things can be known: that the listener is connected, that notifications arrive on that connection, and that the
//! database answers other connections. Heartbeats tell the latter two: one that the database has taken must arrive
//! within [`SILENCE`]. A connection counts as connected from its first heartbeat on, and is disconnected while one is
//! overdue. Notifications arrive in the order of their commits: once a late heartbeat is there, so are all
//! notifications before it, and what is cached is true again.
//!
//! | listener     | database       | what is cached |
//! |--------------|----------------|----------------|
//! | connected    |                | is served |
//! | disconnected | answers        | is bypassed: it may be stale |
//! | disconnected | does not       | is served: better than nothing |

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// How long a heartbeat may take to arrive. With the time between two, less than a second: so long may something stale be
/// served.
const SILENCE: Duration = Duration::from_millis(500);

/// What is known of a listener, and what follows, which changes with each event. A cache without a listener is not
/// bypassed: nothing says what it shows.
#[derive(Default)]
pub(super) struct ListenerState {
    known: Mutex<Known>,
    is_connected: AtomicBool,
    has_been_connected: AtomicBool,
    is_bypassed: AtomicBool,
}

#[derive(Default)]
struct Known {
    /// Whether there is a connection that listens.
    is_listening: bool,
    /// Whether a heartbeat has arrived on it.
    has_heartbeat: bool,
    /// The last heartbeat that has arrived.
    arrived: u64,
    /// Those that the database has taken while there is that connection, and when: all that are not due yet, and the last
    /// one that is.
    taken: VecDeque<(u64, Instant)>,
    /// Whether the last heartbeat could be sent; None until one was.
    database_answers: Option<bool>,
}

impl ListenerState {
    /// Whether notifications arrive.
    pub(super) fn is_connected(&self) -> bool {
        self.is_connected.load(Ordering::Relaxed)
    }

    /// Whether they ever did.
    pub(super) fn has_been_connected(&self) -> bool {
        self.has_been_connected.load(Ordering::Relaxed)
    }

    /// Whether what is cached must not be served.
    pub(super) fn is_bypassed(&self) -> bool {
        // With the store below: who sees the end of a bypass sees all invalidations before it.
        self.is_bypassed.load(Ordering::Acquire)
    }

    /// Whether a heartbeat is overdue.
    pub(super) fn is_silent(&self) -> bool {
        self.lock().is_silent()
    }

    /// The listener starts. Until it is connected, what is read may be stale at once.
    pub(super) fn starting(&self) {
        self.change(|_| {});
    }

    /// A connection listens.
    pub(super) fn listening(&self) {
        self.change(|known| known.is_listening = true);
    }

    /// The database has taken a heartbeat.
    pub(super) fn sent(&self, number: u64) {
        self.change(|known| {
            known.database_answers = Some(true);
            if known.is_listening {
                known.taken.push_back((number, Instant::now()));
            }
            while known.taken.get(1).is_some_and(is_due) {
                known.taken.pop_front();
            }
        });
    }

    /// A heartbeat could not be sent.
    pub(super) fn not_sent(&self) {
        self.change(|known| known.database_answers = known.database_answers.and(Some(false)));
    }

    /// A heartbeat has arrived. All that was cached before the connection was made is invalidated.
    pub(super) fn arrived(&self, number: u64) {
        self.change(|known| {
            known.has_heartbeat = true;
            known.arrived = number;
        });
    }

    /// The connection is lost. Where it was of use, the database may be down: whether it answers, the next heartbeat tells,
    /// and until then what is cached does not wait for it.
    pub(super) fn lost(&self) {
        self.change(|known| {
            let database_answers = if known.is_connected() { Some(false) } else { known.database_answers };
            *known = Known { arrived: known.arrived, database_answers, ..Known::default() };
        });
    }

    fn change(&self, event: impl FnOnce(&mut Known)) {
        let mut known = self.lock();
        event(&mut known);
        let is_connected = known.is_connected();
        self.is_connected.store(is_connected, Ordering::Relaxed);
        self.has_been_connected.fetch_or(is_connected, Ordering::Relaxed);
        let is_bypassed = !is_connected && known.database_answers.unwrap_or(true);
        self.is_bypassed.store(is_bypassed, Ordering::Release);
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().expect("nothing that holds the lock can panic")
    }
}

impl Known {
    fn is_connected(&self) -> bool {
        self.has_heartbeat && !self.is_silent()
    }

    fn is_silent(&self) -> bool {
        self.taken.iter().any(|heartbeat| heartbeat.0 > self.arrived && is_due(heartbeat))
    }
}

/// Whether a heartbeat that was taken should have arrived.
fn is_due((_, taken): &(u64, Instant)) -> bool {
    taken.elapsed() >= SILENCE
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lets the time pass that a heartbeat may take.
    fn wait(state: &ListenerState) {
        for (_, taken) in &mut state.lock().taken {
            *taken = taken.checked_sub(SILENCE).unwrap();
        }
    }

    /// A state whose listener was connected, with heartbeats 2 and 3 overdue and 4 on its way.
    fn silent() -> ListenerState {
        let state = ListenerState::default();
        state.listening();
        state.arrived(1);
        assert!(state.is_connected());
        for number in 1..=3 {
            state.sent(number);
            assert!(state.is_connected());
        }
        wait(&state);
        state.sent(4);
        assert!(!state.is_connected());
        state
    }

    #[test]
    fn the_bypass_ends_once_no_heartbeat_is_overdue() {
        let state = silent();
        assert!(state.is_bypassed() && state.is_silent() && !state.is_connected());
        state.arrived(2);
        assert!(!state.is_connected(), "3 is overdue");
        state.arrived(3);
        assert!(!state.is_bypassed() && state.is_connected());
    }

    #[test]
    fn heartbeats_that_are_always_late_are_overdue_for_ever() {
        let state = silent();
        for number in 5..100 {
            wait(&state);
            state.sent(number);
            assert!(!state.is_connected());
            state.arrived(number - 2);
            assert!(!state.is_connected());
            assert!(state.lock().taken.len() <= 2);
        }
        state.arrived(99);
        assert!(state.is_connected());
    }

    #[test]
    fn a_database_that_does_not_answer_ends_the_bypass() {
        let state = silent();
        state.not_sent();
        assert!(!state.is_bypassed() && !state.is_connected());
        state.sent(5);
        assert!(state.is_bypassed());
    }

    #[test]
    fn a_connection_that_is_lost_is_no_reason_to_wait_for_the_database() {
        let state = ListenerState::default();
        state.starting();
        assert!(!state.is_connected() && state.is_bypassed());
        state.listening();
        assert!(state.is_bypassed());
        state.arrived(1);
        state.sent(1);
        assert!(state.is_connected());
        assert!(!state.is_bypassed());
        state.lost();
        assert!(!state.is_bypassed() && !state.is_connected() && state.has_been_connected());
        // Another heartbeat says that it is there.
        state.sent(2);
        assert!(state.is_bypassed());
        // The next connection is of use once a heartbeat has arrived on it.
        state.listening();
        state.sent(3);
        assert!(state.is_bypassed());
        state.arrived(3);
        assert!(state.is_connected() && !state.is_bypassed());
    }

    #[test]
    fn a_connection_that_was_of_no_use_is_lost_without_consequences() {
        let state = silent();
        state.lost();
        assert!(state.is_bypassed());
    }
}
