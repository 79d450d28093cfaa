//! Looks after a standby: whether it answers, and how far it is behind.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::time::{sleep, timeout};

use super::{QUEUE, Standby, Standing};
use crate::database::batches::Batches;
use crate::database::connections::Connections;
use crate::database::position::{Position, Replayed, Written};

/// How often it is looked.
const PERIOD: Duration = Duration::from_millis(500);
/// A standby that is further behind would be asked in vain too often. Nothing becomes wrong below that: what an answer
/// must show is looked at for each.
const MAX_LAG: Duration = Duration::from_secs(5);

/// What the primary had written at some time, and the standby has not replayed yet.
struct Goal {
    position: Position,
    set: Instant,
}

/// Looks after `standby`, which follows `primary`, for ever.
pub(super) async fn watch(standby: Arc<Standby>, primary: Connections) {
    let written = Batches::<Written>::new(&primary, QUEUE);
    let replayed = Batches::<Replayed>::new(&standby.connections, QUEUE);
    let mut goal: Option<Goal> = None;
    let mut told = Standing::Away;
    loop {
        let end = timeout(standby.patience(), written.ask(())).await;
        let end = end.ok().and_then(Result::ok);
        if let Some(position) = end
            && goal.as_ref().is_none_or(|goal| goal.position.timeline != position.timeline)
        {
            goal = Some(Goal { position, set: Instant::now() });
        }
        let standing = match timeout(standby.patience(), replayed.ask_standby((), None)).await {
            Ok(Ok(position)) => {
                goal = goal.filter(|goal| !position.includes(goal.position));
                let lag = goal.as_ref().map_or(Duration::ZERO, |goal| goal.set.elapsed());
                standby.metrics.lag(lag, end.map(|end| end.lsn.saturating_sub(position.lsn)));
                // Where there is no primary, nothing is nearer to the truth.
                if lag > MAX_LAG && end.is_some() { Standing::Behind } else { Standing::InUse }
            }
            Err(_) if standby.connections.is_there() => Standing::Slow,
            _ => Standing::Away,
        };
        standby.standing.store(standing as u8, Ordering::Relaxed);
        standby.metrics.standing(standing);
        if standing != told {
            tell(&standby.name, standing);
            told = standing;
        }
        sleep(PERIOD).await;
    }
}

fn tell(standby: &str, standing: Standing) {
    if standing == Standing::InUse {
        tracing::info!(standby, "the standby takes reads");
    } else {
        tracing::warn!(standby, reason = standing.name(), "the standby is left out");
    }
}
