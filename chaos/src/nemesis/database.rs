//! Faults of PostgreSQL as a whole, which no replica reaches meanwhile.

use nix::sys::signal::Signal;
use tokio::time::sleep;

use super::Nemesis;
use super::kind::FaultKind;
use super::schedule::Fault;
use crate::Result;
use crate::marks::Effect;
use crate::system::Postgres;

/// Processes that serve the service's connections.
const BACKENDS: &str = "select pid from pg_stat_activity where usename = 'atelier' order by pid";

impl Nemesis {
    /// Restarts, kills or freezes PostgreSQL. False while another such fault lasts.
    pub(super) async fn disturb_database(&self, fault: &Fault) -> Result<bool> {
        let postgres = &self.system.postgres;
        let Some(mut server) = postgres.try_lock() else { return Ok(false) };
        self.announce(fault);
        let mark = self.marks.start(Effect::DatabaseDown);
        match fault.kind {
            FaultKind::FreezeDatabase => {
                postgres.signal_all(Signal::SIGSTOP);
                sleep(fault.duration).await;
                postgres.signal_all(Signal::SIGCONT);
            }
            FaultKind::KillBackend => {
                self.kill_backend(fault).await;
                // It accepts connections again when it has recovered.
                while postgres.connect().await.is_err() {
                    sleep(super::POLL_INTERVAL).await;
                }
            }
            kind => {
                if kind == FaultKind::KillDatabase {
                    postgres.kill_server(&mut server).await;
                } else {
                    postgres.stop_server(&mut server).await;
                }
                sleep(fault.duration).await;
                postgres.start_server(&mut server).await?;
            }
        }
        self.marks.end(mark);
        self.healed();
        Ok(true)
    }

    /// Kills the process of one of the service's connections.
    async fn kill_backend(&self, fault: &Fault) {
        let Ok(mut sql) = self.system.postgres.connect().await else { return };
        let Ok(pids) = sqlx::query_scalar::<_, i32>(BACKENDS).fetch_all(&mut sql).await else { return };
        if let Some(pid) = pids.get(fault.choice as usize % pids.len().max(1)) {
            Postgres::kill_backend(*pid);
            // This connection ends too; before, PostgreSQL has not noticed.
            while sqlx::query("select").execute(&mut sql).await.is_ok() {
                sleep(super::POLL_INTERVAL).await;
            }
        }
    }
}
