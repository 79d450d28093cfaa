//! The files that tell what was damaged: `repairs.csv`, and a file of rejects for each file that has any. They are
//! made when there is something to write.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::csv::Reason;
use crate::error::LoadError;

/// A file that is made when the first line is written.
#[derive(Debug)]
struct LateFile {
    path: PathBuf,
    file: Option<BufWriter<File>>,
}

impl LateFile {
    /// Nothing of an earlier load is left there.
    fn new(path: PathBuf) -> Result<Self, LoadError> {
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(LoadError::Write { path, source }),
            _ => Ok(Self { path, file: None }),
        }
    }

    fn write(&mut self, header: &[u8], line: &[&[u8]]) -> Result<(), LoadError> {
        self.try_write(header, line).map_err(|source| LoadError::Write { path: self.path.clone(), source })
    }

    fn try_write(&mut self, header: &[u8], line: &[&[u8]]) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            unopened => {
                if let Some(directory) = self.path.parent() {
                    fs::create_dir_all(directory)?;
                }
                let file = unopened.insert(BufWriter::new(File::create(&self.path)?));
                file.write_all(header)?;
                file
            }
        };
        line.iter().try_for_each(|part| file.write_all(part))
    }

    /// The path, if there was something to write.
    fn finish(&mut self) -> Result<Option<PathBuf>, LoadError> {
        let Some(mut file) = self.file.take() else { return Ok(None) };
        match file.flush() {
            Ok(()) => Ok(Some(self.path.clone())),
            Err(source) => Err(LoadError::Write { path: self.path.clone(), source }),
        }
    }
}

/// The rejected lines of one file, byte for byte, each after its number and the reason.
#[derive(Debug)]
pub(super) struct Rejects {
    file: LateFile,
    header: Vec<u8>,
}

impl Rejects {
    /// To be written to `directory/name`.
    pub(super) fn new(directory: &Path, name: &str) -> Result<Self, LoadError> {
        Ok(Self { file: LateFile::new(directory.join(name))?, header: Vec::new() })
    }

    /// The header of the file that the lines come from.
    pub(super) fn set_header(&mut self, header: &[u8]) {
        self.header = [b"line,reason,", header, b"\n"].concat();
    }

    pub(super) fn write(&mut self, number: u64, reason: &Reason, line: &[u8]) -> Result<(), LoadError> {
        let cells = format!("{number},\"{reason}\",");
        self.file.write(&self.header, &[cells.as_bytes(), line, b"\n"])
    }

    pub(super) fn finish(&mut self) -> Result<Option<PathBuf>, LoadError> {
        self.file.finish()
    }
}

/// The lines that were repaired, of all files. Clones write to the same file.
#[derive(Clone, Debug)]
pub(super) struct Repairs(Arc<Mutex<LateFile>>);

impl Repairs {
    pub(super) fn new(path: PathBuf) -> Result<Self, LoadError> {
        Ok(Self(Arc::new(Mutex::new(LateFile::new(path)?))))
    }

    pub(super) fn write(
        &self,
        name: &str,
        number: u64,
        before: &[u8],
        after: &[u8],
    ) -> Result<(), LoadError> {
        let line = [name.as_bytes(), b",", number.to_string().as_bytes()].concat();
        let cells = [&line, &b","[..], &quoted(before), b",", &quoted(after), b"\n"];
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(b"file,line,before,after\n", &cells)
    }

    pub(super) fn finish(&self) -> Result<Option<PathBuf>, LoadError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).finish()
    }
}

/// The text as a cell in quotes.
fn quoted(text: &[u8]) -> Vec<u8> {
    let mut cell = vec![b'"'];
    for &byte in text {
        cell.push(byte);
        if byte == b'"' {
            cell.push(byte);
        }
    }
    cell.push(b'"');
    cell
}
