//! Where a server lives: its directory, its sockets, its lock and its log.
//!
//! Inside the directory: `data` (PostgreSQL's own), `postgres.log` (of the last start), and
//! `lock`, which names the program that started the server. The lock is an advisory one of the
//! operating system and handed down to every process of the server: while any of them lives
//! it is taken, and a kill -9 of all of them frees it.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    os::unix::{ffi::OsStrExt, fs::MetadataExt},
    path::{Path, PathBuf},
    process,
    time::{Duration, Instant},
};

use nix::{errno::Errno, sys::signal::kill, unistd::Pid};
use tempfile::TempDir;

use crate::{Account, POLL, PrivateServerError};

/// How long a former server may take to end after its program was killed: the watchdog loses
/// patience after 10 s, PostgreSQL with its own children after 5 more.
const FORMER_SERVER_LIMIT: Duration = Duration::from_secs(20);
/// What a server has in its directory, beside the lock.
const CONTENTS: [&str; 3] = ["data", "data.new", "postgres.log"];
/// Bytes of a socket's path: macOS allows 103, Linux 107.
const SOCKET_PATH_LIMIT: usize = 103;

/// The place of a server and the account that runs it.
pub(super) struct Site {
    pub(super) account: Account,
    pub(super) dir: PathBuf,
    /// The directory of the sockets.
    pub(super) sockets: PathBuf,
    /// What goes when the server ends: everything, or a directory of sockets only.
    pub(super) trash: Option<TempDir>,
}

impl Site {
    /// A place that stays: `dir`, or one below /var/tmp if root wants a `dir` that no other
    /// account gets into, such as one in its home.
    ///
    /// Fails where it holds what looks like a server's, and is not of one of ours.
    pub(super) fn lasting(dir: &Path) -> Result<Self, PrivateServerError> {
        let is_new = !dir.exists();
        fs::create_dir_all(dir).map_err(PrivateServerError::io("create", dir))?;
        let mut dir = dir.canonicalize().map_err(PrivateServerError::io("find", dir))?;
        let mut account = Account::for_data(&dir.join("data"))?;
        if account.is_another() && !account.can_enter(&dir) {
            let fallback = make_fallback(&dir)?;
            if is_new {
                let _ = fs::remove_dir(&dir); // nothing will ever be in it
            }
            account = Account::for_data(&fallback.join("data"))?;
            dir = fallback;
        }
        if !account.can_enter(&dir) {
            return Err(PrivateServerError::Unreachable { dir, account: account.name().into() });
        }
        check_ours(&dir)?;
        if can_hold_sockets(&dir) {
            return Ok(Self { account, sockets: dir.join("data"), dir, trash: None });
        }
        let trash = make_temporary(Path::new("/tmp"), &account)?;
        Ok(Self { account, dir, sockets: trash.path().into(), trash: Some(trash) })
    }

    /// A place that goes with the server.
    pub(super) fn throwaway() -> Result<Self, PrivateServerError> {
        let account = Account::for_data(Path::new(""))?;
        let mut trash = make_temporary(&std::env::temp_dir(), &account)?;
        if !account.can_enter(trash.path()) || !can_hold_sockets(trash.path()) {
            trash = make_temporary(Path::new("/tmp"), &account)?;
        }
        let dir = trash.path().to_owned();
        Ok(Self { account, sockets: dir.join("data"), dir, trash: Some(trash) })
    }

    /// PostgreSQL's own directory.
    pub(super) fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    /// The log of the last start.
    pub(super) fn log(&self) -> PathBuf {
        self.dir.join("postgres.log")
    }

