//! Which paths lead to the same file: by links, by other names of a directory, or by mounts.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::error::LoadError;

/// What all paths to one file share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    device: u64,
    inode: u64,
    /// For a place where there may be no file: its path below the directory that the numbers are of. Else empty.
    below: PathBuf,
}

/// The identity of a file that exists.
pub(super) fn of_file(metadata: &Metadata) -> Identity {
    Identity { device: metadata.dev(), inode: metadata.ino(), below: PathBuf::new() }
}

/// The path without links, and the identity of the place, whether or not there is a file.
pub(super) fn locate(path: &Path) -> io::Result<(PathBuf, Identity)> {
    let name = |path: &Path| path.file_name().map(OsString::from).ok_or(io::ErrorKind::InvalidInput);
    // A link to a file is followed; its directory is that of the file.
    let path = match path.canonicalize() {
        Err(error) if error.kind() == io::ErrorKind::NotFound && !path.is_symlink() => path.to_owned(),
        followed => followed?,
    };
    let mut below = PathBuf::from(name(&path)?);
    let mut directory = parent(&path);
    loop {
        match directory.canonicalize() {
            Ok(found) => {
                let Identity { device, inode, .. } = of_file(&fs::metadata(&found)?);
                return Ok((found.join(&below), Identity { device, inode, below }));
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

/// Files that an output must not be, each with the words that an error names it by.
#[derive(Debug, Default)]
pub(super) struct Identities(Vec<(Identity, String)>);

impl Identities {
    /// One more file, which has these identities.
    pub(super) fn add(&mut self, file: &str, identities: impl IntoIterator<Item = Identity>) {
        self.0.extend(identities.into_iter().map(|identity| (identity, file.to_owned())));
    }

    /// Fails if the output at `path`, which has these identities, is one of the files.
    pub(super) fn check(&self, path: &Path, identities: &[Identity]) -> Result<(), LoadError> {
        match self.0.iter().find(|(known, _)| identities.contains(known)) {
            Some((_, other)) => Err(LoadError::SameFile { path: path.to_owned(), other: other.clone() }),
            None => Ok(()),
        }
    }
}
