//! A file that a load writes: a file of rejects, the file of repairs, the summary.
//!
//! The load writes it to a temporary file without a name in the same directory, of which a killed load leaves nothing, and
//! gives it its name when it is complete. An existing file is replaced only if it is empty or an earlier output of the same kind, which its signature shows; for any other file
//! the load fails before it reads the first row. A load removes no file.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, BufWriter, Read, Seek, Write};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::error::LoadError;
use super::file_identity::{self, ReservedFiles};

/// An output. Clones write to the same file.
#[derive(Clone, Debug)]
pub(super) struct OutputFile(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    /// The path from the options.
    path: PathBuf,
    /// The first bytes of all outputs of this kind.
    signature: &'static [u8],
    /// The first bytes of this output: the signature and more.
    header: Vec<u8>,
    /// Whether a line was written.
    has_lines: bool,
    state: State,
}

#[derive(Debug)]
enum State {
    /// No line was written yet. `target` is the path without links.
    Unwritten { target: PathBuf },
    /// The file has no name yet.
    Temporary { target: PathBuf, file: BufWriter<File> },
    /// A device or a pipe, written directly.
    Stream(BufWriter<File>),
    /// Complete or discarded.
    Closed,
}

impl OutputFile {
    /// An output at `path`, which it adds to the `reserved` files. Fails if the path is already reserved, or if a file
    /// without the signature exists there. Blocks on a pipe until it has a reader.
    pub(super) fn new(
        path: PathBuf,
        signature: &'static [u8],
        reserved: &mut ReservedFiles,
    ) -> Result<Self, LoadError> {
        let cannot_write = |source| LoadError::Write { path: path.clone(), source };
        let state = match fs::metadata(&path) {
            Ok(metadata) if metadata.file_type().is_char_device() || metadata.file_type().is_fifo() => {
                reserved.check(&path, &[file_identity::of_file(&metadata)])?;
                let stream = OpenOptions::new().write(true).open(&path).map_err(cannot_write)?;
                State::Stream(BufWriter::new(stream))
            }
            Ok(metadata) if !metadata.is_file() => {
                return Err(cannot_write(io::Error::other(
                    "it is neither a file nor a character device nor a pipe",
                )));
            }
            found => {
                let (target, place) = file_identity::locate(&path).map_err(cannot_write)?;
                let identities: Vec<_> =
                    found.iter().map(file_identity::of_file).chain(std::iter::once(place)).collect();
                reserved.check(&path, &identities)?;
                check_replaceable(&target, signature).map_err(cannot_write)?;
                reserved.add(&path.display().to_string(), identities);
                State::Unwritten { target }
            }
        };
        let inner = Inner { path, signature, header: signature.to_owned(), has_lines: false, state };
        Ok(Self(Arc::new(Mutex::new(inner))))
    }

    /// Sets the first bytes of the file: the signature and more.
    pub(super) fn set_header(&self, header: Vec<u8>) {
        self.lock().header = header;
    }

    /// Appends the parts of a line.
    pub(super) fn write(&self, line: &[&[u8]]) -> Result<(), LoadError> {
        self.lock().try_io(|inner| inner.write(line))
    }

    /// Creates the temporary file now instead of with the first line, so that an unwritable directory fails early.
    pub(super) fn open(&self) -> Result<(), LoadError> {
        self.lock().try_io(Inner::open)
    }

    /// Gives the temporary file its name. Without lines, replaces an earlier output by the header alone. Later
    /// calls and lines have no effect.
    pub(super) fn finish(&self) -> Result<(), LoadError> {
        self.lock().try_io(Inner::finish)
    }

    /// Removes the temporary file of an incomplete output. Later lines are dropped.
    pub(super) fn discard(&self) {
        self.lock().state = State::Closed;
    }

    /// The path from the options.
    pub(super) fn path(&self) -> PathBuf {
        self.lock().path.clone()
    }

    /// Whether a line was written.
    pub(super) fn has_lines(&self) -> bool {
        self.lock().has_lines
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn try_io(&mut self, operation: impl FnOnce(&mut Self) -> io::Result<()>) -> Result<(), LoadError> {
        operation(self).map_err(|source| LoadError::Write { path: self.path.clone(), source })
    }

    fn open(&mut self) -> io::Result<()> {
        if let State::Unwritten { target } = &self.state {
            let file = BufWriter::new(tempfile::tempfile_in(directory(target)?)?);
            self.state = State::Temporary { target: target.clone(), file };
        }
        Ok(())
    }

    fn write(&mut self, line: &[&[u8]]) -> io::Result<()> {
        if let State::Unwritten { target } = &self.state {
            fs::create_dir_all(directory(target)?)?;
            self.open()?;
        }
        let file: &mut dyn Write = match &mut self.state {
            State::Temporary { file, .. } => file,
            State::Stream(stream) => stream,
            State::Unwritten { .. } | State::Closed => return Ok(()),
        };
        if !self.has_lines {
            file.write_all(&self.header)?;
            self.has_lines = true;
        }
        line.iter().try_for_each(|part| file.write_all(part))
    }

    fn finish(&mut self) -> io::Result<()> {
        if let State::Unwritten { target } = &self.state
            && target.try_exists()?
        {
            self.open()?;
        }
        match std::mem::replace(&mut self.state, State::Closed) {
            State::Temporary { target, mut file } => {
                if !self.has_lines {
                    file.write_all(&self.header)?;
                }
                let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
                // A file may have been created there while the load ran.
                check_replaceable(&target, self.signature)?;
                name(file, &target)
            }
            State::Stream(mut stream) => stream.flush(),
            State::Unwritten { .. } | State::Closed => Ok(()),
        }
    }
}

/// Writes the content of `file` to `target` in one step; to a mount point, which can't be replaced, directly.
fn name(mut file: File, target: &Path) -> io::Result<()> {
    let mut prefix = target.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
    prefix.push(".");
    // The permissions of any new file; the umask applies.
    let permissions = Permissions::from_mode(0o666);
    let mut part = tempfile::Builder::new()
        .prefix(&prefix)
        .suffix(".part")
        .permissions(permissions)
        .tempfile_in(directory(target)?)?;
    file.rewind()?;
    io::copy(&mut file, part.as_file_mut())?;
    match part.persist(target) {
        Err(failed) if failed.error.kind() == io::ErrorKind::ResourceBusy => {
            fs::copy(failed.file.path(), target).map(drop)
        }
        persisted => persisted.map(drop).map_err(|failed| failed.error),
    }
}

fn directory(target: &Path) -> io::Result<&Path> {
    target.parent().ok_or_else(|| io::ErrorKind::InvalidInput.into())
}

/// Fails if a file exists at `path` that is neither empty nor begins with `signature`.
fn check_replaceable(path: &Path, signature: &[u8]) -> io::Result<()> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    let mut start = Vec::with_capacity(signature.len());
    file.take(signature.len() as u64).read_to_end(&mut start)?;
    if start.is_empty() || start == signature {
        return Ok(());
    }
    Err(io::Error::other("a file exists there that no load has written; move it, or choose another path"))
}
