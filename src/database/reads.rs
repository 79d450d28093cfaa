//! Reads, and which server they are sent to: a standby that has replayed what the read requires, or else the primary.
//! [`standbys`](super::standbys) explains how. Without standbys this is the primary's batcher and nothing more.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::task::JoinSet;

use super::batch::Batch;
use super::batcher::Batcher;
use super::bodies::{BodyQuery, Bounded as _, Large, Long, SHORT_RESULTS, Short};
use super::connect::Database;
use super::error::JobError;
use super::large_bodies;
use super::metrics::DatabaseMetrics;
use super::pool::{Pool, PoolOptions};
use super::position::{Minimum, Read};
use super::standbys::metrics::StandbysMetrics;
use super::standbys::monitor::monitor;
use super::standbys::standby::Standby;
use super::wal::CurrentPosition;
use crate::telemetry::metrics::Metrics;

/// The servers that take reads: the primary and its standbys. Clones share them.
#[derive(Clone)]
pub struct ReadPool {
    primary: Pool,
    standbys: Arc<[Arc<Standby>]>,
    next: Arc<AtomicUsize>,
    /// The monitors, which end with the last clone.
    _monitors: Arc<JoinSet<()>>,
}

impl ReadPool {
    /// Connects to the standbys, with as many connections to each as `options` has, and monitors them.
    #[must_use]
    pub fn start(
        primary: Pool,
        standbys: &[Database],
        options: PoolOptions,
        metrics: &Metrics,
        pools: &DatabaseMetrics,
    ) -> Self {
        let standbys: Arc<[_]> = if standbys.is_empty() {
            Arc::default()
        } else {
            let metrics = StandbysMetrics::new(metrics);
            standbys.iter().map(|it| Arc::new(Standby::start(it, options, &metrics, pools))).collect()
        };
        let mut monitors = JoinSet::new();
        for standby in &*standbys {
            let (standby, primary) = (Arc::clone(standby), primary.clone());
            let supervisor = metrics.supervisor().clone();
            monitors.spawn(async move {
                supervisor.supervise("standby_monitor", || monitor(&standby, &primary)).await;
            });
        }
        Self { primary, standbys, next: Arc::default(), _monitors: Arc::new(monitors) }
    }

    /// The connections to the primary.
    #[must_use]
    pub fn primary(&self) -> &Pool {
        &self.primary
    }

    /// Queries the primary's WAL position, which reads from standbys depend on; None where there are no standbys.
    #[must_use]
    pub fn current_position(&self) -> Option<Batcher<CurrentPosition>> {
        (!self.standbys.is_empty()).then(|| Batcher::new(&self.primary))
    }

    /// Whether there is a connection to any standby.
    #[must_use]
    pub fn is_connected_to_standby(&self) -> bool {
        self.standbys.iter().any(|standby| standby.pool().is_connected())
    }
}

/// Runs the reads of one query.
pub struct Reads<Q: BodyQuery> {
    short: Servers<Short<Q>>,
    long: Servers<Long<Q>>,
    large: Servers<Large<Q>>,
}

impl<Q: BodyQuery> Reads<Q> {
    /// Reads from the servers of `pool`.
    #[must_use]
    pub fn new(pool: &ReadPool) -> Self {
        Self { short: Servers::new(pool), long: Servers::new(pool), large: Servers::new(pool) }
    }

    /// Runs `job` on a server that has `minimum`. Where the primary is unavailable, a standby answers as well as it can,
    /// and the result is marked as stale.
    ///
    /// A body that turns out to be large is read again, as one of few: so the others need not wait for it, and memory is
    /// bounded.
    pub async fn submit(&self, job: Q::Job, minimum: Minimum) -> Result<Read<Q::Output>, JobError> {
        let read = if Q::results(&job) <= SHORT_RESULTS {
            self.short.submit(job.clone(), minimum).await?
        } else {
            self.long.submit(job.clone(), minimum).await?
        };
        if !read.value.exceeds_limit() {
            return Ok(read);
        }
        let wait = self.large.pool.primary.timeouts().expected_wait;
        let _turn = large_bodies::turn(wait).await.ok_or(JobError::Overloaded)?;
        let read = self.large.submit(job, minimum).await?;
        if read.value.exceeds_limit() { Err(JobError::TooLarge) } else { Ok(read) }
    }
}

/// Runs the batches of one query on the servers.
struct Servers<B: Batch> {
    primary: Batcher<B>,
    standbys: Vec<Batcher<B>>,
    pool: ReadPool,
}

impl<B: Batch> Servers<B> {
    fn new(pool: &ReadPool) -> Self {
        let standbys = pool.standbys.iter().map(|standby| Batcher::new(standby.pool())).collect();
        Self { primary: Batcher::new(&pool.primary), standbys, pool: pool.clone() }
    }

    async fn submit(&self, job: B::Job, minimum: Minimum) -> Result<Read<B::Output>, JobError> {
        if self.standbys.is_empty() {
            return self.primary.submit(job).await.map(Read::fresh);
        }
        if let Minimum::Position(position) = minimum {
            for (standby, reads) in self.in_turn().filter(|(standby, _)| standby.is_in_rotation()) {
                let reading = reads.submit_to_standby(job.clone(), Some(position));
                if let Some(output) = standby.answer(reading).await {
                    return Ok(Read::fresh(output));
                }
            }
        }
        let result = self.primary.submit(job.clone()).await;
        let is_unavailable = match result {
            Err(JobError::Unavailable) => true,
            Err(JobError::TimedOut | JobError::Overloaded) => !self.pool.primary.is_connected(),
            _ => false,
        };
        if is_unavailable {
            for (standby, reads) in self.in_turn() {
                if let Some(value) = standby.answer(reads.submit_to_standby(job.clone(), None)).await {
                    return Ok(Read { value, is_stale: true });
                }
            }
        }
        result.map(Read::fresh)
    }

    /// All standbys with their batchers, starting with another one each time.
    fn in_turn(&self) -> impl Iterator<Item = (&Standby, &Batcher<B>)> {
        let count = self.standbys.len();
        let first = self.pool.next.fetch_add(1, Ordering::Relaxed);
        (0..count).map(move |step| {
            let index = (first + step) % count;
            (&*self.pool.standbys[index], &self.standbys[index])
        })
    }
}
