//! How far a standby must have come to show a subject as it is.
//!
//! What is forgotten has changed on the primary, and nobody knows where in its log the change stands. So the primary is
//! asked how far its log goes, once for all that was forgotten meanwhile; until it has said so, only the primary itself
//! is sure to show the change.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::database::batches::Batches;
use crate::database::position::{Position, Since, Written};

/// Marks a horizon that is not known yet; the other bits say since which change. No log is that long.
const UNKNOWN: u64 = 1 << 63;
/// The most changes that one question is asked for.
const CHANGES: usize = 4096;
/// How long to wait before the primary is asked again.
const RETRY: Duration = Duration::from_millis(50);

/// A change that the primary has to be asked about.
struct Change {
    /// Where; None for everywhere.
    stripe: Option<usize>,
    /// The mark that it has left.
    mark: u64,
}

/// The horizons of all stripes.
pub(super) struct Horizons {
    places: Arc<Places>,
    marks: AtomicU64,
    changes: mpsc::UnboundedSender<Change>,
}

struct Places {
    /// A place in the primary's log each, or a mark.
    stripes: Box<[AtomicU64]>,
    /// The timeline of these places.
    timeline: AtomicU32,
}

impl Horizons {
    /// Horizons of so many stripes, of which none is known. They are asked of `written` for as long as this lives.
    pub(super) fn start(stripes: usize, written: Batches<Written>) -> Self {
        let (changes, asked) = mpsc::unbounded_channel();
        let places = Places {
            stripes: (0..stripes).map(|_| AtomicU64::new(UNKNOWN)).collect(),
            timeline: AtomicU32::default(),
        };
        let places = Arc::new(places);
        tokio::spawn(learn(Arc::clone(&places), written, asked));
        Self { places, marks: AtomicU64::new(1), changes }
    }

    /// What a read of this stripe must show.
    pub(super) fn of(&self, stripe: usize) -> Since {
        let lsn = self.places.stripes[stripe].load(Ordering::Acquire);
        if lsn & UNKNOWN != 0 {
            return Since::now();
        }
        // Read after the place, and written before it.
        Since::position(Position { timeline: self.places.timeline.load(Ordering::Acquire), lsn })
    }

    /// The stripe has changed: from now on nothing is known of it. To be said before its version rises.
    pub(super) fn blur(&self, stripe: usize) {
        let mark = self.mark();
        self.places.stripes[stripe].store(mark, Ordering::Release);
        self.ask(Change { stripe: Some(stripe), mark });
    }

    /// The same of all stripes.
    pub(super) fn blur_all(&self) {
        let mark = self.mark();
        for place in &self.places.stripes {
            place.store(mark, Ordering::Release);
        }
        self.ask(Change { stripe: None, mark });
    }

    fn mark(&self) -> u64 {
        UNKNOWN | self.marks.fetch_add(1, Ordering::Relaxed)
    }

    fn ask(&self, change: Change) {
        // It fails only when the task is gone, with the runtime.
        let _ = self.changes.send(change);
    }
}

/// Asks about changes for as long as there can be any.
async fn learn(places: Arc<Places>, written: Batches<Written>, mut changes: mpsc::UnboundedReceiver<Change>) {
    let mut asked = Vec::new();
    while changes.recv_many(&mut asked, CHANGES).await > 0 {
        let position = loop {
            match written.ask(()).await {
                Ok(position) => break position,
                Err(_) if changes.is_closed() => return,
                Err(_) => sleep(RETRY).await,
            }
        };
        places.follow(position);
        for Change { stripe, mark } in asked.drain(..) {
            match stripe {
                Some(stripe) => settle(&places.stripes[stripe], mark, position.lsn),
                None => places.stripes.iter().for_each(|place| settle(place, mark, position.lsn)),
            }
        }
    }
}

impl Places {
    /// After a promotion, places of the old timeline say nothing: all that the new one has had until now is asked for.
    fn follow(&self, now: Position) {
        if self.timeline.swap(now.timeline, Ordering::AcqRel) == now.timeline {
            return;
        }
        for place in &self.stripes {
            let known = place.load(Ordering::Relaxed);
            if known & UNKNOWN == 0 {
                settle(place, known, now.lsn);
            }
        }
    }
}

/// Sets the horizon, unless something has changed there since `mark`: that is another question.
fn settle(place: &AtomicU64, mark: u64, lsn: u64) {
    // Another mark is what it may well fail for.
    let _ = place.compare_exchange(mark, lsn, Ordering::Release, Ordering::Relaxed);
}
