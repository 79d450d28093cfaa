//! The cache.
//!
//! An entry is identified by what it shows ([`Key`]), its encoding, and the version that its subject had when it was
//! requested. Invalidation gives the subject a new version: entries of the old one are no longer found, and neither is one
//! that is still being loaded at that moment. A request after the invalidation starts a load of its own.
//!
//! Concurrent requests for one key share one load (request coalescing). That a resource does not exist is cached too, for
//! a short while; errors and stale results are not.
//!
//! While no notifications arrive and the database answers, the cache is bypassed ([`ListenerState`]): each response is
//! loaded from the primary, still once for concurrent requests, and what is cached is kept for a database that is down.

use std::sync::Arc;
use std::time::{Duration, Instant};

use foldhash::quality::RandomState;
use moka::Expiry;
use tokio::task::JoinSet;

use super::body::Body;
use super::encoding::Encoding;
use super::key::{Key, Subject};
use super::listener_state::ListenerState;
use super::metrics::{self, CacheMetrics, FlushReason};
use super::versions::{self, Versions};
use crate::database::batcher::Batcher;
use crate::database::error::JobError;
use crate::database::position::{Minimum, Read};
use crate::database::wal::CurrentPosition;
use crate::telemetry::metrics::Metrics;

/// Where an entry is stored.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Slot {
    key: Key,
    encoding: Encoding,
    version: u64,
}

/// Marks the version of a load that bypasses the cache: only requests that come while it runs share it.
const BYPASS: u64 = 1 << 63;

/// A response, or that there is none.
type Entry = Read<Option<Body>>;

/// What a cache is like.
#[derive(Clone, Copy, Debug)]
pub struct CacheOptions {
    /// The memory that entries may take, in bytes.
    pub capacity_bytes: u64,
    /// How long a response is cached at most.
    pub ttl: Duration,
    /// How long it is cached that a resource does not exist.
    pub missing_ttl: Duration,
}

/// The cached responses of a process. Clones share them.
#[derive(Clone)]
pub struct Cache {
    entries: moka::future::Cache<Slot, Entry, RandomState>,
    versions: Arc<Versions>,
    listener: Arc<ListenerState>,
    metrics: CacheMetrics,
    /// Takes checkpoints where reads go to standbys. It ends with the last clone.
    _checkpoints: Option<Arc<JoinSet<()>>>,
}

impl Cache {
    /// A cache. Where its responses are loaded from standbys too, `current` queries the primary's WAL position.
    #[must_use]
    pub fn new(options: CacheOptions, current: Option<Batcher<CurrentPosition>>, metrics: &Metrics) -> Self {
        let entries = moka::future::Cache::builder()
            .max_capacity(options.capacity_bytes)
            .weigher(|_, entry: &Entry| ENTRY_BYTES + entry.value.as_ref().map_or(0, Body::size))
            .expire_after(Ttl(options))
            // Seeded by each process, as the standard library's hasher is, at a third of its cost.
            .build_with_hasher(RandomState::default());
        let size = entries.clone();
        metrics::register_size(metrics, options.capacity_bytes, move || {
            (size.entry_count(), size.weighted_size())
        });
        let versions = Arc::new(Versions::new());
        let checkpoints = current
            .map(|current| versions::take_checkpoints(Arc::clone(&versions), current, metrics.supervisor()));
        Self {
            entries,
            versions,
            listener: Arc::default(),
            metrics: CacheMetrics::new(metrics),
            _checkpoints: checkpoints.map(Arc::new),
        }
    }

