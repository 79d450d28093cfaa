//! A file that a load writes: a file of rejects, the file of repairs, the summary.
//!
//! It is written under a temporary name in the same directory, and takes its own name when it is whole. What stands
//! there is replaced only if it is empty or an earlier output of the same kind; every other file is left as it is, and
//! the load is refused before the first row is read. Nothing is ever removed but the temporary file.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tempfile::NamedTempFile;

use super::identity::{self, Identities};
use crate::error::LoadError;

/// A file that a load writes. Clones write to the same file.
#[derive(Clone, Debug)]
pub(super) struct Output(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    /// As it was named.
    path: PathBuf,
    /// What all outputs of this kind begin with.
    mark: &'static [u8],
    /// What this one begins with.
    header: Vec<u8>,
    /// Whether there was anything to write.
    has_lines: bool,
    state: State,
}

#[derive(Debug)]
enum State {
    /// No line yet. `target` is the path without links.
    Unwritten { target: PathBuf },
    /// Under its temporary name.
    Temporary { target: PathBuf, file: BufWriter<NamedTempFile> },
    /// A device or a pipe, which is written to directly.
    Stream(BufWriter<File>),
    /// Complete or discarded.
    Closed,
}

impl Output {
    /// An output at `path`, which is none of the `known` files and becomes one of them. Fails where a file stands that
    /// is not an earlier output, which begins with `mark`. A pipe is waited for until somebody reads from it.
    pub(super) fn new(path: PathBuf, mark: &'static [u8], known: &mut Identities) -> Result<Self, LoadError> {
        let cannot_write = |source| LoadError::Write { path: path.clone(), source };
        let state = match fs::metadata(&path) {
            Ok(metadata) if metadata.file_type().is_char_device() || metadata.file_type().is_fifo() => {
                known.check(&path, &[identity::of_file(&metadata)])?;
                let stream = OpenOptions::new().write(true).open(&path).map_err(cannot_write)?;
                State::Stream(BufWriter::new(stream))
            }
            Ok(metadata) if !metadata.is_file() => {
                return Err(cannot_write(io::Error::other(
                    "it is neither a file nor a character device nor a pipe",
                )));
            }
            found => {
                let (target, place) = identity::locate(&path).map_err(cannot_write)?;
                let identities: Vec<_> =
                    found.iter().map(identity::of_file).chain(std::iter::once(place)).collect();
                known.check(&path, &identities)?;
                may_be_replaced(&target, mark).map_err(cannot_write)?;
                known.add(&path.display().to_string(), identities);
                State::Unwritten { target }
            }
        };
        let inner = Inner { path, mark, header: mark.to_owned(), has_lines: false, state };
        Ok(Self(Arc::new(Mutex::new(inner))))
    }

    /// What the file begins with: the mark and more.
    pub(super) fn set_header(&self, header: Vec<u8>) {
        self.lock().header = header;
    }

    /// Appends the parts of a line.
    pub(super) fn write(&self, line: &[&[u8]]) -> Result<(), LoadError> {
        self.lock().doing(|inner| inner.write(line))
    }

    /// Makes the temporary file, which a first line would: what is wrong with its directory is known at once.
    pub(super) fn open(&self) -> Result<(), LoadError> {
        self.lock().doing(Inner::open)
    }

    /// Gives the file its name, if there was anything to write; else an earlier output there is replaced by the header
    /// alone. Later calls and lines change nothing.
    pub(super) fn finish(&self) -> Result<(), LoadError> {
        self.lock().doing(Inner::finish)
    }

    /// Removes the temporary file, if the output is not complete. Later lines are dropped.
    pub(super) fn discard(&self) {
        self.lock().state = State::Closed;
    }

    /// As it was named.
    pub(super) fn path(&self) -> PathBuf {
        self.lock().path.clone()
    }

    /// Whether there was anything to write.
    pub(super) fn has_lines(&self) -> bool {
        self.lock().has_lines
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn doing(&mut self, job: impl FnOnce(&mut Self) -> io::Result<()>) -> Result<(), LoadError> {
        job(self).map_err(|source| LoadError::Write { path: self.path.clone(), source })
    }

    fn open(&mut self) -> io::Result<()> {
        if let State::Unwritten { target } = &self.state {
            let file = BufWriter::new(temporary_beside(target)?);
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
                // It may have come while the load ran.
                may_be_replaced(&target, self.mark)?;
                file.persist(target).map(drop).map_err(|err| err.error)
            }
            State::Stream(mut stream) => stream.flush(),
            State::Unwritten { .. } | State::Closed => Ok(()),
        }
    }
}

fn temporary_beside(target: &Path) -> io::Result<NamedTempFile> {
    let mut prefix = target.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
    prefix.push(".");
    // As readable as any new file, of which the process's mask takes its part.
    let permissions = Permissions::from_mode(0o666);
    tempfile::Builder::new()
        .prefix(&prefix)
        .suffix(".part")
        .permissions(permissions)
        .tempfile_in(directory(target)?)
}

fn directory(target: &Path) -> io::Result<&Path> {
    target.parent().ok_or_else(|| io::ErrorKind::InvalidInput.into())
}

/// Fails where a file stands that is neither empty nor an output: those begin with `mark`.
fn may_be_replaced(path: &Path, mark: &[u8]) -> io::Result<()> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    let mut start = Vec::with_capacity(mark.len());
    file.take(mark.len() as u64).read_to_end(&mut start)?;
    if start.is_empty() || start == mark {
        return Ok(());
    }
    Err(io::Error::other("a file is there that no load has written; move it away, or name another place"))
}
