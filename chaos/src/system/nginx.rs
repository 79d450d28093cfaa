//! NGINX in front of the replicas, started as deployments do.

use std::env;
use std::fs::{self, Permissions};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command};

use nix::sys::signal::Signal;
use tempfile::TempDir;

use super::process;
use super::replica::Replica;
use crate::Result;

/// A running NGINX. Dropping it stops it.
pub(crate) struct Nginx {
    master: Child,
    pub(crate) address: SocketAddr,
    _dir: TempDir,
}

impl Nginx {
    /// Starts NGINX by the script `start`.
    pub(super) fn start(script: &Path, replicas: &[Replica], log: &Path) -> Result<Self> {
        let address = process::free_address()?;
        let dir = tempfile::Builder::new().prefix("atelier-chaos-nginx-").tempdir_in("/tmp")?;
        // NGINX's workers run as another account if this program runs as root.
        fs::set_permissions(dir.path(), Permissions::from_mode(0o755))?;
        let servers: Vec<_> = replicas.iter().map(|replica| replica.address.to_string()).collect();
        let mut command = Command::new(script.canonicalize()?);
        command.env("SERVERS", servers.join(" ")).env("LISTEN", address.to_string());
        command.env("RUN_DIR", dir.path());
        // A file named by the environment helps to find out what NGINX has done with a request.
        if env::var_os("ACCESS_LOG").is_none() {
            command.env("ACCESS_LOG", "off");
        }
        // Debian's package installs it where only root's PATH leads.
        command.env("PATH", format!("{}:/usr/sbin", env::var("PATH").unwrap_or_default()));
        Ok(Self { master: process::spawn(&mut command, log)?, address, _dir: dir })
    }

    /// Replaces the workers; the old ones finish their requests.
    pub(crate) fn reload(&self) {
        process::send(self.master.id(), Signal::SIGHUP);
    }

    /// Kills a worker. The master starts another one.
    pub(crate) fn kill_worker(&self) {
        if let Some(worker) = process::children(self.master.id()).first() {
            process::send(*worker, Signal::SIGKILL);
        }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // At once, without waiting for open requests: there are none at the end of a run.
        process::send(self.master.id(), Signal::SIGTERM);
        let _ = self.master.wait();
    }
}
