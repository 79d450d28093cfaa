//! The errors of a private server, each with what to do about it.

use std::io;
use std::path::PathBuf;

/// Why a private server did not start. `Display` says what to do.
#[derive(Debug, thiserror::Error)]
pub enum PrivateServerError {
    /// PostgreSQL is not installed.
    #[error(
        "PostgreSQL (its programs initdb and postgres) was not found in {}.\n\
         Install it, or name its directory in PG_BIN_DIR:\n  \
         Debian, Ubuntu:  sudo apt-get install postgresql\n  \
         macOS:           brew install postgresql@17\n\
         or let Docker run it, and serve from there:\n  \
         docker run -d -e POSTGRES_PASSWORD=atelier -p 5432:5432 postgres:18\n  \
         DATABASE_URL=postgres://postgres:atelier@127.0.0.1:5432/postgres atelier serve",
        list(searched)
    )]
    NotFound {
        /// The directories that were searched, in this order.
        searched: Vec<PathBuf>,
    },

    /// `PG_BIN_DIR` does not contain the programs.
    #[error(
        "PG_BIN_DIR is {}, which does not contain the programs initdb and postgres; \
         correct it, or unset it to have them searched for",
        dir.display()
    )]
    WrongBinDir {
        /// The value of `PG_BIN_DIR`.
        dir: PathBuf,
    },

    /// The account cannot run the program.
    #[error(
        "{} does not print its version when account {account} runs it: {output}",
        program.display()
    )]
    Unusable {
        /// The program.
        program: PathBuf,
        /// The account that ran it.
        account: String,
        /// Its output.
        output: String,
    },

    /// The program runs as root, and there is no other account to run PostgreSQL as.
    #[error(
        "PostgreSQL refuses to run as root, and this machine has neither an account postgres \
         nor nobody to run it as; start Atelier as another user"
    )]
    NoAccount,

    /// The account cannot enter the directory.
    #[error(
        "account {account} cannot enter {}; \
         choose another directory, or let that account into it and all above it",
        dir.display()
    )]
    Unreachable {
        /// The directory.
        dir: PathBuf,
        /// The account that PostgreSQL would run as.
        account: String,
    },

    /// The directory contains files that no private server has created.
    #[error("{} was not created by Atelier; choose another directory", path.display())]
    Foreign {
        /// The file or directory.
        path: PathBuf,
    },

    /// Another program uses the data, or a former server does not end.
    #[error(
        "the data in {} are in use by process {pid}; stop it first, or choose another directory",
        dir.display()
    )]
    InUse {
        /// The directory.
        dir: PathBuf,
        /// The program's process id, from the lock file.
        pid: String,
    },

    /// The data are from another major version.
    #[error(
        "the data in {} are from PostgreSQL {data}, but {} is PostgreSQL {program}; \
         install version {data} and set PG_BIN_DIR to it, \
         or remove the directory to start with new data",
        dir.display(), bin_dir.display()
    )]
    OtherVersion {
        /// The directory.
        dir: PathBuf,
        /// The major version of the data.
        data: String,
        /// The directory of the programs found.
        bin_dir: PathBuf,
        /// Their version.
        program: String,
    },

    /// The program ended unexpectedly.
    #[error("{program} ended unexpectedly; the end of {} is:\n{tail}", log.display())]
    Ended {
        /// `initdb` or `postgres`.
        program: &'static str,
        /// The log file.
        log: PathBuf,
        /// Its last lines.
        tail: String,
    },

    /// The server did not accept connections in time.
    #[error(
        "PostgreSQL is not ready after {timeout_s} s; the end of {} is:\n{tail}",
        log.display()
    )]
    TooSlow {
        /// The timeout, in seconds.
        timeout_s: u64,
        /// The log file.
        log: PathBuf,
        /// Its last lines.
        tail: String,
    },

    /// An operation on a file failed.
    #[error("could not {action} {}: {source}", path.display())]
    Io {
        /// The operation: "create", "lock", ...
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The error.
        source: io::Error,
    },
}

impl PrivateServerError {
    /// For `map_err`: adds the operation and the file.
    pub(super) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }
}

fn list(dirs: &[PathBuf]) -> String {
    let names: Vec<_> = dirs.iter().map(|dir| dir.display().to_string()).collect();
    names.join(", ")
}
