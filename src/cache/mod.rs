//! Answers that are ready to send, kept in memory, and true.
//!
//! An entry is found by what it shows ([`Key`]), in which encoding, and by the version its subject had when it was
//! asked for. Dropping what is stale is raising that version: an old entry is then out of reach, and so is one that is
//! still being read while the version rises, which would else come back over the newer state. Whoever asks after the
//! rise starts a read of their own.
//!
//! A standby may not have the change yet that raised the version. So each read is told what its answer must show at
//! least ([`Since`]): it is given to a standby only if that has come so far.
//!
//! Reads of one key that come together become one read; what is not there is remembered too, for a short while, and
//! errors never are.
//!
//! While nobody notifies of changes and the database answers, the cache is bypassed ([`ListenerState`]): each answer is read
//! from the primary, still once for all who ask meanwhile, and what is cached is kept for a database that is down.

use std::sync::Arc;
use std::time::{Duration, Instant};

use foldhash::quality::RandomState;
use moka::Expiry;

use crate::database::batches::{Batches, JobError};
use crate::database::position::{Since, Written};
use crate::telemetry::metrics::Metrics;

mod body;
mod encoding;
mod horizons;
pub mod invalidation;
mod listener_state;
mod metrics;
mod versions;

pub use body::Body;
pub use encoding::Encoding;
use listener_state::ListenerState;
use metrics::CacheMetrics;
pub use metrics::Reason;
use versions::Versions;

/// What a change makes stale as a whole: one thing of a kind, or the lists of that kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Subject {
    /// The kind: `products`.
    pub topic: &'static str,
    /// Which one of the kind; [`Subject::LISTS`] for what shows many of them.
    pub id: i64,
}

impl Subject {
    /// The id of what shows many things at one time: no thing has it.
    pub const LISTS: i64 = 0;
}

/// What an answer shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// What it is about.
    pub subject: Subject,
    /// What of it is shown: `styles`.
    pub view: &'static str,
    /// For lists: where the page begins; 0 else.
    pub offset: u64,
    /// For lists: how many there are on a page at most; 0 else.
    pub count: u64,
}

/// Where an entry is kept.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Slot {
    key: Key,
    encoding: Encoding,
    version: u64,
}

/// Marks the version of an answer that is read past the cache: only those find it who ask while it is read.
const UNDER_WAY: u64 = 1 << 63;

impl Slot {
    /// Where the same answer is kept as it is.
    fn plain(self) -> Self {
        Self { encoding: Encoding::Identity, ..self }
    }
}

/// An answer, or that there is none.
type Entry = Option<Body>;

/// The answers of a process. Clones share them.
#[derive(Clone)]
pub struct Cache {
    entries: moka::future::Cache<Slot, Entry, RandomState>,
    versions: Arc<Versions>,
    listener: Arc<ListenerState>,
    metrics: CacheMetrics,
}

impl Cache {
    /// A cache of `capacity` bytes, for answers that live `lifetime` at most, and for `missing_lifetime` where there
    /// is none. Where they are read from standbys too, `written` says how far these must have come. It reports to
    /// `metrics`.
    #[must_use]
    pub fn new(
        capacity: u64,
        lifetime: Duration,
        missing_lifetime: Duration,
        written: Option<Batches<Written>>,
        metrics: &Metrics,
    ) -> Self {
        let entries = moka::future::Cache::builder()
            .max_capacity(capacity)
            .weigher(|_, entry: &Entry| ENTRY_BYTES + entry.as_ref().map_or(0, Body::size))
            .expire_after(Lifetimes { lifetime, missing_lifetime })
            // Drawn anew by each process, as the standard library's, and a third of its cost.
            .build_with_hasher(RandomState::default());
        let cache = Self {
            entries,
            versions: Arc::new(Versions::new(written)),
            listener: Arc::default(),
            metrics: CacheMetrics::new(metrics),
        };
        cache.show_size(metrics);
        cache
    }

