//! All files that a load writes: one file of rejects for each file with rejected lines, one file of repairs, the summary.

use std::fs::File;
use std::os::fd::AsFd;
use std::path::PathBuf;

use super::error::LoadError;
use super::file_identity::{self, ReservedFiles};
use super::files::OpenFile;
use super::options::LoadOptions;
use super::output_file::OutputFile;
use super::summary::LoadSummary;
use crate::csv::RejectReason;

/// The signature of files of rejects. The header of the data file follows.
const REJECTS: &[u8] = b"line,reason,";
/// The signature of the file of repairs.
const REPAIRS: &[u8] = b"file,line,before,after\n";
/// The signature of the summary: an object whose first member is `files`.
const SUMMARY: &[u8] = b"{\n  \"files\": [";

/// The outputs of a load. Dropping it removes incomplete outputs.
#[derive(Debug)]
pub(super) struct OutputFiles {
    /// In the order of the data files.
    pub(super) rejects: Vec<Rejects>,
    pub(super) repairs: Repairs,
    summary: Option<OutputFile>,
}

impl OutputFiles {
    /// The outputs that `options` name. Fails, before anything is written, if one of them is a file that the load reads,
    /// another output, or a file that no load has written.
    pub(super) fn new(options: &LoadOptions, files: &[OpenFile]) -> Result<Self, LoadError> {
        let reserved = &mut reserved_files(files)?;
        let mut rejects = Vec::new();
        for OpenFile { table, .. } in files {
            let of_file = Rejects(OutputFile::new(options.rejects.join(table.file), REJECTS, reserved)?);
            of_file.set_header(table.header().as_bytes());
            rejects.push(of_file);
        }
        let repairs = Repairs(OutputFile::new(options.repairs.clone(), REPAIRS, reserved)?);
        let summary = options.summary.as_ref().map(|path| OutputFile::new(path.clone(), SUMMARY, reserved));
        let summary = summary.transpose()?;
        // It has content in any case.
        summary.iter().try_for_each(OutputFile::open)?;
        Ok(Self { rejects, repairs, summary })
    }

    /// Completes the files of rejects and repairs. Returns the path of the file of repairs, if any line was repaired.
    pub(super) fn finish(&self) -> Result<Option<PathBuf>, LoadError> {
        self.rejects.iter().try_for_each(Rejects::finish)?;
        self.repairs.0.finish()?;
        Ok(self.repairs.0.has_lines().then(|| self.repairs.0.path()))
    }

    /// Writes the summary, if the options name a file for it.
    pub(super) fn write_summary(&self, load: &LoadSummary) -> Result<(), LoadError> {
        let Some(output) = &self.summary else { return Ok(()) };
        let json = serde_json::to_vec_pretty(load).expect("numbers and paths of UTF-8 serialize");
        let rest = json.strip_prefix(SUMMARY).expect("`files` is the first member and not empty");
        output.write(&[rest, b"\n"])?;
        output.finish()
    }
}

impl Drop for OutputFiles {
    fn drop(&mut self) {
        // A reader thread that is blocked on a pipe may hold clones, which would keep the temporary files.
        let rejects = self.rejects.iter().map(|rejects| &rejects.0);
        rejects.chain([&self.repairs.0]).chain(&self.summary).for_each(OutputFile::discard);
    }
}

/// The files that no output may be: the data files, and the standard output and error.
fn reserved_files(files: &[OpenFile]) -> Result<ReservedFiles, LoadError> {
    let mut reserved = ReservedFiles::default();
    for OpenFile { path, file, .. } in files {
        let unreadable = |source| LoadError::Open { path: path.clone(), source };
        let file = file.as_ref().map(File::metadata).transpose().map_err(unreadable)?;
        let (_, place) = file_identity::locate(path).map_err(unreadable)?;
        let name = format!("{}, which this load reads", path.display());
        reserved.add(&name, file.iter().map(file_identity::of_file).chain([place]));
    }
    reserve_stream(&mut reserved, &std::io::stdout(), "the standard output");
    reserve_stream(&mut reserved, &std::io::stderr(), "the standard error");
    Ok(reserved)
}

/// Adds the file to which a stream is redirected. Pipes and devices may have several writers.
fn reserve_stream(reserved: &mut ReservedFiles, stream: &impl AsFd, name: &str) {
    let file = stream.as_fd().try_clone_to_owned().map(File::from).and_then(|file| file.metadata());
    if let Ok(metadata) = file
        && metadata.is_file()
    {
        reserved.add(name, [file_identity::of_file(&metadata)]);
    }
}

/// The file of the rejected lines of one data file: the number, the reason, the line byte for byte. Clones write to the
/// same file.
#[derive(Clone, Debug)]
pub(super) struct Rejects(OutputFile);

impl Rejects {
    /// Sets the header of the data file.
    pub(super) fn set_header(&self, header: &[u8]) {
        self.0.set_header([REJECTS, header, b"\n"].concat());
    }

    /// Appends a rejected line.
    pub(super) fn write(&self, number: u64, reason: &RejectReason, line: &[u8]) -> Result<(), LoadError> {
        let cells = format!("{number},\"{reason}\",");
        self.0.write(&[cells.as_bytes(), line, b"\n"])
    }

    /// Its path.
    pub(super) fn path(&self) -> PathBuf {
        self.0.path()
    }

    /// Completes the file.
    pub(super) fn finish(&self) -> Result<(), LoadError> {
        self.0.finish()
    }
}

/// The file of the repaired lines of all data files. Clones write to the same file.
#[derive(Clone, Debug)]
pub(super) struct Repairs(OutputFile);

impl Repairs {
    /// Appends a repaired line.
    pub(super) fn write(
        &self,
        name: &str,
        number: u64,
        before: &[u8],
        after: &[u8],
    ) -> Result<(), LoadError> {
        let line = [name.as_bytes(), b",", number.to_string().as_bytes()].concat();
        self.0.write(&[&line, b",", &quoted(before), b",", &quoted(after), b"\n"])
    }
}

/// The text as a quoted cell.
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
