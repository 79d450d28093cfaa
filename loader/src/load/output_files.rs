//! All files that a load writes: a file of rejects for each file that has any, the repairs of all files, the summary.

use std::fs::File;
use std::os::fd::AsFd;
use std::path::PathBuf;

use super::LoadOptions;
use super::files::OpenFile;
use super::identity::{self, Identities};
use super::output::Output;
use super::summary::Loaded;
use crate::csv::Reason;
use crate::error::LoadError;

/// What files of rejects begin with; the header of the file that the lines come from follows.
const REJECTS: &[u8] = b"line,reason,";
/// What the file of repairs begins with.
const REPAIRS: &[u8] = b"file,line,before,after\n";
/// What the summary begins with: it is an object whose first member is `files`.
const SUMMARY: &[u8] = b"{\n  \"files\": [";

/// The outputs of a load. What is not complete when this is dropped is removed.
#[derive(Debug)]
pub(super) struct Outputs {
    /// In the order of the files that are loaded.
    pub(super) rejects: Vec<Rejects>,
    pub(super) repairs: Repairs,
    summary: Option<Output>,
}

impl Outputs {
    /// The outputs that `options` name for `files`. Fails, before anything is written, where one of them is a file that
    /// the load reads, another output, or a file that no load has written.
    pub(super) fn new(options: &LoadOptions, files: &[OpenFile]) -> Result<Self, LoadError> {
        let known = &mut known_files(files)?;
        let mut rejects = Vec::new();
        for OpenFile { table, .. } in files {
            let of_file = Rejects(Output::new(options.rejects.join(table.file), REJECTS, known)?);
            of_file.set_header(table.header().as_bytes());
            rejects.push(of_file);
        }
        let repairs = Repairs(Output::new(options.repairs.clone(), REPAIRS, known)?);
        let summary = options.summary.as_ref().map(|path| Output::new(path.clone(), SUMMARY, known));
        let summary = summary.transpose()?;
        // It is written in any case: a load is in vain for who can't be told what it did.
        summary.iter().try_for_each(Output::open)?;
        Ok(Self { rejects, repairs, summary })
    }

    /// Completes the rejects and repairs. Returns the file of repairs, if any line was repaired.
    pub(super) fn finish(&self) -> Result<Option<PathBuf>, LoadError> {
        self.rejects.iter().try_for_each(Rejects::finish)?;
        self.repairs.0.finish()?;
        Ok(self.repairs.0.has_lines().then(|| self.repairs.0.path()))
    }

    /// Writes the summary, if one is wanted.
    pub(super) fn summarize(&self, loaded: &Loaded) -> Result<(), LoadError> {
        let Some(summary) = &self.summary else { return Ok(()) };
        let json = serde_json::to_vec_pretty(loaded).expect("figures and paths made of text become JSON");
        let rest = json.strip_prefix(SUMMARY).expect("the files are the first member, and there are some");
        summary.write(&[rest, b"\n"])?;
        summary.finish()
    }
}

impl Drop for Outputs {
    fn drop(&mut self) {
        // A thread that waits for a file that gives nothing any more may hold others of these.
        let rejects = self.rejects.iter().map(|rejects| &rejects.0);
        rejects.chain([&self.repairs.0]).chain(&self.summary).for_each(Output::discard);
    }
}

/// The files that no output may be: those that are read, and those that the process prints to.
fn known_files(files: &[OpenFile]) -> Result<Identities, LoadError> {
    let mut known = Identities::default();
    for OpenFile { path, file, .. } in files {
        let unreadable = |source| LoadError::Open { path: path.clone(), source };
        let file = file.as_ref().map(File::metadata).transpose().map_err(unreadable)?;
        let (_, place) = identity::locate(path).map_err(unreadable)?;
        let name = format!("{}, which this load reads", path.display());
        known.add(&name, file.iter().map(identity::of_file).chain([place]));
    }
    known_stream(&mut known, &std::io::stdout(), "the standard output");
    known_stream(&mut known, &std::io::stderr(), "the standard error");
    Ok(known)
}

/// Adds a file that a stream of the process was redirected to. Pipes and devices may have several writers.
fn known_stream(known: &mut Identities, stream: &impl AsFd, name: &str) {
    let file = stream.as_fd().try_clone_to_owned().map(File::from).and_then(|file| file.metadata());
    if let Ok(metadata) = file
        && metadata.is_file()
    {
        known.add(name, [identity::of_file(&metadata)]);
    }
}

/// The rejected lines of one file, byte for byte, each after its number and the reason. Clones write to the same file.
#[derive(Clone, Debug)]
pub(super) struct Rejects(Output);

impl Rejects {
    /// The header of the file that the lines come from.
    pub(super) fn set_header(&self, header: &[u8]) {
        self.0.set_header([REJECTS, header, b"\n"].concat());
    }

    pub(super) fn write(&self, number: u64, reason: &Reason, line: &[u8]) -> Result<(), LoadError> {
        let cells = format!("{number},\"{reason}\",");
        self.0.write(&[cells.as_bytes(), line, b"\n"])
    }

    /// Where they are found.
    pub(super) fn path(&self) -> PathBuf {
        self.0.path()
    }

    /// Gives the file its name.
    pub(super) fn finish(&self) -> Result<(), LoadError> {
        self.0.finish()
    }
}

/// The lines that were repaired, of all files. Clones write to the same file.
#[derive(Clone, Debug)]
pub(super) struct Repairs(Output);

impl Repairs {
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
