//! Whether notifications arrive, and so whether what is cached may be served.
//!
//! Heartbeats show two things: that the database answers other connections, and that notifications arrive. One that was
//! sent must arrive within [`HEARTBEAT_TIMEOUT`]. The listener is connected from its first heartbeat on, and disconnected
//! while one is overdue. Notifications arrive in the order of their commits: when an overdue heartbeat arrives, all earlier
//! notifications have arrived too, and the cache is up to date again.
//!
//! A process that was paused (frozen, or without a processor) must not serve what it had before: notifications wait to be
//! read. A task notes the time every [`TICK`]. After a gap, the listener counts as disconnected until a heartbeat arrives
//! that was sent after the gap.
//!
//! | listener     | database       | cached responses |
//! |--------------|----------------|------------------|
//! | connected    |                | are served |
//! | disconnected | answers        | are bypassed: they may be stale |
//! | disconnected | does not       | are served: better than none |

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// How long a heartbeat may take to arrive. With the time between two heartbeats it is less than a second, which is how long a
/// stale response may be served.
const HEARTBEAT_TIMEOUT: Duration = Duration::from_millis(500);

/// How often a running process notes the time.
pub(super) const TICK: Duration = Duration::from_millis(100);
/// The gap between two ticks from which on the process counts as paused.
const MAX_GAP: Duration = Duration::from_millis(500);

/// The state of a listener, and what follows from it. A cache that has no listener is not bypassed.
pub(super) struct ListenerState {
    started: Instant,
    /// The last tick, in nanoseconds from the start.
    ticked_ns: AtomicU64,
    observed: Mutex<Observed>,
    is_connected: AtomicBool,
    has_been_connected: AtomicBool,
    is_bypassed: AtomicBool,
}

impl Default for ListenerState {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            ticked_ns: AtomicU64::new(0),
            observed: Mutex::default(),
            is_connected: AtomicBool::new(false),
            has_been_connected: AtomicBool::new(false),
            is_bypassed: AtomicBool::new(false),
        }
    }
}

#[derive(Default)]
struct Observed {
    /// Whether there is a connection that listens.
    is_listening: bool,
    /// Whether a heartbeat has arrived on it, from `required` on.
    has_heartbeat: bool,
    /// The first heartbeat that was sent after the last pause.
    required: u64,
    /// The last heartbeat that has arrived.
    arrived: u64,
    /// The heartbeats that were sent on this connection, and when: all that are not due yet, and the last one that is.
    sent: VecDeque<(u64, Instant)>,
    /// Whether the last heartbeat could be sent; None until one was.
    database_answers: Option<bool>,
}

impl ListenerState {
    /// Whether notifications arrive.
    pub(super) fn is_connected(&self) -> bool {
        self.is_connected.load(Ordering::Relaxed)
    }

    /// Whether they ever arrived.
    pub(super) fn has_been_connected(&self) -> bool {
        self.has_been_connected.load(Ordering::Relaxed)
    }

    /// Whether cached responses must not be served.
    pub(super) fn is_bypassed(&self) -> bool {
        // First the tick: if that is recent, what follows from an earlier gap is known.
        let is_paused = self.gap() > MAX_GAP;
        // Acquire, with the store below: a thread that sees the end of a bypass sees all invalidations before it.
        self.is_bypassed.load(Ordering::Acquire) || (is_paused && self.is_connected())
    }

    /// The time since the last tick.
    fn gap(&self) -> Duration {
        self.started.elapsed().saturating_sub(Duration::from_nanos(self.ticked_ns.load(Ordering::Acquire)))
    }

    /// The process runs. `next_heartbeat` is the first heartbeat that is not sent yet.
    pub(super) fn tick(&self, next_heartbeat: u64) {
        if self.gap() > MAX_GAP {
            self.change(|observed| {
                observed.has_heartbeat = false;
                observed.required = next_heartbeat;
            });
        }
        let now = self.started.elapsed().as_nanos().try_into().expect("584 years");
        self.ticked_ns.store(now, Ordering::Release);
    }

