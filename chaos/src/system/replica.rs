//! A replica of the service.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::sleep;

use super::process;
use super::proxy::Proxy;
use crate::Result;
use crate::connection::is_ready;

/// Graceful shutdown takes 10 s at most.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(15);
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// A replica, which can be killed and started again on the same port.
pub(crate) struct Replica {
    pub(crate) number: u8,
    pub(crate) address: SocketAddr,
    pub(crate) proxy: Proxy,
    pub(super) log: PathBuf,
    program: PathBuf,
    process: Mutex<ReplicaProcess>,
}

/// The process of a replica. Dropping this kills it.
#[derive(Default)]
pub(crate) struct ReplicaProcess(Option<Child>);

impl ReplicaProcess {
    /// Kills it.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.0.take() {
            // Both fail if it has already ended.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Terminates it, and waits until it has ended. False if it does not.
    pub(crate) async fn terminate(&mut self) -> bool {
        self.signal(Signal::SIGTERM);
        match &mut self.0 {
            Some(child) => process::ended(child, SHUTDOWN_TIMEOUT).await,
            None => true,
        }
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        if let Some(child) = &self.0 {
            process::send(child.id(), signal);
        }
    }
}

impl Drop for ReplicaProcess {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Replica {
    pub(super) fn new(number: u8, program: PathBuf, proxy: Proxy, log: PathBuf) -> Result<Self> {
        let address = process::free_address()?;
        Ok(Self { number, address, proxy, log, program, process: Mutex::default() })
    }

    /// The right to stop and start the process; None while another fault has it.
    pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, ReplicaProcess>> {
        self.process.try_lock().ok()
    }

    /// Starts the process.
    pub(crate) fn start(&self, process: &mut ReplicaProcess) -> Result<()> {
        let mut command = Command::new(&self.program);
        command.arg("serve").env("DATABASE_URL", self.proxy.url()).env_remove("HOST");
        command.env("PORT", self.address.port().to_string()).env("ATELIER_TRUSTED_PROXIES", "127.0.0.1");
        process.0 = Some(process::spawn(&mut command, &self.log)?);
        Ok(())
    }

    /// Waits until it is ready; false if it is not within `timeout`.
    pub(crate) async fn becomes_ready(&self, timeout: Duration) -> bool {
        becomes_ready(self.address, timeout).await
    }
}

/// Waits until the server at this address says that it is ready; false if it does not within `timeout`.
pub(super) async fn becomes_ready(address: SocketAddr, timeout: Duration) -> bool {
    let started = Instant::now();
    while !is_ready(address).await {
        if started.elapsed() > timeout {
            return false;
        }
        sleep(POLL_INTERVAL).await;
    }
    true
}