    /// The response for `key` in `encoding`, cached, or else from `load`, which runs once for concurrent requests and is
    /// given what its result must include. None where there is nothing to show.
    pub fn get_or_load<F>(
        &self,
        key: Key,
        encoding: Encoding,
        load: impl FnOnce(Minimum) -> F + Send,
    ) -> impl Future<Output = Result<Option<Body>, Arc<JobError>>> + Send
    where
        F: Future<Output = Result<Entry, JobError>> + Send,
    {
        // Before the version: if the bypass has ended, so has every invalidation before that end.
        let is_bypassed = self.listener.is_bypassed();
        let slot = Slot { key, encoding, version: self.versions.of(key.subject) };
        async move {
            if !is_bypassed && let Some(entry) = self.entries.get(&slot).await {
                self.metrics.hits.inc();
                return Ok(entry.value);
            }
            self.metrics.misses.inc();
            // On the heap, so that the futures of hits stay small: they are made for each request.
            let entry = if is_bypassed {
                Box::pin(self.bypass(slot, load)).await?
            } else {
                Box::pin(self.load(slot, load(self.versions.minimum(slot.version)))).await?
            };
            if entry.value.as_ref().is_some_and(Body::is_large) {
                // By itself the cache evicts after some dozens of insertions, which could be as many times ten megabytes.
                self.entries.run_pending_tasks().await;
            }
            Ok(entry.value)
        }
    }

    /// Loads the entry of this slot, once for concurrent requests.
    async fn load<F>(&self, slot: Slot, loading: F) -> Result<Entry, Arc<JobError>>
    where
        F: Future<Output = Result<Entry, JobError>> + Send,
    {
        if slot.encoding == Encoding::Identity {
            return self.entries.try_get_with(slot, loading).await;
        }
        let encoding = async {
            let plain = Slot { encoding: Encoding::Identity, ..slot };
            let Read { value, is_stale } = self.entries.try_get_with(plain, loading).await?;
            let value = match value {
                Some(body) => Some(body.encoded(slot.encoding).await),
                None => None,
            };
            Ok::<_, Arc<JobError>>(Read { value, is_stale })
        };
        self.entries.try_get_with(slot, encoding).await.map_err(|err| Arc::<JobError>::clone(&err))
    }

    /// Loads the entry of this slot, whatever is cached. The result is cached for when notifications arrive again, or for a
    /// database that does not answer.
    async fn bypass<F>(
        &self,
        slot: Slot,
        load: impl FnOnce(Minimum) -> F + Send,
    ) -> Result<Entry, Arc<JobError>>
    where
        F: Future<Output = Result<Entry, JobError>> + Send,
    {
        let bypassing = Slot { version: slot.version | BYPASS, ..slot };
        match self.load(bypassing, load(Minimum::Latest)).await {
            Ok(entry) => {
                if !entry.is_stale {
                    self.entries.insert(slot, entry.clone()).await;
                }
                Ok(entry)
            }
            Err(err) if matches!(*err, JobError::Unavailable | JobError::TimedOut) => {
                self.entries.get(&slot).await.ok_or(err)
            }
            Err(err) => Err(err),
        }
    }

    /// Invalidates every response that shows this subject.
    pub fn invalidate(&self, subject: Subject) {
        self.versions.invalidate(subject);
        self.metrics.invalidations.inc();
    }

    /// Invalidates every response.
    pub(super) fn invalidate_all(&self, reason: FlushReason) {
        self.versions.invalidate_all();
        self.metrics.flushed(reason);
        // They are no longer found; this frees the memory.
        self.entries.invalidate_all();
    }

    /// The state of the listener that invalidates this cache.
    pub(super) fn listener(&self) -> &Arc<ListenerState> {
        &self.listener
    }
}

/// What an entry takes beside the bytes of its body: moka's bookkeeping (321 to 353 bytes were measured).
const ENTRY_BYTES: u32 = 350;

/// How long a large response is cached at most: those that are requested again and again are, and the others soon make room.
const LARGE_TTL: Duration = Duration::from_secs(10);

struct Ttl(CacheOptions);

impl Expiry<Slot, Entry> for Ttl {
    fn expire_after_create(&self, slot: &Slot, entry: &Entry, _: Instant) -> Option<Duration> {
        Some(match &entry.value {
            // Everyone who waited for it has it. The next request starts a load of its own.
            _ if entry.is_stale || slot.version & BYPASS != 0 => Duration::ZERO,
            Some(body) if body.is_large() => self.0.ttl.min(LARGE_TTL),
            Some(_) => self.0.ttl,
            None => self.0.missing_ttl,
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
