//! A pool of connections, each held by a worker task. A failed connection is replaced; one that exceeded its timeout is
//! closed.
//!
//! Work waits in one queue for any free worker. It is still accepted for a while after the last connection is lost, since
//! a database that only restarts is back in time for most of it. After that it fails at once.

use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex as BlockingMutex, MutexGuard};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use prometheus::IntGauge;
use sqlx::{Connection as _, PgConnection};
use tokio::sync::{Mutex, mpsc};
use tokio::time::{sleep, timeout};

use super::connect::Database;
use super::metrics::DatabaseMetrics;
use super::position::WalPosition;
use super::timeouts::Timeouts;

/// Backoff between attempts to connect: doubled from the first to the last.
const BACKOFF: RangeInclusive<Duration> = Duration::from_millis(50)..=Duration::from_millis(400);
/// How long a connection may be idle before it is checked.
const MAX_IDLE: Duration = Duration::from_secs(10);
/// How long a connection may be idle before it is checked for a write.
const MAX_UNCHECKED: Duration = Duration::from_millis(5);
/// How long work is accepted after the last connection is lost, in database timeouts. A proxy that tries two more replicas
/// after the first thereby waits for the database three times.
const RECONNECT_TIMEOUTS: u32 = 3;

/// Something that waits for a connection.
pub(super) trait Work: Send + Sync {
    /// Whether it can't be repeated if the connection turns out to be lost.
    fn is_write(&self) -> bool;

    /// Waits for another connection.
    fn resubmit(self: Arc<Self>);

    /// Runs on a connection, and returns whether the connection can be kept. What remains to be done submits itself again.
    fn run(self: Arc<Self>, session: &mut Session) -> BoxFuture<'_, Connection>;

    /// Fails everything that waits: there is no connection.
    fn fail(&self);
}

/// Submits work to a pool, for as long as there is the pool.
pub(super) struct Submitter(mpsc::WeakUnboundedSender<Arc<dyn Work>>);

impl Submitter {
    /// Queues `work` for the next free connection.
    pub(super) fn submit(&self, work: Arc<dyn Work>) {
        if let Some(queue) = self.0.upgrade() {
            // It fails only when the workers are gone, with the runtime.
            let _ = queue.send(work);
        }
    }
}

/// A connection, and what is known of its server.
pub(super) struct Session {
    pub(super) connection: PgConnection,
    /// For a standby: the position it had replayed when last queried. It never goes back while the connection lasts.
    pub(super) replayed: WalPosition,
    /// When it was last used.
    used_at: Instant,
}

/// What to do with a connection after some work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Connection {
    /// It works.
    Keep,
    /// It is lost, or a query may still run on it.
    Close,
}

/// What a pool is like.
#[derive(Clone, Copy, Debug)]
pub struct PoolOptions {
    /// The number of connections.
    pub connections: usize,
    /// How many jobs of each query may wait for a connection.
    pub queue_capacity: usize,
}

/// A pool of connections. Clones share them; they close with the last clone.
#[derive(Clone)]
pub struct Pool {
    queue: mpsc::UnboundedSender<Arc<dyn Work>>,
    state: Arc<PoolState>,
    options: PoolOptions,
    timeouts: Timeouts,
    metrics: DatabaseMetrics,
}

impl Pool {
    /// Starts the workers, which connect to `database`. `name` is the label `pool` of the metrics.
    #[must_use]
    pub fn start(database: &Database, options: PoolOptions, name: &str, metrics: &DatabaseMetrics) -> Self {
        let (queue, work) = mpsc::unbounded_channel();
        let work = Arc::new(Mutex::new(work));
        let state = Arc::new(PoolState::default());
        for _ in 0..options.connections {
            let worker = Arc::new(Worker {
                database: database.clone(),
                work: Arc::clone(&work),
                state: Arc::clone(&state),
                gauge: metrics.connections(name),
            });
            let supervisor = metrics.supervisor().clone();
            tokio::spawn(async move {
                supervisor.supervise("database_connection", || Arc::clone(&worker).run()).await;
            });
        }
        Self { queue, state, options, timeouts: database.timeouts(), metrics: metrics.clone() }
    }

