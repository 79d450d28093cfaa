//! A command that ends with the program, however the program ends: the Rust side of `watchdog.sh`.

use std::{
    fs::File,
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
};

use tempfile::TempDir;

use crate::{PrivateServerError, Site};

/// A running command. Dropping this ends it and waits for it.
pub(super) struct Watchdog {
    child: Child,
}

impl Watchdog {
    /// Runs `command` as the site's account, with its output in a fresh log. The lock stays taken
    /// until the command and its children are gone. If that is because the program is, or has
    /// dropped this, the site's trash goes too.
    pub(super) fn run(command: &Command, site: &Site, lock: &File) -> Result<Self, PrivateServerError> {
        let log = File::create(site.log()).map_err(PrivateServerError::io("create", site.log()))?;
        let lock = lock.try_clone().map_err(PrivateServerError::io("keep the lock of", &site.dir))?;
        let mut shell = site.account.command("sh");
        shell.args(["-c", include_str!("watchdog.sh"), "watchdog"]);
        shell
            .arg(site.trash.as_ref().map_or(Path::new(""), TempDir::path))
            .arg(command.get_program())
            .args(command.get_args());
        let child = shell
            .stdin(Stdio::piped())
            .stdout(lock)
            .stderr(log)
            // Away from the terminal's Ctrl-C: the program ends first, then PostgreSQL.
            .process_group(0)
            .spawn()
            .map_err(PrivateServerError::io("run", "sh"))?;
        Ok(Self { child })
    }

    /// The command's status if it has ended.
    pub(super) fn status(&mut self) -> Result<Option<ExitStatus>, PrivateServerError> {
        self.child.try_wait().map_err(PrivateServerError::io("watch", "sh"))
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.child.stdin.take()); // the sign to end
        let _ = self.child.wait();
    }
}
