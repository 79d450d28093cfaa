//! Paths of the repository, of the programs built with this one, and of the output.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;

use crate::error::{Result, error};

/// Directories of a run.
pub(crate) struct Paths {
    /// The repository.
    pub(crate) root: PathBuf,
    /// The directory of this program.
    programs: PathBuf,
    /// target/bench: reports, data, logs.
    pub(crate) out: PathBuf,
}

impl Paths {
    /// Finds them, and creates the output directory.
    pub(crate) fn find() -> Result<Self> {
        let program = std::env::current_exe()?;
        let programs = program.parent().ok_or_else(|| error("this program has no directory"))?.to_owned();
        let benches = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let root = benches.parent().ok_or_else(|| error("benches/ has no parent directory"))?.to_owned();
        let out = root.join("target/bench");
        fs::create_dir_all(out.join("logs"))?;
        Ok(Self { root, programs, out })
    }

    /// A program of this workspace: `atelier`, `loader`, `bare`.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.programs.join(name)
    }

    /// A file of benches/.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.root.join("benches").join(name)
    }

    /// A new file for the output of a program.
    pub(crate) fn log(&self, name: &str) -> Result<File> {
        Ok(File::create(self.out.join("logs").join(format!("{name}.log")))?)
    }
}

/// The standard output of a command; if it fails, an error with the end of its standard error.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    const SHOWN: usize = 600;
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|err| error(format!("{name}: {err}")))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let end = &output.stderr[output.stderr.len().saturating_sub(SHOWN)..];
    Err(error(format!("{name} ended with {}: {}", output.status, String::from_utf8_lossy(end).trim_end())))
}