    /// Whether there is a connection.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.state.connected.load(Ordering::Relaxed) > 0
    }

    /// Whether work is accepted: there is a connection, or was until recently.
    pub(super) fn accepts_work(&self) -> bool {
        self.state.accepts_work(self.timeouts.total)
    }

    pub(super) fn options(&self) -> PoolOptions {
        self.options
    }

    pub(super) fn metrics(&self) -> &DatabaseMetrics {
        &self.metrics
    }

    /// How long the parts of a job may take.
    pub(super) fn timeouts(&self) -> Timeouts {
        self.timeouts
    }

    /// Submits work. It waits in a queue of a few batches per query.
    pub(super) fn submitter(&self) -> Submitter {
        Submitter(self.queue.downgrade())
    }
}

/// How many connections there are, and since when there is none.
#[derive(Default)]
struct PoolState {
    connected: AtomicUsize,
    disconnected_at: BlockingMutex<Option<Instant>>,
}

impl PoolState {
    fn connected(&self) {
        self.connected.fetch_add(1, Ordering::Relaxed);
    }

    fn disconnected(&self) {
        // Stored first: no reader may see neither a connection nor when the last one was lost.
        *self.disconnected_at() = Some(Instant::now());
        self.connected.fetch_sub(1, Ordering::Relaxed);
    }

    fn accepts_work(&self, timeout: Duration) -> bool {
        self.connected.load(Ordering::Relaxed) > 0
            || self.disconnected_at().is_some_and(|at| at.elapsed() < timeout * RECONNECT_TIMEOUTS)
    }

    fn disconnected_at(&self) -> MutexGuard<'_, Option<Instant>> {
        self.disconnected_at.lock().expect("nothing that holds the lock can panic")
    }
}

/// A task that holds one connection.
struct Worker {
    database: Database,
    work: Arc<Mutex<mpsc::UnboundedReceiver<Arc<dyn Work>>>>,
    state: Arc<PoolState>,
    gauge: IntGauge,
}

/// Counts a connection for as long as it lives.
struct Connected<'a>(&'a Worker);

impl<'a> Connected<'a> {
    fn new(worker: &'a Worker) -> Self {
        worker.state.connected();
        worker.gauge.inc();
        Self(worker)
    }
}

impl Drop for Connected<'_> {
    fn drop(&mut self) {
        self.0.state.disconnected();
        self.0.gauge.dec();
    }
}

impl Worker {
    async fn run(self: Arc<Self>) {
        let mut backoff = *BACKOFF.start();
        loop {
            match self.database.connect().await {
                Ok(connection) => {
                    backoff = *BACKOFF.start();
                    let _connected = Connected::new(&self);
                    let session =
                        Session { connection, replayed: WalPosition::default(), used_at: Instant::now() };
                    if self.work(session).await.is_none() {
                        return;
                    }
                }
                Err(err) => {
                    tracing::debug!(error = %err, "no connection");
                    if !self.state.accepts_work(self.database.timeout()) && self.fail_queued().await.is_none()
                    {
                        return;
                    }
                    sleep(backoff).await;
                    backoff = (backoff * 2).min(*BACKOFF.end());
                }
            }
        }
    }

    /// Works until the connection is lost; None when the pool is dropped.
    async fn work(&self, mut session: Session) -> Option<()> {
        loop {
            let next = async { self.work.lock().await.recv().await };
            let connection = match timeout(MAX_IDLE, next).await {
                Ok(work) => self.run_work(&mut session, work?).await,
                Err(_) => self.check(&mut session).await,
            };
            session.used_at = Instant::now();
            if connection == Connection::Close {
                return Some(());
            }
        }
    }

    /// Runs work. The server may have closed an idle connection: then a write has not been begun.
    async fn run_work(&self, session: &mut Session, work: Arc<dyn Work>) -> Connection {
        let is_unsure = work.is_write() && session.used_at.elapsed() > MAX_UNCHECKED;
        if is_unsure && self.check(session).await == Connection::Close {
            work.resubmit();
            return Connection::Close;
        }
        work.run(session).await
    }

    /// Checks an idle connection: one that a firewall or a failed machine has cut is not noticed otherwise.
    async fn check(&self, session: &mut Session) -> Connection {
        match timeout(self.database.timeout(), session.connection.ping()).await {
            Ok(Ok(())) => Connection::Keep,
            _ => Connection::Close,
        }
    }

    /// Fails everything in the queue, unless another worker is connected; None when the pool is dropped.
    async fn fail_queued(&self) -> Option<()> {
        let mut queue = self.work.lock().await;
        while !self.state.accepts_work(self.database.timeout()) {
            match queue.try_recv() {
                Ok(work) => work.fail(),
                Err(mpsc::error::TryRecvError::Empty) => break,
                Err(mpsc::error::TryRecvError::Disconnected) => return None,
            }
        }
        Some(())
    }
}
