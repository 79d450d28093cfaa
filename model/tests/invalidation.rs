//! The cache's invalidation in all interleavings of its threads, and with all values that the memory model lets them read.
//!
//! The database is an atomic that is read and written without any ordering: only the versions order what threads see.

#[path = "../../src/cache/stripes.rs"]
mod stripes;

use std::sync::Mutex;

use loom::sync::Arc;
use loom::sync::atomic::{AtomicU64, Ordering};
use loom::thread;

use stripes::Stripes;

/// A replica, and the database.
struct Shop {
    stripes: Stripes,
    /// A bit for each writer: whether its change is committed.
    database: AtomicU64,
    /// Responses, by the version under which they are cached. Of the standard library, since its order is not in question.
    cached: Mutex<Vec<(u64, u64)>>,
}

/// How a writer invalidates.
type Invalidate = fn(&Stripes);

impl Shop {
    fn new() -> Arc<Self> {
        let (stripes, database, cached) = (Stripes::new(2), AtomicU64::new(0), Mutex::default());
        Arc::new(Self { stripes, database, cached })
    }

    /// Commits the change of a writer.
    fn commit(&self, change: u64) {
        self.database.fetch_or(change, Ordering::Relaxed);
    }

    /// What a read of the database returns.
    fn load(&self) -> u64 {
        self.database.load(Ordering::Relaxed)
    }

    /// A request for what stripe 0 shows: a hit, or else a load, whose result is cached.
    fn get(&self) -> u64 {
        let version = self.stripes.version(0);
        let hit = self.cached.lock().unwrap().iter().find(|entry| entry.0 == version).map(|entry| entry.1);
        hit.unwrap_or_else(|| {
            let loaded = self.load();
            self.cached.lock().unwrap().push((version, loaded));
            loaded
        })
    }
}

/// A reader beside two writers. A request that begins after the first one's invalidation must show its change.
fn check_changes(first: Invalidate, second: Invalidate) {
    loom::model(move || {
        let shop = Shop::new();
        let reader = Arc::clone(&shop);
        let reader = thread::spawn(move || reader.get());
        let other = Arc::clone(&shop);
        let writer = thread::spawn(move || {
            other.commit(2);
            second(&other.stripes);
        });
        shop.commit(1);
        first(&shop.stripes);
        assert_eq!(shop.get() & 1, 1, "a response from before the change");
        reader.join().unwrap();
        writer.join().unwrap();
    });
}

#[test]
fn a_request_after_an_invalidation_is_not_answered_with_what_was_loaded_before_the_change() {
    check_changes(|stripes| stripes.invalidate(0), |stripes| stripes.invalidate(0));
}

#[test]
fn an_invalidation_of_everything_is_as_good() {
    check_changes(Stripes::invalidate_all, |stripes| stripes.invalidate(0));
}

#[test]
fn a_checkpoint_that_covers_a_version_contains_the_change_of_the_version() {
    loom::model(|| {
        let shop = Shop::new();
        let writers = [0, 1].map(|stripe| {
            let shop = Arc::clone(&shop);
            thread::spawn(move || {
                shop.commit(1 << stripe);
                shop.stripes.invalidate(stripe);
            })
        });
        // As `take_checkpoints` does it: first the number, then the position.
        let covered = shop.stripes.last();
        let position = shop.load();
        for writer in writers {
            writer.join().unwrap();
        }
        for stripe in [0, 1] {
            let is_contained = position & 1 << stripe != 0;
            assert!(
                shop.stripes.version(stripe) > covered || is_contained,
                "{covered} does not contain {stripe}"
            );
        }
    });
}
