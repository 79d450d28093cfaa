//! Opens the files of a data set, before the load changes anything.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::error::LoadError;
use crate::tables::{FileGroup, TABLES, Table};

/// A file of the data set.
#[derive(Debug)]
pub(super) struct OpenFile {
    pub(super) table: &'static Table,
    pub(super) path: PathBuf,
    /// `None` if the file is optional and missing.
    pub(super) file: Option<File>,
    /// Its size in bytes.
    pub(super) bytes: u64,
}

/// Opens the files of all tables, in the order of [`TABLES`]. Fails if a file is unreadable, or missing from its group.
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
        Err(error) if error.kind() == io::ErrorKind::NotFound && table.group != FileGroup::Catalogue => {
            Ok(OpenFile { table, path, file: None, bytes: 0 })
        }
        Err(source) => Err(LoadError::Open { path, source }),
    }
}
