//! Connections that are held by a task each, and kept: made anew when they fail, never used again after a time limit.
//!
//! Work waits in one queue for whichever task is free. It does so for a while after the last connection is lost, since
//! a database that only restarts is back in time for most. After that it is refused at once.

use std::ops::RangeInclusive;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex as BlockingMutex};
use std::time::{Duration, Instant};

use prometheus::IntGauge;
use sqlx::PgConnection;
use tokio::sync::{Mutex, mpsc};

use super::Database;
use super::metrics::DatabaseMetrics;
use super::position::Position;

/// How long a task waits before it tries to connect again: doubled from the first to the last.
const RETRY: RangeInclusive<Duration> = Duration::from_millis(50)..=Duration::from_millis(400);
/// How long work is still taken after the last connection is lost: so many times what a piece of work may wait. A proxy
/// that asks two more replicas after the first has thereby waited for the database three times.
const PATIENCE: u32 = 3;

/// Something that waits for a connection.
pub(super) trait Work: Send + Sync {
    /// Does what waits, and says what that made of the connection.
    fn run<'a>(&'a self, session: &'a mut Session) -> Pin<Box<dyn Future<Output = Fate> + Send + 'a>>;

    /// Refuses all that waits: there is no connection.
    fn refuse(&self);
}

/// A connection, and what is known of the server at its other end.
pub(super) struct Session {
    pub(super) connection: PgConnection,
    /// For a standby: what it had replayed when it was asked last. It never has less while the connection holds.
    pub(super) replayed: Position,
}

/// What becomes of a connection after some work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is good for more.
    Keep,
    /// It is broken, or nobody knows what is still under way on it.
    Drop,
}

/// A few connections. Clones share them; they end with the last clone.
#[derive(Clone)]
pub struct Connections {
    queue: mpsc::UnboundedSender<Arc<dyn Work>>,
    tally: Arc<Tally>,
    count: usize,
    limit: Duration,
    metrics: DatabaseMetrics,
}

impl Connections {
    /// Starts `count` tasks that connect to `database`; `metrics` show them by what they are for.
    #[must_use]
    pub fn start(database: &Database, count: usize, purpose: &str, metrics: &DatabaseMetrics) -> Self {
        let (queue, work) = mpsc::unbounded_channel();
        let work = Arc::new(Mutex::new(work));
        let tally = Arc::new(Tally::default());
        for _ in 0..count {
            let holder = Holder {
                database: database.clone(),
                work: Arc::clone(&work),
                tally: Arc::clone(&tally),
                shown: metrics.connections(purpose),
            };
            tokio::spawn(holder.run());
        }
        Self { queue, tally, count, limit: database.limit(), metrics: metrics.clone() }
    }

    /// Whether there is one.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.tally.connected.load(Ordering::Relaxed) > 0
    }

    /// Whether work may wait for one: there is one, or was until lately.
    pub(super) fn is_worth_waiting(&self) -> bool {
        self.tally.is_worth_waiting(self.limit)
    }

    /// How many there are when all are there.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Where the work done here is reported.
    pub(super) fn metrics(&self) -> &DatabaseMetrics {
        &self.metrics
    }

    /// How long a piece of work may take.
    pub(super) fn limit(&self) -> Duration {
        self.limit
    }

    /// Has `work` done as soon as a connection is free. Its own queue is bounded, and so is this one, which has at most
    /// an entry for each that waits there.
    pub(super) fn submit(&self, work: Arc<dyn Work>) {
        // It fails only when the tasks are gone, with the runtime.
        let _ = self.queue.send(work);
    }
}

/// How many connections there are, and since when there is none.
#[derive(Default)]
struct Tally {
    connected: AtomicUsize,
    lost: BlockingMutex<Option<Instant>>,
}

impl Tally {
    fn gain(&self) {
        self.connected.fetch_add(1, Ordering::Relaxed);
    }

    fn lose(&self) {
        // Said first: between the two, nobody may see neither a connection nor when the last one was lost.
        *self.lost() = Some(Instant::now());
        self.connected.fetch_sub(1, Ordering::Relaxed);
    }

    fn is_worth_waiting(&self, limit: Duration) -> bool {
        self.connected.load(Ordering::Relaxed) > 0
            || self.lost().is_some_and(|lost| lost.elapsed() < limit * PATIENCE)
    }

    fn lost(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.lost.lock().expect("nothing that holds the lock can panic")
    }
}

/// One task with one connection.
struct Holder {
    database: Database,
    work: Arc<Mutex<mpsc::UnboundedReceiver<Arc<dyn Work>>>>,
    tally: Arc<Tally>,
    shown: IntGauge,
}

impl Holder {
    async fn run(self) {
        let mut wait = *RETRY.start();
        // What the last connection left undone: the next one's first work.
        let mut left = None;
        loop {
            match self.database.connect().await {
                Ok(connection) => {
                    wait = *RETRY.start();
                    self.tally.gain();
                    self.shown.inc();
                    let session = Session { connection, replayed: Position::default() };
                    left = self.work(session, left.take()).await;
                    self.tally.lose();
                    self.shown.dec();
                    if left.is_none() {
                        return;
                    }
                }
                Err(err) => {
                    tracing::debug!(error = %err, "no connection");
                    if !self.tally.is_worth_waiting(self.database.limit()) {
                        if let Some(work) = left.take() {
                            work.refuse();
                        }
                        if self.refuse().await.is_none() {
                            return;
                        }
                    }
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(*RETRY.end());
                }
            }
        }
    }

    /// Works until the connection is of no more use, and returns what it broke on; None when nobody can ask for more.
    async fn work(&self, mut session: Session, left: Option<Arc<dyn Work>>) -> Option<Arc<dyn Work>> {
        let mut next = left;
        loop {
            let work = match next.take() {
                Some(work) => work,
                None => self.work.lock().await.recv().await?,
            };
            if work.run(&mut session).await == Fate::Drop {
                return Some(work);
            }
        }
    }

    /// Refuses what waits, unless another task still has a connection for it; None when nobody can ask for more.
    async fn refuse(&self) -> Option<()> {
        let mut work = self.work.lock().await;
        while !self.tally.is_worth_waiting(self.database.limit()) {
            match work.try_recv() {
                Ok(work) => work.refuse(),
                Err(mpsc::error::TryRecvError::Empty) => break,
                Err(mpsc::error::TryRecvError::Disconnected) => return None,
            }
        }
        Some(())
    }
}
