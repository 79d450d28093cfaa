//! The version of each subject, and the WAL position that a read for it requires.
//!
//! Invalidations are numbered. The version of a subject is the number of its last invalidation. A checkpoint records that
//! all invalidations up to a number are contained in the WAL up to a position; a read for a version requires the position
//! of the first checkpoint that covers it (`database::standbys` has the whole picture).

use std::collections::VecDeque;
use std::hash::BuildHasher as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use foldhash::quality::RandomState;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::key::Subject;
use super::stripes::Stripes;
use crate::database::batcher::Batcher;
use crate::database::position::{Minimum, WalPosition};
use crate::database::wal::CurrentPosition;
use crate::telemetry::tasks::Supervisor;

/// Subjects share this many versions, by their hash: an invalidation invalidates a few others too, which costs little, and
/// nothing has to be stored per subject.
const STRIPES: usize = 1 << 16;
/// Checkpoints are taken at most this often, and so many are kept: ten seconds of them. Older invalidations are covered by
/// the oldest checkpoint, which a standby with less lag than that has replayed.
const CHECKPOINT_INTERVAL: Duration = Duration::from_millis(10);
const MAX_CHECKPOINTS: usize = 1_000;
/// Backoff where the primary does not answer.
const BACKOFF: Duration = Duration::from_millis(50);

pub(super) struct Versions {
    stripes: Stripes,
    hasher: RandomState,
    checkpoints: Mutex<VecDeque<Checkpoint>>,
    invalidated: Notify,
}

/// All invalidations up to `version` are contained in the WAL up to `position`.
#[derive(Clone, Copy)]
struct Checkpoint {
    version: u64,
    position: WalPosition,
}

impl Versions {
    pub(super) fn new() -> Self {
        Self {
            stripes: Stripes::new(STRIPES),
            hasher: RandomState::default(),
            checkpoints: Mutex::default(),
            invalidated: Notify::new(),
        }
    }

    /// The version under which a response is looked up and cached. Taken before it is loaded.
    pub(super) fn of(&self, subject: Subject) -> u64 {
        self.stripes.version(self.stripe(subject))
    }

    /// What a load for this version must include.
    pub(super) fn minimum(&self, version: u64) -> Minimum {
        let checkpoints = self.checkpoints.lock().expect(UNPOISONED);
        let first = checkpoints.partition_point(|checkpoint| checkpoint.version < version);
        checkpoints.get(first).map_or(Minimum::Latest, |checkpoint| Minimum::Position(checkpoint.position))
    }

    /// Gives the subject a new version.
    pub(super) fn invalidate(&self, subject: Subject) {
        self.stripes.invalidate(self.stripe(subject));
        self.invalidated.notify_one();
    }

    /// Gives every subject a new version.
    pub(super) fn invalidate_all(&self) {
        self.stripes.invalidate_all();
        self.invalidated.notify_one();
    }

    fn stripe(&self, subject: Subject) -> usize {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the low bits of a hash are as good as all of them"
        )]
        let hash = self.hasher.hash_one(subject) as usize;
        hash % STRIPES
    }

    async fn take_checkpoints(&self, current: &Batcher<CurrentPosition>) {
        loop {
            // Read before the position: all of these changes are committed.
            let version = self.stripes.last();
            match current.submit(()).await {
                Ok(position) => {
                    self.checkpoint(Checkpoint { version, position });
                    sleep(CHECKPOINT_INTERVAL).await;
                    self.invalidated.notified().await;
                }
                Err(_) => sleep(BACKOFF).await,
            }
        }
    }

    fn checkpoint(&self, checkpoint: Checkpoint) {
        let mut checkpoints = self.checkpoints.lock().expect(UNPOISONED);
        // Positions of another timeline say nothing of this one.
        checkpoints.retain(|other| other.position.timeline == checkpoint.position.timeline);
        if checkpoints.len() == MAX_CHECKPOINTS {
            checkpoints.pop_front();
        }
        checkpoints.push_back(checkpoint);
    }
}

/// Takes a checkpoint after invalidations, for as long as the set is not dropped. Until the first one, reads require the
/// latest state.
pub(super) fn take_checkpoints(
    versions: Arc<Versions>,
    current: Batcher<CurrentPosition>,
    supervisor: &Supervisor,
) -> JoinSet<()> {
    let mut task = JoinSet::new();
    let supervisor = supervisor.clone();
    task.spawn(
        async move { supervisor.supervise("checkpoints", || versions.take_checkpoints(&current)).await },
    );
    task
}

const UNPOISONED: &str = "nothing that holds the lock can panic";
