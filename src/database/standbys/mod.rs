//! The servers that reads go to: the primary, and standbys that follow it.
//!
//! A standby that is away, slow or far behind is left out; it is looked after all the same, and taken back. Whether a
//! standby has what one answer must show is asked for each read ([`Since`](super::position::Since)), not here.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::Database;
use super::batches::{Batches, JobError};
use super::connections::Connections;
use super::heartbeat::Heartbeats;
use super::metrics::DatabaseMetrics;
use super::position::Written;
use crate::telemetry::metrics::Metrics;

mod metrics;
mod watch;

use metrics::{StandbyMetrics, StandbysMetrics};

/// A standby may take this part of the time that the primary has, so that there is enough left to ask the primary.
const PART_OF_LIMIT: u32 = 4;

/// The servers to read from. Clones share them.
#[derive(Clone)]
pub struct Servers {
    primary: Connections,
    standbys: Arc<[Arc<Standby>]>,
    turn: Arc<AtomicUsize>,
}

impl Servers {
    /// A primary and its standbys, to each of which `count` connections are made. The set looks after the standbys, for as
    /// long as it is not dropped.
    #[must_use]
    pub fn start(
        primary: Connections,
        standbys: &[Database],
        count: usize,
        metrics: &Metrics,
        jobs: &DatabaseMetrics,
    ) -> (Self, JoinSet<()>) {
        let standbys: Arc<[_]> = if standbys.is_empty() {
            Arc::default()
        } else {
            let shown = StandbysMetrics::new(metrics);
            standbys.iter().map(|it| Arc::new(Standby::start(it, count, &shown, jobs))).collect()
        };
        let watch = |standby: &Arc<Standby>| watch::watch(Arc::clone(standby), primary.clone());
        let watches = standbys.iter().map(watch).collect();
        (Self { primary, standbys, turn: Arc::default() }, watches)
    }

    /// Where to ask how much is written; None where there are no standbys that would have to know.
    #[must_use]
    pub fn written(&self) -> Option<Batches<Written>> {
        (!self.standbys.is_empty()).then(|| Batches::new(&self.primary, QUEUE))
    }

    /// Where to send heartbeats.
    #[must_use]
    pub fn heartbeats(&self) -> Batches<Heartbeats> {
        Batches::new(&self.primary, QUEUE)
    }

    /// Whether there is a connection to the primary.
    #[must_use]
    pub fn has_primary(&self) -> bool {
        self.primary.is_there()
    }

    /// Whether there is a connection to any standby.
    #[must_use]
    pub fn has_standby(&self) -> bool {
        self.standbys.iter().any(|standby| standby.connections.is_there())
    }

    pub(super) fn primary(&self) -> &Connections {
        &self.primary
    }

    pub(super) fn standbys(&self) -> &[Arc<Standby>] {
        &self.standbys
    }

    /// Counts reads, so that they take turns.
    pub(super) fn next(&self) -> usize {
        self.turn.fetch_add(1, Ordering::Relaxed)
    }
}

/// Questions of ours that may wait for a connection: nobody but us asks them.
const QUEUE: usize = 16;

/// How a standby does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Standing {
    /// It answers in time, and is not far behind.
    InUse,
    /// There is no connection, or it breaks, or what is asked fails.
    Away,
    /// It does not answer in time.
    Slow,
    /// It has not replayed what was written seconds ago.
    Behind,
}

impl Standing {
    const ALL: [Self; 4] = [Self::InUse, Self::Away, Self::Slow, Self::Behind];

    /// As metrics and the log have it.
    fn name(self) -> &'static str {
        match self {
            Self::InUse => "in_use",
            Self::Away => "away",
            Self::Slow => "slow",
            Self::Behind => "behind",
        }
    }
}

/// A server that follows the primary.
pub(super) struct Standby {
    name: String,
    connections: Connections,
    standing: AtomicU8,
    metrics: StandbyMetrics,
}

impl Standby {
    fn start(database: &Database, count: usize, shown: &StandbysMetrics, jobs: &DatabaseMetrics) -> Self {
        let name = name(database.options());
        Self {
            connections: Connections::start(database, count, &format!("read {name}"), jobs),
            standing: AtomicU8::new(Standing::Away as u8),
            metrics: shown.of(&name),
            name,
        }
    }

    pub(super) fn connections(&self) -> &Connections {
        &self.connections
    }

    /// Whether reads should be sent here.
    pub(super) fn is_in_use(&self) -> bool {
        self.standing.load(Ordering::Relaxed) == Standing::InUse as u8 && self.connections.is_there()
    }

    /// What a read that was sent here comes to, if it does so in time. One that doesn't is the last until the standby is
    /// seen to answer again.
    pub(super) async fn answer<T>(&self, reading: impl Future<Output = Result<T, JobError>>) -> Option<T> {
        let done = timeout(self.patience(), reading).await.unwrap_or(Err(JobError::TimedOut));
        if matches!(done, Err(JobError::TimedOut)) {
            self.standing.store(Standing::Slow as u8, Ordering::Relaxed);
        }
        self.metrics.read(done.as_ref().err());
        done.ok()
    }

    fn patience(&self) -> Duration {
        self.connections.limit() / PART_OF_LIMIT
    }
}

/// Host and port, for people: no user, and no password.
fn name(options: &PgConnectOptions) -> String {
    match options.get_socket() {
        Some(dir) => format!("{}:{}", dir.display(), options.get_port()),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    }
}
