//! Finds and opens the files of a data set before anything is done.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::LoadError;
use crate::tables::{TABLES, Table};

/// A file of the data set.
#[derive(Debug)]
pub(super) struct OpenFile {
    pub(super) table: &'static Table,
    pub(super) path: PathBuf,
    /// Nothing where an optional file is not there.
    pub(super) file: Option<File>,
    /// Its size.
    pub(super) bytes: u64,
}

/// The files of all tables, in their order. Fails if one is missing that is required, or cannot be read.
pub(super) fn open(dir: &Path) -> Result<Vec<OpenFile>, LoadError> {
    let open = |table: &'static Table| {
        let path = dir.join(table.file);
        match File::open(&path).and_then(|file| Ok((file.metadata()?.len(), file))) {
            Ok((bytes, file)) => Ok(OpenFile { table, path, file: Some(file), bytes }),
            Err(error) if error.kind() == io::ErrorKind::NotFound && !table.required => {
                Ok(OpenFile { table, path, file: None, bytes: 0 })
            }
            Err(source) => Err(LoadError::Open { path, source }),
        }
    };
    TABLES.iter().map(open).collect()
}