    /// Takes the lock, waiting for a former server to end if its program is gone. Whoever has
    /// it may be sure that no process of any server works on the data.
    pub(super) async fn lock(&self) -> Result<File, PrivateServerError> {
        let path = self.dir.join("lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(PrivateServerError::io("open", &path))?;
        let deadline = Instant::now() + FORMER_SERVER_LIMIT;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(err)) => return Err(PrivateServerError::io("lock", path)(err)),
                Err(TryLockError::WouldBlock) => {}
            }
            let holder = fs::read_to_string(&path).unwrap_or_default();
            if is_alive(&holder) || Instant::now() > deadline {
                return Err(PrivateServerError::InUse { dir: self.dir.clone(), pid: holder });
            }
            tokio::time::sleep(POLL).await;
        }
        file.set_len(0)
            .and_then(|()| write!(file, "{}", process::id()))
            .map_err(PrivateServerError::io("write", path))?;
        Ok(file)
    }

    /// Removes what a server has left here, and the directory if that was all. Wants the lock.
    pub(super) fn remove(&self, lock: File) -> Result<(), PrivateServerError> {
        for name in CONTENTS {
            let path = self.dir.join(name);
            let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            match removed {
                Err(err) if err.kind() != io::ErrorKind::NotFound => {
                    return Err(PrivateServerError::io("remove", path)(err));
                }
                _ => {}
            }
        }
        // Last, since it says that the rest is ours.
        let path = self.dir.join("lock");
        fs::remove_file(&path).map_err(PrivateServerError::io("remove", path))?;
        drop(lock);
        let _ = fs::remove_dir(&self.dir); // it may hold what is not ours
        Ok(())
    }

    /// The error of a program that ended instead of doing its work.
    pub(super) fn ended(&self, program: &'static str) -> PrivateServerError {
        PrivateServerError::Ended { program, log: self.log(), tail: self.log_tail() }
    }

    /// The last lines of the log.
    pub(super) fn log_tail(&self) -> String {
        const TAIL_BYTES: u64 = 2000;
        let read = || -> io::Result<String> {
            let mut file = File::open(self.log())?;
            let length = file.metadata()?.len();
            file.seek(io::SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
            let mut tail = Vec::new();
            file.read_to_end(&mut tail)?;
            Ok(String::from_utf8_lossy(&tail).trim_end().to_owned())
        };
        read().unwrap_or_default()
    }
}

/// Fails where the directory holds what could be overwritten or removed for a server's: only a lock of ours says that it
/// is.
fn check_ours(dir: &Path) -> Result<(), PrivateServerError> {
    let lock = dir.join("lock");
    let foreign = match fs::read_to_string(&lock) {
        Ok(holder) => (!holder.bytes().all(|byte| byte.is_ascii_digit())).then_some(lock),
        Err(err) if err.kind() == io::ErrorKind::NotFound => {
            CONTENTS.iter().map(|name| dir.join(name)).find(|path| path.symlink_metadata().is_ok())
        }
        Err(err) => return Err(PrivateServerError::io("read", lock)(err)),
    };
    foreign.map_or(Ok(()), |path| Err(PrivateServerError::Foreign { path }))
}

/// Whether a socket's path fits, and needs no escapes in PostgreSQL's list of directories.
fn can_hold_sockets(dir: &Path) -> bool {
    let longest = dir.join("data/.s.PGSQL.65535");
    longest.as_os_str().len() <= SOCKET_PATH_LIMIT && dir.to_str().is_some_and(|text| !text.contains('"'))
}

fn make_temporary(parent: &Path, account: &Account) -> Result<TempDir, PrivateServerError> {
    let dir = tempfile::Builder::new()
        .prefix("atelier-")
        .tempdir_in(parent)
        .map_err(PrivateServerError::io("create a directory in", parent))?;
    account.own(dir.path())?;
    Ok(dir)
}

/// A directory for the data of a `dir` that the account cannot enter, always the same.
fn make_fallback(dir: &Path) -> Result<PathBuf, PrivateServerError> {
    // FNV-1a, as the standard library's hash may differ in its next release.
    let hash = dir.as_os_str().as_bytes().iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let fallback = PathBuf::from(format!("/var/tmp/atelier-{hash:016x}"));
    let refused = |err| PrivateServerError::io("create", &fallback)(err);
    match fs::create_dir(&fallback) {
        Err(err) if err.kind() != io::ErrorKind::AlreadyExists => return Err(refused(err)),
        _ => {}
    }
    // Anyone may write there: what is not root's own was laid out by somebody else.
    let found = fs::symlink_metadata(&fallback).map_err(refused)?;
    if !found.is_dir() || found.uid() != 0 {
        return Err(refused(io::Error::other("somebody else has made it")));
    }
    Ok(fallback)
}

fn is_alive(pid: &str) -> bool {
    // Not 0 or below, which would mean groups of processes.
    let pid = pid.parse().ok().filter(|pid| *pid > 0).map(Pid::from_raw);
    pid.is_some_and(|pid| kill(pid, None) != Err(Errno::ESRCH))
}
