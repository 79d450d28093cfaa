//! What can go wrong with a private server, told to the person who has to put it right.

use std::{io, path::PathBuf};

/// Why a private server did not start. `Display` says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum PrivateServerError {
    /// No PostgreSQL programs on this machine.
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
        /// Where it was looked for, in that order.
        searched: Vec<PathBuf>,
    },

    /// `PG_BIN_DIR` is set, but not to the programs.
    #[error(
        "PG_BIN_DIR is {}, where there are no programs initdb and postgres; \
         correct it, or unset it to have them searched for",
        dir.display()
    )]
    WrongBinDir {
        /// The value of `PG_BIN_DIR`.
        dir: PathBuf,
    },

    /// The program is there, but does not run for the account.
    #[error(
        "{} does not tell its version when account {account} runs it: {output}",
        program.display()
    )]
    Unusable {
        /// The program.
        program: PathBuf,
        /// Whom it was run as.
        account: String,
        /// What it said instead.
        output: String,
    },

    /// Started by root, and no account to run PostgreSQL as.
    #[error(
        "PostgreSQL refuses to run as root, and this machine has neither an account postgres \
         nor nobody to run it as; start Atelier as another user"
    )]
    NoAccount,

    /// The account cannot get to the directory.
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

    /// The directory holds what no private server has made.
    #[error("{} was not made by Atelier, and is left as it is; choose another directory", path.display())]
    Foreign {
        /// What is there.
        path: PathBuf,
    },

    /// Another program, or a former server that does not end, has the data.
    #[error(
        "the data in {} are in use by process {pid}; stop it first, or choose another directory",
        dir.display()
    )]
    InUse {
        /// The directory.
        dir: PathBuf,
        /// The program's process id as its lock file has it.
        pid: String,
    },

    /// The data were made by another major version.
    #[error(
        "the data in {} were made by PostgreSQL {data}, and {} is PostgreSQL {program}; \
         install version {data} and set PG_BIN_DIR to it, \
         or remove the directory to start afresh",
        dir.display(), bin_dir.display()
    )]
    OtherVersion {
        /// The directory.
        dir: PathBuf,
        /// The major version that made the data.
        data: String,
        /// The directory of the programs found.
        bin_dir: PathBuf,
        /// Their version.
        program: String,
    },

    /// The program ended instead of doing its work.
    #[error("{program} ended early; the end of {} is:\n{tail}", log.display())]
    Ended {
        /// `initdb` or `postgres`.
        program: &'static str,
        /// The log file.
        log: PathBuf,
        /// Its last lines.
        tail: String,
    },

    /// Neither ready nor ended.
    #[error(
        "PostgreSQL is not ready after {limit_s} s; the end of {} is:\n{tail}",
        log.display()
    )]
    TooSlow {
        /// How long it was waited for, in seconds.
        limit_s: u64,
        /// The log file.
        log: PathBuf,
        /// Its last lines.
        tail: String,
    },

    /// The operating system refused something.
    #[error("could not {doing} {}: {source}", path.display())]
    Io {
        /// What was tried: "create", "lock", ...
        doing: &'static str,
        /// On which file.
        path: PathBuf,
        /// The refusal.
        source: io::Error,
    },
}

impl PrivateServerError {
    /// For `map_err`: an I/O error with what was tried on which file.
    pub(super) fn io(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { doing, path, source }
    }
}

fn list(dirs: &[PathBuf]) -> String {
    let names: Vec<_> = dirs.iter().map(|dir| dir.display().to_string()).collect();
    names.join(", ")
}
