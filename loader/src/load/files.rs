//! Finds and opens the files of a data set before anything is done.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::LoadError;
use crate::tables::{Group, TABLES, Table};

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

/// The files of all tables, in their order. Fails if one is missing without which others cannot be loaded, or cannot be
/// read.
pub(super) fn open(dir: &Path) -> Result<Vec<OpenFile>, LoadError> {
    let files: Vec<_> = TABLES.iter().map(|table| open_file(dir, table)).collect::<Result<_, _>>()?;
    for missing in files.iter().filter(|file| file.file.is_none()) {
        let group: Vec<_> = files.iter().filter(|file| file.table.group == missing.table.group).collect();
        if let Some(present) = group.iter().find(|file| file.file.is_some()) {
            let names: Vec<_> = group.iter().map(|file| file.table.file).collect();
            let (path, present) = (missing.path.clone(), present.table.file);
            return Err(LoadError::Incomplete { path, present, group: names.join(", ") });
        }
    }
    Ok(files)
}

fn open_file(dir: &Path, table: &'static Table) -> Result<OpenFile, LoadError> {
    let path = dir.join(table.file);
    match File::open(&path).and_then(|file| Ok((file.metadata()?.len(), file))) {
        Ok((bytes, file)) => Ok(OpenFile { table, path, file: Some(file), bytes }),
        Err(error) if error.kind() == io::ErrorKind::NotFound && table.group != Group::Catalogue => {
            Ok(OpenFile { table, path, file: None, bytes: 0 })
        }
        Err(source) => Err(LoadError::Open { path, source }),
    }
}
