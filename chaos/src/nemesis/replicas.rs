//! Faults of single replicas, and of their connections to PostgreSQL.

use std::time::Duration;

use nix::sys::signal::Signal;
use tokio::time::sleep;

use super::Nemesis;
use super::kind::FaultKind;
use super::schedule::Fault;
use crate::Result;
use crate::marks::Effect;
use crate::system::Link;

/// How long a replica may take to be ready after a fault. Longer than any outage of PostgreSQL.
const READY_TIMEOUT: Duration = Duration::from_mins(1);
/// The latency of a slow connection, in each direction.
const LATENCY: Duration = Duration::from_millis(40);

impl Nemesis {
    /// Kills or terminates a replica, and starts it again. False if it is out of service already, or too many are.
    pub(super) async fn restart_replica(&self, fault: &Fault) -> Result<bool> {
        let replica = self.system.replica(fault.replica);
        let Ok(_permit) = self.replicas_out.try_acquire() else { return Ok(false) };
        let Some(mut process) = replica.try_lock() else { return Ok(false) };
        self.announce(fault);
        let mark = self.marks.start(Effect::ReplicaOut(fault.replica));
        if fault.kind == FaultKind::Kill {
            process.kill();
            sleep(fault.duration).await;
        } else if !process.terminate().await {
            return Err(format!("replica {} does not end after SIGTERM", fault.replica).into());
        }
        replica.start(&mut process)?;
        self.healed();
        replica.becomes_ready(READY_TIMEOUT).await;
        self.marks.end(mark);
        Ok(true)
    }

    /// Stops a replica for a while by SIGSTOP.
    pub(super) async fn freeze_replica(&self, fault: &Fault) -> bool {
        let replica = self.system.replica(fault.replica);
        let Ok(_permit) = self.replicas_out.try_acquire() else { return false };
        let Some(process) = replica.try_lock() else { return false };
        self.announce(fault);
        let mark = self.marks.start(Effect::Frozen(fault.replica));
        process.signal(Signal::SIGSTOP);
        sleep(fault.duration).await;
        process.signal(Signal::SIGCONT);
        self.marks.end(mark);
        self.healed();
        replica.becomes_ready(READY_TIMEOUT).await;
        true
    }

    /// Disturbs the connections of a replica to PostgreSQL.
    pub(super) async fn disturb_link(&self, fault: &Fault) -> bool {
        let replica = self.system.replica(fault.replica);
        let Ok(_permit) = self.replicas_out.try_acquire() else { return false };
        let Some(_process) = replica.try_lock() else { return false };
        self.announce(fault);
        let mark = match fault.kind {
            FaultKind::Slow => None,
            FaultKind::Stall => Some(self.marks.start(Effect::Stalled(fault.replica))),
            _ => Some(self.marks.start(Effect::CutOff(fault.replica))),
        };
        replica.proxy.set(match fault.kind {
            FaultKind::Slow => Link::Slow(LATENCY),
            FaultKind::Stall => Link::Stalled,
            _ => Link::Cut,
        });
        sleep(fault.duration).await;
        replica.proxy.set(Link::Up);
        if let Some(mark) = mark {
            self.marks.end(mark);
        }
        self.healed();
        replica.becomes_ready(READY_TIMEOUT).await;
        true
    }
}
