//! The kinds of faults.

use std::ops::RangeInclusive;

use clap::ValueEnum;

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, ValueEnum)]
pub enum FaultKind {
    /// A replica is killed, and started again after a while.
    Kill,
    /// A replica is terminated by SIGTERM, and started again.
    Terminate,
    /// A replica is stopped by SIGSTOP, and continues after a while.
    Freeze,
    /// A replica's connections to PostgreSQL are closed, and new ones refused.
    Cut,
    /// A replica's connections to PostgreSQL transfer nothing.
    Stall,
    /// A replica's connections to PostgreSQL have a high latency.
    Slow,
    /// PostgreSQL is restarted.
    RestartDatabase,
    /// PostgreSQL is killed, and recovers.
    KillDatabase,
    /// One process of PostgreSQL is killed, upon which PostgreSQL ends all others and recovers.
    KillBackend,
    /// PostgreSQL is stopped by SIGSTOP, and continues after a while.
    FreezeDatabase,
    /// All of the service's connections are terminated.
    TerminateBackends,
    /// The connections of all listeners are terminated.
    TerminateListeners,
    /// A row that writes need is locked.
    LockRow,
    /// The role of the service has no connection left.
    UseUpConnections,
    /// Many clients post at the same time.
    Overload,
    /// NGINX reads its configuration again, and replaces its workers.
    ReloadNginx,
    /// A worker of NGINX is killed.
    KillNginxWorker,
}

impl FaultKind {
    /// How long it lasts, in milliseconds; 0 for what happens at one moment.
    pub(super) fn duration_ms(self) -> RangeInclusive<u64> {
        match self {
            Self::Kill | Self::RestartDatabase | Self::KillDatabase => 0..=1500,
            Self::Freeze | Self::Cut | Self::Stall => 100..=4000,
            Self::Slow | Self::UseUpConnections => 1000..=4000,
            Self::FreezeDatabase => 100..=5000,
            Self::LockRow => 1000..=3000,
            Self::Overload => 2000..=2000,
            Self::Terminate
            | Self::KillBackend
            | Self::TerminateBackends
            | Self::TerminateListeners
            | Self::ReloadNginx
            | Self::KillNginxWorker => 0..=0,
        }
    }

    /// Whether it is about one replica.
    pub(super) fn is_about_a_replica(self) -> bool {
        matches!(self, Self::Kill | Self::Terminate | Self::Freeze | Self::Cut | Self::Stall | Self::Slow)
    }
}
