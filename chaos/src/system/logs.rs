//! The logs of a run: a directory that is kept if it was named, or if the verdict is bad.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::Result;

/// The directory of the logs.
pub(crate) struct Logs {
    dir: PathBuf,
    temporary: Option<TempDir>,
}

impl Logs {
    /// Creates the directory `named`, or a temporary one.
    pub(crate) fn create(named: Option<&Path>) -> Result<Self> {
        if let Some(dir) = named {
            fs::create_dir_all(dir)?;
            return Ok(Self { dir: dir.to_owned(), temporary: None });
        }
        let temporary = tempfile::Builder::new().prefix("atelier-chaos-logs-").tempdir()?;
        Ok(Self { dir: temporary.path().to_owned(), temporary: Some(temporary) })
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Keeps the directory, and returns it.
    pub(crate) fn keep(mut self) -> PathBuf {
        match self.temporary.take() {
            Some(temporary) => temporary.keep(),
            None => self.dir,
        }
    }

    /// The lines in which replicas report a panic.
    pub(crate) fn panics(&self) -> Vec<String> {
        let files = fs::read_dir(&self.dir).into_iter().flatten().flatten();
        let texts = files.filter_map(|file| fs::read_to_string(file.path()).ok());
        let is_panic = |line: &&str| line.contains("panic:") || line.contains("panicked at");
        texts.flat_map(|text| text.lines().filter(is_panic).map(str::to_owned).collect::<Vec<_>>()).collect()
    }
}
