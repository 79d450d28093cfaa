//! The lock of a server's directory.
//!
//! It is an advisory lock of the operating system on the file `lock`, which contains the process id of the program that
//! started the server. All processes of the server inherit it, so it is held as long as any of them lives, and a kill -9
//! of all of them releases it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write as _;
use std::path::Path;
use std::process;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::Pid;

use crate::error::PrivateServerError;

/// The name of the file.
pub(super) const FILE: &str = "lock";

/// How long the server of a killed program may take to end: the watchdog waits 10 s before it escalates, and PostgreSQL
/// waits 5 more for its own children.
const FORMER_SERVER_TIMEOUT: Duration = Duration::from_secs(20);
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Takes the lock of the directory. If its program is gone, waits for the server to end. While the lock is held, no
/// process of another server uses the data.
pub(super) async fn acquire(dir: &Path) -> Result<File, PrivateServerError> {
    let path = dir.join(FILE);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(PrivateServerError::io("open", &path))?;
    let deadline = Instant::now() + FORMER_SERVER_TIMEOUT;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::Error(err)) => return Err(PrivateServerError::io("lock", path)(err)),
            Err(TryLockError::WouldBlock) => {}
        }
        let holder = fs::read_to_string(&path).unwrap_or_default();
        if is_alive(&holder) || Instant::now() > deadline {
            return Err(PrivateServerError::InUse { dir: dir.to_owned(), pid: holder });
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
    file.set_len(0)
        .and_then(|()| write!(file, "{}", process::id()))
        .map_err(PrivateServerError::io("write", path))?;
    Ok(file)
}

fn is_alive(pid: &str) -> bool {
    // 0 and negative numbers would be process groups.
    let pid = pid.parse().ok().filter(|pid| *pid > 0).map(Pid::from_raw);
    pid.is_some_and(|pid| kill(pid, None) != Err(Errno::ESRCH))
}
