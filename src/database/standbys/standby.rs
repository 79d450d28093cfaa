//! A standby, as reads see it.

use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use tokio::time::timeout;

use super::metrics::{StandbyMetrics, StandbysMetrics};
use super::state::StandbyState;
use crate::database::connect::Database;
use crate::database::error::JobError;
use crate::database::metrics::DatabaseMetrics;
use crate::database::pool::{Pool, PoolOptions};

/// A standby has this part of the database timeout, so that enough is left to ask the primary.
const TIMEOUT_DIVISOR: u32 = 4;

/// A standby, its connections, and whether it is in rotation.
pub(in crate::database) struct Standby {
    name: String,
    pool: Pool,
    state: AtomicU8,
    metrics: StandbyMetrics,
}

impl Standby {
    pub(in crate::database) fn start(
        database: &Database,
        options: PoolOptions,
        metrics: &StandbysMetrics,
        pools: &DatabaseMetrics,
    ) -> Self {
        let name = database.name();
        Self {
            pool: Pool::start(database, options, &format!("standby {name}"), pools),
            state: AtomicU8::new(StandbyState::Unavailable as u8),
            metrics: metrics.of(&name),
            name,
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(in crate::database) fn pool(&self) -> &Pool {
        &self.pool
    }

    pub(super) fn metrics(&self) -> &StandbyMetrics {
        &self.metrics
    }

    /// Whether reads are sent here.
    pub(in crate::database) fn is_in_rotation(&self) -> bool {
        self.state.load(Ordering::Relaxed) == StandbyState::InRotation as u8 && self.pool.is_connected()
    }

    /// Awaits a read that was sent here. After a timeout, no more reads are sent until the monitor has seen the standby
    /// answer.
    pub(in crate::database) async fn answer<T>(
        &self,
        reading: impl Future<Output = Result<T, JobError>>,
    ) -> Option<T> {
        let result = timeout(self.timeout(), reading).await.unwrap_or(Err(JobError::TimedOut));
        if matches!(result, Err(JobError::TimedOut)) {
            self.state.store(StandbyState::Slow as u8, Ordering::Relaxed);
        }
        self.metrics.read(result.as_ref().err());
        result.ok()
    }

    pub(super) fn set_state(&self, state: StandbyState) {
        self.state.store(state as u8, Ordering::Relaxed);
        self.metrics.state(state);
    }

    pub(super) fn timeout(&self) -> Duration {
        self.pool.timeouts().total / TIMEOUT_DIVISOR
    }
}
