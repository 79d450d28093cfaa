//! One kill after the other, as fast as replicas start, under overload.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fastrand::Rng;

use super::Nemesis;
use super::kind::FaultKind;
use super::schedule::Fault;
use crate::Result;

/// How many clients post all the time, each with an `Idempotency-Key`.
const CLIENTS: usize = 32;

impl Nemesis {
    /// Kills `kills` replicas, chosen at random, and starts each at once. The next one is killed when it is ready.
    pub(crate) async fn kill_all(
        self: &Arc<Self>,
        kills: u32,
        seed: u64,
        is_over: impl Fn() -> bool,
    ) -> Result<()> {
        let mut random = Rng::with_seed(seed);
        let is_done = Arc::new(AtomicBool::new(false));
        let is_observed_done = Arc::clone(&is_done);
        let clients = self.workload.overload(CLIENTS, true, move || is_observed_done.load(Ordering::Relaxed));
        for choice in 0..kills {
            if is_over() {
                break;
            }
            let replica = random.u8(1..=self.replicas());
            let (pause, duration) = (Duration::ZERO, Duration::ZERO);
            self.restart_replica(&Fault { pause, kind: FaultKind::Kill, replica, duration, choice }).await?;
        }
        is_done.store(true, Ordering::Relaxed);
        clients.join_all().await;
        Ok(())
    }

    fn replicas(&self) -> u8 {
        u8::try_from(self.system.replicas.len()).unwrap_or(u8::MAX)
    }
}
