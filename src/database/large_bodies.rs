//! The memory of large bodies: those that are cached, and those that are sent, perhaps slowly, to clients.
//!
//! Small bodies are bounded by the size of the cache, and by the number of connections. Large ones need a limit of their
//! own: a few hundred clients that each ask for another page of ten megabytes would take all memory.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};
use tokio::time::timeout;

/// Bodies from this size on are large, in bytes.
pub const LARGE_BYTES: usize = 128 * 1024;
/// The largest body, in bytes: a page of a thousand reviews of 11 KB has 11 MB.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;
/// What all large bodies may take at one time, in bytes.
const BUDGET_BYTES: usize = 48 * 1024 * 1024;

/// Of the process, as memory is.
static TAKEN_BYTES: AtomicUsize = AtomicUsize::new(0);

/// One large body is read at a time: until then its size is not known.
static TURN: Mutex<()> = Mutex::const_new(());

/// Waits for the turn to read a large body. None if there is no room for it, or not in time.
pub(super) async fn turn(wait: Duration) -> Option<MutexGuard<'static, ()>> {
    let turn = timeout(wait, TURN.lock()).await.ok()?;
    (TAKEN_BYTES.load(Ordering::Relaxed) + MAX_BYTES <= BUDGET_BYTES).then_some(turn)
}

/// Counts a large body for as long as it lives.
#[derive(Debug)]
pub struct LargeBody {
    bytes: usize,
}

impl LargeBody {
    /// Counts a body of this size, in bytes. None if it is not large.
    #[must_use]
    pub fn new(bytes: usize) -> Option<Self> {
        (bytes >= LARGE_BYTES).then(|| {
            TAKEN_BYTES.fetch_add(bytes, Ordering::Relaxed);
            Self { bytes }
        })
    }
}

impl Drop for LargeBody {
    fn drop(&mut self) {
        TAKEN_BYTES.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
