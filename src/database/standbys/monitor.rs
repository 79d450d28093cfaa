//! Monitors a standby: whether it answers, and its replication lag.

use std::time::{Duration, Instant};

use tokio::time::{sleep, timeout};

use super::standby::Standby;
use super::state::StandbyState;
use crate::database::batcher::Batcher;
use crate::database::pool::Pool;
use crate::database::position::WalPosition;
use crate::database::wal::{CurrentPosition, ReplayedPosition};

/// How often a standby is checked.
const PERIOD: Duration = Duration::from_millis(500);
/// A standby that lags more is removed from rotation: too many reads would be sent to it in vain. Nothing becomes stale
/// below that, since each read requires a position of its own.
const MAX_LAG: Duration = Duration::from_secs(5);

/// A position of the primary that the standby has not replayed yet.
struct Target {
    position: WalPosition,
    seen_at: Instant,
}

/// Monitors `standby`, which follows `primary`, for as long as it is not cancelled.
pub(in crate::database) async fn monitor(standby: &Standby, primary: &Pool) {
    let current = Batcher::<CurrentPosition>::new(primary);
    let replayed = Batcher::<ReplayedPosition>::new(standby.pool());
    let mut target: Option<Target> = None;
    let mut logged = StandbyState::Unavailable;
    loop {
        let current = timeout(standby.timeout(), current.submit(())).await.ok().and_then(Result::ok);
        if let Some(position) = current
            && target.as_ref().is_none_or(|target| target.position.timeline != position.timeline)
        {
            target = Some(Target { position, seen_at: Instant::now() });
        }
        let state = match timeout(standby.timeout(), replayed.submit_to_standby((), None)).await {
            Ok(Ok(position)) => {
                target = target.filter(|target| !position.includes(target.position));
                let lag = target.as_ref().map_or(Duration::ZERO, |target| target.seen_at.elapsed());
                let bytes = current.map(|current| current.lsn.saturating_sub(position.lsn));
                standby.metrics().lag(lag, bytes);
                // Without a primary, no server is more up to date.
                if lag > MAX_LAG && current.is_some() {
                    StandbyState::Lagging
                } else {
                    StandbyState::InRotation
                }
            }
            Err(_) if standby.pool().is_connected() => StandbyState::Slow,
            _ => StandbyState::Unavailable,
        };
        standby.set_state(state);
        if state != logged {
            log(standby.name(), state);
            logged = state;
        }
        sleep(PERIOD).await;
    }
}

fn log(standby: &str, state: StandbyState) {
    if state == StandbyState::InRotation {
        tracing::info!(standby, "standby in rotation");
    } else {
        tracing::warn!(standby, reason = state.name(), "standby removed from rotation");
    }
}
