//! Where things are: the repository, the programs that were built with this one, and what is written.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::Command;

use crate::error::{Result, error};

/// Directories of a run.
pub(crate) struct Places {
    /// The repository.
    pub(crate) root: PathBuf,
    /// Where the programs are that cargo built with this one.
    programs: PathBuf,
    /// target/bench: reports, data, logs.
    pub(crate) out: PathBuf,
}

impl Places {
    /// Finds them, and makes the one that is written to.
    pub(crate) fn find() -> Result<Self> {
        let program = std::env::current_exe()?;
        let programs = program.parent().ok_or_else(|| error("this program lies nowhere"))?.to_owned();
        let benches = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let root = benches.parent().ok_or_else(|| error("benches/ lies in no repository"))?.to_owned();
        let out = root.join("target/bench");
        fs::create_dir_all(out.join("logs"))?;
        Ok(Self { root, programs, out })
    }

    /// One of the programs of this workspace: `atelier`, `loader`, `bare`.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.programs.join(name)
    }

    /// A file of benches/.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.root.join("benches").join(name)
    }

    /// A new file for what a program prints.
    pub(crate) fn log(&self, name: &str) -> Result<File> {
        Ok(File::create(self.out.join("logs").join(format!("{name}.log")))?)
    }
}

/// A loopback address that nobody listens on, at this moment.
pub(crate) fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

/// What a command prints, where it ends well; else what it said of why not.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|err| error(format!("{name}: {err}")))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.trim_end();
    // The end is where programs say what was wrong.
    let tail = said.char_indices().rev().nth(600).map_or(said, |(at, _)| &said[at..]);
    Err(error(format!("{name} ended with {}: {tail}", output.status)))
}