    /// Whether a heartbeat is overdue.
    pub(super) fn is_silent(&self) -> bool {
        self.lock().is_silent()
    }

    /// The listener starts. Until it is connected, a loaded response may be stale at once.
    pub(super) fn starting(&self) {
        self.change(|_| {});
    }

    /// A connection listens.
    pub(super) fn listening(&self) {
        self.change(|observed| observed.is_listening = true);
    }

    /// A heartbeat was sent.
    pub(super) fn sent(&self, number: u64) {
        self.change(|observed| {
            observed.database_answers = Some(true);
            if observed.is_listening {
                observed.sent.push_back((number, Instant::now()));
            }
            while observed.sent.get(1).is_some_and(is_due) {
                observed.sent.pop_front();
            }
        });
    }

    /// A heartbeat could not be sent.
    pub(super) fn not_sent(&self) {
        self.change(|observed| observed.database_answers = observed.database_answers.and(Some(false)));
    }

    /// A heartbeat has arrived. Everything cached before the connection was made is already invalidated.
    pub(super) fn arrived(&self, number: u64) {
        self.change(|observed| {
            observed.has_heartbeat |= number >= observed.required;
            observed.arrived = number;
        });
    }

    /// The connection is lost. If it was connected, the database may be down: the next heartbeat shows whether it answers, and
    /// until then cached responses are served.
    pub(super) fn lost(&self) {
        self.change(|observed| {
            let database_answers =
                if observed.is_connected() { Some(false) } else { observed.database_answers };
            *observed = Observed {
                arrived: observed.arrived,
                required: observed.required,
                database_answers,
                ..Observed::default()
            };
        });
    }

    fn change(&self, event: impl FnOnce(&mut Observed)) {
        let mut observed = self.lock();
        event(&mut observed);
        let is_connected = observed.is_connected();
        self.is_connected.store(is_connected, Ordering::Relaxed);
        self.has_been_connected.fetch_or(is_connected, Ordering::Relaxed);
        let is_bypassed = !is_connected && observed.database_answers.unwrap_or(true);
        self.is_bypassed.store(is_bypassed, Ordering::Release);
    }

    fn lock(&self) -> MutexGuard<'_, Observed> {
        self.observed.lock().expect("nothing that holds the lock can panic")
    }
}

impl Observed {
    fn is_connected(&self) -> bool {
        self.has_heartbeat && !self.is_silent()
    }

    fn is_silent(&self) -> bool {
        self.sent.iter().any(|heartbeat| heartbeat.0 > self.arrived && is_due(heartbeat))
    }
}

/// Whether a heartbeat that was sent should have arrived.
fn is_due((_, sent): &(u64, Instant)) -> bool {
    sent.elapsed() >= HEARTBEAT_TIMEOUT
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lets the time pass that a heartbeat may take.
    fn wait(state: &ListenerState) {
        for (_, sent) in &mut state.lock().sent {
            *sent = sent.checked_sub(HEARTBEAT_TIMEOUT).unwrap();
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
            assert!(state.lock().sent.len() <= 2);
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
    fn cached_responses_are_served_after_a_lost_connection_until_the_database_answers() {
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
    fn after_a_pause_the_cache_is_bypassed_until_a_later_heartbeat_arrives() {
        let state =
            ListenerState { started: Instant::now().checked_sub(2 * MAX_GAP).unwrap(), ..Default::default() };
        state.listening();
        state.sent(1);
        state.arrived(1);
        assert!(state.is_connected() && state.is_bypassed(), "a gap before the first tick");
        state.tick(3);
        assert!(!state.is_connected() && state.is_bypassed());
        state.arrived(2);
        assert!(!state.is_connected() && state.is_bypassed(), "2 was sent before the pause");
        state.arrived(3);
        assert!(state.is_connected() && !state.is_bypassed());
    }

    #[test]
    fn the_loss_of_a_silent_connection_does_not_end_the_bypass() {
        let state = silent();
        state.lost();
        assert!(state.is_bypassed());
    }
}
