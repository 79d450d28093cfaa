//! Runs a command that ends with the program, even if the program is killed: the Rust side of `watchdog.sh`.

use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::error::PrivateServerError;
use crate::server_dir::ServerDir;

/// The interval between two checks of a command.
pub(super) const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// A running command. Dropping this stops the command, and waits until it has ended.
pub(super) struct Watchdog {
    child: Child,
}

impl Watchdog {
    /// Runs `command` as the account of `dir`, with its output in a new log. The lock is held until the command and its
    /// children have ended. If they end because this is dropped or the program has ended, the script removes the temporary
    /// directory too.
    pub(super) fn run(command: &Command, dir: &ServerDir, lock: &File) -> Result<Self, PrivateServerError> {
        let log = File::create(dir.log()).map_err(PrivateServerError::io("create", dir.log()))?;
        let lock = lock.try_clone().map_err(PrivateServerError::io("keep the lock of", &dir.path))?;
        let mut shell = dir.account.command("sh");
        shell.args(["-c", include_str!("watchdog.sh"), "watchdog"]);
        shell
            .arg(dir.temporary.as_ref().map_or(Path::new(""), TempDir::path))
            .arg(command.get_program())
            .args(command.get_args());
        let child = shell
            .stdin(Stdio::piped())
            .stdout(lock)
            .stderr(log)
            // Not in the terminal's process group: on Ctrl-C the program ends first, then PostgreSQL.
            .process_group(0)
            .spawn()
            .map_err(PrivateServerError::io("run", "sh"))?;
        Ok(Self { child })
    }

    /// Waits until the command has ended.
    pub(super) async fn wait(mut self) -> Result<ExitStatus, PrivateServerError> {
        loop {
            match self.status()? {
                Some(status) => return Ok(status),
                None => tokio::time::sleep(POLL_INTERVAL).await,
            }
        }
    }

    /// The command's status if it has ended.
    pub(super) fn status(&mut self) -> Result<Option<ExitStatus>, PrivateServerError> {
        self.child.try_wait().map_err(PrivateServerError::io("watch", "sh"))
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.child.stdin.take()); // the script stops the command when the pipe closes
        let _ = self.child.wait();
    }
}
