//! The directory of a server. It contains `data` (PostgreSQL's own), `postgres.log` (of the last start) and the
//! [`lock`].

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::account::Account;
use crate::error::PrivateServerError;
use crate::lock;

/// The contents of the directory, except the lock.
const CONTENTS: [&str; 3] = ["data", "data.new", "postgres.log"];
/// The maximum length of the path of a socket: 103 bytes on macOS, 107 on Linux.
const MAX_SOCKET_PATH_BYTES: usize = 103;

/// The directory of a server, and the account that runs it.
pub(super) struct ServerDir {
    pub(super) account: Account,
    pub(super) path: PathBuf,
    /// The directory of the sockets.
    pub(super) sockets: PathBuf,
    /// The directory to remove when the server ends: the whole directory, or one for the sockets only.
    pub(super) temporary: Option<TempDir>,
}

impl ServerDir {
    /// A directory that stays: `dir`, or one below /var/tmp if the account that root chooses cannot enter `dir`, for
    /// example in root's home.
    ///
    /// Fails if the directory contains the data of a server that is not a private one.
    pub(super) fn durable(dir: &Path) -> Result<Self, PrivateServerError> {
        let is_new = !dir.exists();
        fs::create_dir_all(dir).map_err(PrivateServerError::io("create", dir))?;
        let mut path = dir.canonicalize().map_err(PrivateServerError::io("find", dir))?;
        let mut account = Account::for_data(&path.join("data"))?;
        if account.is_another() && !account.can_enter(&path) {
            let fallback = create_fallback(&path)?;
            if is_new {
                let _ = fs::remove_dir(&path); // It stays empty.
            }
            account = Account::for_data(&fallback.join("data"))?;
            path = fallback;
        }
        if !account.can_enter(&path) {
            return Err(PrivateServerError::Unreachable { dir: path, account: account.name().into() });
        }
        check_private(&path)?;
        if can_hold_sockets(&path) {
            return Ok(Self { account, sockets: path.join("data"), path, temporary: None });
        }
        let sockets = create_temporary(Path::new("/tmp"), &account)?;
        Ok(Self { account, path, sockets: sockets.path().into(), temporary: Some(sockets) })
    }

    /// A directory that is removed when the server ends.
    pub(super) fn throwaway() -> Result<Self, PrivateServerError> {
        let account = Account::for_data(Path::new(""))?;
        let mut temporary = create_temporary(&std::env::temp_dir(), &account)?;
        if !account.can_enter(temporary.path()) || !can_hold_sockets(temporary.path()) {
            temporary = create_temporary(Path::new("/tmp"), &account)?;
        }
        let path = temporary.path().to_owned();
        Ok(Self { account, sockets: path.join("data"), path, temporary: Some(temporary) })
    }

    /// PostgreSQL's data directory.
    pub(super) fn data(&self) -> PathBuf {
        self.path.join("data")
    }

    /// The log of the last start.
    pub(super) fn log(&self) -> PathBuf {
        self.path.join("postgres.log")
    }

    /// Takes the [lock](lock::acquire) of the directory.
    pub(super) async fn lock(&self) -> Result<File, PrivateServerError> {
        lock::acquire(&self.path).await
    }

    /// Removes the files of the server, and the directory if it is empty then. `lock` is the lock of the directory.
    pub(super) fn remove(&self, lock: File) -> Result<(), PrivateServerError> {
        for name in CONTENTS {
            let path = self.path.join(name);
            let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            match removed {
                Err(err) if err.kind() != io::ErrorKind::NotFound => {
                    return Err(PrivateServerError::io("remove", path)(err));
                }
                _ => {}
            }
        }
        // Last, because the lock marks the other files as a private server's.
        let path = self.path.join(lock::FILE);
        fs::remove_file(&path).map_err(PrivateServerError::io("remove", path))?;
        drop(lock);
        let _ = fs::remove_dir(&self.path); // It may contain other files.
        Ok(())
    }

    /// The error for a program that ended unexpectedly.
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

/// Fails if the directory contains files that a private server would overwrite or remove, without the lock that marks
/// them as a private server's.
fn check_private(dir: &Path) -> Result<(), PrivateServerError> {
    let lock = dir.join(lock::FILE);
    let foreign = match fs::read_to_string(&lock) {
        Ok(holder) => (!holder.bytes().all(|byte| byte.is_ascii_digit())).then_some(lock),
        Err(err) if err.kind() == io::ErrorKind::NotFound => {
            CONTENTS.iter().map(|name| dir.join(name)).find(|path| path.symlink_metadata().is_ok())
        }
        Err(err) => return Err(PrivateServerError::io("read", lock)(err)),
    };
    foreign.map_or(Ok(()), |path| Err(PrivateServerError::Foreign { path }))
}

/// Whether the path of a socket is short enough, and needs no escapes in PostgreSQL's list of directories.
fn can_hold_sockets(dir: &Path) -> bool {
    let longest = dir.join("data/.s.PGSQL.65535");
    longest.as_os_str().len() <= MAX_SOCKET_PATH_BYTES && dir.to_str().is_some_and(|text| !text.contains('"'))
}

fn create_temporary(parent: &Path, account: &Account) -> Result<TempDir, PrivateServerError> {
    let dir = tempfile::Builder::new()
        .prefix("atelier-")
        .tempdir_in(parent)
        .map_err(PrivateServerError::io("create a directory in", parent))?;
    account.own(dir.path())?;
    Ok(dir)
}

/// Creates the directory for the data of a `dir` that the account cannot enter. Its name depends on `dir` only.
fn create_fallback(dir: &Path) -> Result<PathBuf, PrivateServerError> {
    // FNV-1a: the hash of the standard library may differ between releases.
    let hash = dir.as_os_str().as_bytes().iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let fallback = PathBuf::from(format!("/var/tmp/atelier-{hash:016x}"));
    let refused = |err| PrivateServerError::io("create", &fallback)(err);
    match fs::create_dir(&fallback) {
        Err(err) if err.kind() != io::ErrorKind::AlreadyExists => return Err(refused(err)),
        _ => {}
    }
    // All users can write to /var/tmp: the directory may be another user's.
    let found = fs::symlink_metadata(&fallback).map_err(refused)?;
    if !found.is_dir() || found.uid() != 0 {
        return Err(refused(io::Error::other("another user has created it")));
    }
    Ok(fallback)
}
