//! The nemesis: injects the faults of a schedule, several at a time, and marks their effects.

mod database;
mod kills;
pub(crate) mod kind;
mod replicas;
mod schedule;
mod sessions;

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::Result;
use crate::marks::{Effect, Marks};
use crate::options::Options;
use crate::system::System;
use crate::workload::Workload;
use kind::FaultKind;
use schedule::{Fault, Schedule};

const POLL_INTERVAL: Duration = Duration::from_millis(10);
/// Replicas that no fault takes out of service.
const SPARED_REPLICAS: usize = 2;
/// How many clients post in an overload.
const OVERLOAD_CLIENTS: std::ops::Range<usize> = 300..1000;

/// Injects faults.
pub(crate) struct Nemesis {
    system: Arc<System>,
    workload: Arc<Workload>,
    marks: Marks,
    /// A permit for each replica that may be out of service at the same time.
    replicas_out: Semaphore,
    injected: AtomicU32,
    healed_at: Mutex<Duration>,
}

impl Nemesis {
    pub(crate) fn new(system: &Arc<System>, workload: &Arc<Workload>) -> Arc<Self> {
        Arc::new(Self {
            replicas_out: Semaphore::new(system.replicas.len().saturating_sub(SPARED_REPLICAS)),
            system: Arc::clone(system),
            workload: Arc::clone(workload),
            marks: Marks::new(workload.recorder.clock),
            injected: AtomicU32::new(0),
            healed_at: Mutex::default(),
        })
    }

    /// Injects the faults of the schedule until `is_over`, and waits for the end of all of them.
    pub(crate) async fn inject(
        self: &Arc<Self>,
        options: &Options,
        seed: u64,
        is_over: impl Fn() -> bool,
    ) -> Result<()> {
        let mut faults = JoinSet::new();
        for fault in Schedule::new(seed, &options.faults, options.replicas, options.interval_ms) {
            let next = self.workload.recorder.clock.now() + fault.pause;
            while self.workload.recorder.clock.now() < next && !is_over() {
                sleep(POLL_INTERVAL).await;
            }
            if is_over() {
                break;
            }
            let nemesis = Arc::clone(self);
            faults.spawn(async move { nemesis.run(&fault).await });
        }
        while let Some(result) = faults.join_next().await {
            result??;
        }
        Ok(())
    }

    /// Injects one fault, unless another one is in its way.
    async fn run(&self, fault: &Fault) -> Result<()> {
        let is_injected = match fault.kind {
            FaultKind::Kill | FaultKind::Terminate => self.restart_replica(fault).await?,
            FaultKind::Freeze => self.freeze_replica(fault).await,
            FaultKind::Cut | FaultKind::Stall | FaultKind::Slow => self.disturb_link(fault).await,
            FaultKind::RestartDatabase
            | FaultKind::KillDatabase
            | FaultKind::KillBackend
            | FaultKind::FreezeDatabase => self.disturb_database(fault).await?,
            FaultKind::TerminateBackends
            | FaultKind::TerminateListeners
            | FaultKind::LockRow
            | FaultKind::UseUpConnections => self.disturb_sessions(fault).await,
            FaultKind::Overload => self.overload(fault).await,
            FaultKind::ReloadNginx | FaultKind::KillNginxWorker => self.disturb_nginx(fault),
        };
        if !is_injected {
            println!("{:8.2} s  {fault}: skipped, another fault is in its way", self.now_s());
        }
        Ok(())
    }

    fn disturb_nginx(&self, fault: &Fault) -> bool {
        self.announce(fault);
        if fault.kind == FaultKind::ReloadNginx {
            self.system.nginx.reload();
        } else {
            let mark = self.marks.start(Effect::WorkerKilled);
            self.system.nginx.kill_worker();
            self.marks.end(mark);
        }
        self.healed();
        true
    }

    async fn overload(&self, fault: &Fault) -> bool {
        self.announce(fault);
        let mark = self.marks.start(Effect::Overload);
        let clients = OVERLOAD_CLIENTS.start + fault.choice as usize % OVERLOAD_CLIENTS.len();
        let clock = self.workload.recorder.clock;
        let end = clock.now() + fault.duration;
        self.workload.overload(clients, false, move || clock.now() >= end).join_all().await;
        self.marks.end(mark);
        self.healed();
        true
    }

    /// Prints a fault that is injected now.
    fn announce(&self, fault: &Fault) {
        self.injected.fetch_add(1, Ordering::Relaxed);
        println!("{:8.2} s  {fault}", self.now_s());
    }

    fn now_s(&self) -> f64 {
        self.workload.recorder.clock.now().as_secs_f64()
    }

    /// Notes that a fault has ended.
    fn healed(&self) {
        let mut healed_at = self.healed_at.lock().expect(UNPOISONED);
        *healed_at = (*healed_at).max(self.workload.recorder.clock.now());
    }

    /// When the last fault has ended.
    pub(crate) fn healed_at(&self) -> Duration {
        *self.healed_at.lock().expect(UNPOISONED)
    }

    /// How many faults were injected.
    pub(crate) fn injected(&self) -> u32 {
        self.injected.load(Ordering::Relaxed)
    }

    /// The marks of all faults.
    pub(crate) fn marks(&self) -> &Marks {
        &self.marks
    }
}

const UNPOISONED: &str = "nothing that holds the lock can panic";
