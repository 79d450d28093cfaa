//! Detects paths that lead to the same file through links, mounts or different names of a directory.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::error::LoadError;

/// Equal for all paths that lead to the same file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FileIdentity {
    device: u64,
    inode: u64,
    /// Where the file may not exist: its path below the directory with these numbers. Else empty.
    below: PathBuf,
}

/// The identity of a file that exists.
pub(super) fn of_file(metadata: &Metadata) -> FileIdentity {
    FileIdentity { device: metadata.dev(), inode: metadata.ino(), below: PathBuf::new() }
}

/// The path without links, and its identity, whether or not the file exists.
pub(super) fn locate(path: &Path) -> io::Result<(PathBuf, FileIdentity)> {
    let name = |path: &Path| path.file_name().map(OsString::from).ok_or(io::ErrorKind::InvalidInput);
    // A link to a file is followed, so the directory is that of its target.
    let path = match path.canonicalize() {
        Err(error) if error.kind() == io::ErrorKind::NotFound && !path.is_symlink() => path.to_owned(),
        followed => followed?,
    };
    let mut below = PathBuf::from(name(&path)?);
    let mut directory = parent(&path);
    loop {
        match directory.canonicalize() {
            Ok(found) => {
                let FileIdentity { device, inode, .. } = of_file(&fs::metadata(&found)?);
                return Ok((found.join(&below), FileIdentity { device, inode, below }));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound && !directory.is_symlink() => {
                below = Path::new(&name(directory)?).join(below);
                directory = parent(directory);
            }
            Err(error) => return Err(error),
        }
    }
}

/// The directory of a path, which may be relative.
fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(directory) if directory.as_os_str().is_empty() => Path::new("."),
        Some(directory) => directory,
        None => Path::new("/"),
    }
}

/// The files that no output may be, each with its name for error messages.
#[derive(Debug, Default)]
pub(super) struct ReservedFiles(Vec<(FileIdentity, String)>);

impl ReservedFiles {
    /// Adds a file with these identities.
    pub(super) fn add(&mut self, name: &str, identities: impl IntoIterator<Item = FileIdentity>) {
        self.0.extend(identities.into_iter().map(|identity| (identity, name.to_owned())));
    }

    /// Fails if one of the files has one of the identities of the output at `path`.
    pub(super) fn check(&self, path: &Path, identities: &[FileIdentity]) -> Result<(), LoadError> {
        match self.0.iter().find(|(reserved, _)| identities.contains(reserved)) {
            Some((_, other)) => Err(LoadError::SameFile { path: path.to_owned(), other: other.clone() }),
            None => Ok(()),
        }
    }
}
