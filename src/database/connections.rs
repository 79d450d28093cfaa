//! Connections that are held by a task each, and kept: made anew when they fail, never used again after a time limit.
//!
//! Work waits in one queue for whichever task is free. While there is no connection at all it is refused at once.

use std::ops::RangeInclusive;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use prometheus::IntGauge;
use sqlx::PgConnection;
use tokio::sync::{Mutex, mpsc};

use super::Database;
use super::metrics::DatabaseMetrics;

/// How long a task waits before it tries to connect again: doubled from the first to the last.
const RETRY: RangeInclusive<Duration> = Duration::from_millis(50)..=Duration::from_secs(1);

/// Something that waits for a connection.
pub(super) trait Work: Send + Sync {
    /// Does what waits, and says what that made of the connection.
    fn run<'a>(&'a self, connection: &'a mut PgConnection)
    -> Pin<Box<dyn Future<Output = Fate> + Send + 'a>>;

    /// Refuses all that waits: there is no connection.
    fn refuse(&self);
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
    connected: Arc<AtomicUsize>,
    limit: Duration,
    metrics: DatabaseMetrics,
}

impl Connections {
    /// Starts `count` tasks that connect to `database`; `metrics` show them by what they are for.
    #[must_use]
    pub fn start(database: &Database, count: usize, purpose: &str, metrics: &DatabaseMetrics) -> Self {
        let (queue, work) = mpsc::unbounded_channel();
        let work = Arc::new(Mutex::new(work));
        let connected = Arc::new(AtomicUsize::new(0));
        for _ in 0..count {
            let holder = Holder {
                database: database.clone(),
                work: Arc::clone(&work),
                connected: Arc::clone(&connected),
                shown: metrics.connections(purpose),
            };
            tokio::spawn(holder.run());
        }
        Self { queue, connected, limit: database.limit(), metrics: metrics.clone() }
    }

    /// Whether there is one.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.connected.load(Ordering::Relaxed) > 0
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

/// One task with one connection.
struct Holder {
    database: Database,
    work: Arc<Mutex<mpsc::UnboundedReceiver<Arc<dyn Work>>>>,
    connected: Arc<AtomicUsize>,
    shown: IntGauge,
}

impl Holder {
    async fn run(self) {
        let mut wait = *RETRY.start();
        // What the last connection left undone: the next one's first work.
        let mut left = None;
        loop {
            match self.database.connect().await {
                Ok(mut connection) => {
                    wait = *RETRY.start();
                    self.connected.fetch_add(1, Ordering::Relaxed);
                    self.shown.inc();
                    left = self.work(&mut connection, left.take()).await;
                    self.connected.fetch_sub(1, Ordering::Relaxed);
                    self.shown.dec();
                    if left.is_none() {
                        return;
                    }
                }
                Err(err) => {
                    tracing::debug!(error = %err, "no connection");
                    if let Some(work) = left.take() {
                        work.refuse();
                    }
                    if self.refuse().await.is_none() {
                        return;
                    }
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(*RETRY.end());
                }
            }
        }
    }

    /// Works until the connection is of no more use, and returns what it broke on; None when nobody can ask for more.
    async fn work(
        &self,
        connection: &mut PgConnection,
        left: Option<Arc<dyn Work>>,
    ) -> Option<Arc<dyn Work>> {
        let mut next = left;
        loop {
            let work = match next.take() {
                Some(work) => work,
                None => self.work.lock().await.recv().await?,
            };
            if work.run(connection).await == Fate::Drop {
                return Some(work);
            }
        }
    }

    /// Refuses what waits, unless another task still has a connection for it; None when nobody can ask for more.
    async fn refuse(&self) -> Option<()> {
        let mut work = self.work.lock().await;
        while self.connected.load(Ordering::Relaxed) == 0 {
            match work.try_recv() {
                Ok(work) => work.refuse(),
                Err(mpsc::error::TryRecvError::Empty) => break,
                Err(mpsc::error::TryRecvError::Disconnected) => return None,
            }
        }
        Some(())
    }
}