    /// The answer of this key in this encoding, from memory or else from `read`, which is awaited once for all who
    /// ask for the key meanwhile, and is told what the answer must show. None where there is nothing to show.
    pub async fn get(
        &self,
        key: Key,
        encoding: Encoding,
        read: impl AsyncFnOnce(Since) -> Result<Option<Body>, JobError>,
    ) -> Result<Entry, Arc<JobError>> {
        // Before the version, so that this is one that has risen while the cache was bypassed.
        let is_bypassed = self.listener.is_bypassed();
        let slot = self.slot(key, encoding);
        if !is_bypassed && let Some(entry) = self.entries.get(&slot).await {
            self.metrics.hits.inc();
            return Ok(entry);
        }
        self.metrics.misses.inc();
        // On the heap, so that the futures of those who find their answer stay small: they are made for each request.
        if is_bypassed {
            Box::pin(self.bypass(slot, read)).await
        } else {
            Box::pin(self.read(slot, self.versions.since(key.subject), read)).await
        }
    }

    /// The answer of this key in this encoding, if it is in memory.
    pub async fn peek(&self, key: Key, encoding: Encoding) -> Entry {
        if self.listener.is_bypassed() {
            return None;
        }
        let body = self.entries.get(&self.slot(key, encoding)).await.flatten()?;
        self.metrics.hits.inc();
        Some(body)
    }

    fn slot(&self, key: Key, encoding: Encoding) -> Slot {
        Slot { key, encoding, version: self.versions.of(key.subject) }
    }

    /// The answer of this slot, from `read`, once for all who ask for it meanwhile.
    async fn read(
        &self,
        slot: Slot,
        since: Since,
        read: impl AsyncFnOnce(Since) -> Result<Option<Body>, JobError>,
    ) -> Result<Entry, Arc<JobError>> {
        let encoding = slot.encoding;
        let reading = async {
            let body = read(since.clone()).await?;
            if since.is_missed() {
                self.versions.pass_over(slot.key.subject);
            }
            Ok(body)
        };
        if encoding == Encoding::Identity {
            return self.entries.try_get_with(slot, reading).await;
        }
        let encoding = async {
            match self.entries.try_get_with(slot.plain(), reading).await? {
                Some(body) => Ok::<Entry, Arc<JobError>>(Some(body.encoded(encoding).await)),
                None => Ok(None),
            }
        };
        self.entries.try_get_with(slot, encoding).await.map_err(|err| Arc::<JobError>::clone(&err))
    }

    /// The answer of this slot from `read`, whatever is cached. It is cached in its turn, for when notifications arrive
    /// again; until then only a database that does not answer brings it back.
    async fn bypass(
        &self,
        slot: Slot,
        read: impl AsyncFnOnce(Since) -> Result<Option<Body>, JobError>,
    ) -> Result<Entry, Arc<JobError>> {
        let under_way = Slot { version: slot.version | UNDER_WAY, ..slot };
        match self.read(under_way, Since::now(), read).await {
            Ok(entry) => {
                self.entries.insert(slot, entry.clone()).await;
                Ok(entry)
            }
            Err(err) if matches!(*err, JobError::Unavailable | JobError::TimedOut) => {
                self.entries.get(&slot).await.ok_or(err)
            }
            Err(err) => Err(err),
        }
    }

    /// Forgets all that shows this subject.
    pub fn forget(&self, subject: Subject) {
        self.versions.raise(subject);
        self.metrics.forgotten.inc();
    }

    /// Forgets everything.
    pub fn forget_all(&self, reason: Reason) {
        self.versions.raise_all();
        self.metrics.forgotten_all(reason);
        // Out of reach already; this gives the memory back.
        self.entries.invalidate_all();
    }
}

/// What an entry takes beside the bytes of its body: moka's bookkeeping (321 to 353 bytes were measured).
const ENTRY_BYTES: u32 = 350;

struct Lifetimes {
    lifetime: Duration,
    missing_lifetime: Duration,
}

impl Expiry<Slot, Entry> for Lifetimes {
    fn expire_after_create(&self, slot: &Slot, entry: &Entry, _: Instant) -> Option<Duration> {
        Some(match entry {
            // Those who waited have it. Whoever asks from now on starts a read of their own.
            _ if slot.version & UNDER_WAY != 0 => Duration::ZERO,
            Some(_) => self.lifetime,
            None => self.missing_lifetime,
        })
    }

    fn expire_after_update(
        &self,
        slot: &Slot,
        entry: &Entry,
        now: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        self.expire_after_create(slot, entry, now)
    }
}
