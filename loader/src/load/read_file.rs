//! Reads one file, and converts its lines to blocks for COPY, repairs and rejects. Runs on a blocking thread.

use std::fs::File;
use std::io;
use std::path::PathBuf;

use tokio::sync::mpsc;

use super::error::LoadError;
use super::key_checker::{KeyChecker, ParentIds};
use super::known_ids::{KnownIds, OwnerIds};
use super::output_files::{Rejects, Repairs};
use crate::csv::{self, Header, LineReader, ParsedLine, Record, RejectReason};
use crate::progress::Task;
use crate::tables::Table;

/// The size at which a block is sent.
const BLOCK_BYTES: usize = 256 << 10;

/// The length of the part of an invalid header that the error shows.
const SHOWN_HEADER_BYTES: usize = 200;

/// Rows in COPY's text format.
#[derive(Debug)]
pub(super) struct CopyBlock {
    pub(super) text: Vec<u8>,
    /// The line of the last row.
    pub(super) line: u64,
}

/// A file to read, and where its lines go.
#[derive(Debug)]
pub(super) struct FileSource {
    pub(super) table: &'static Table,
    pub(super) path: PathBuf,
    /// `None` if the file is optional and missing. It counts as a file without lines.
    pub(super) file: Option<File>,
    pub(super) parents: ParentIds,
    pub(super) rejects: Rejects,
    pub(super) repairs: Repairs,
    pub(super) task: Task,
}

/// The line counts of a file, without the header, and the ids of its rows.
#[derive(Debug, Default)]
pub(super) struct FileOutcome {
    pub(super) lines: u64,
    pub(super) loaded: u64,
    pub(super) repaired: u64,
    pub(super) rejected: u64,
    pub(super) ids: KnownIds,
}

/// Reads all of `source`, and returns its task. Returns early, without an error, if the receiver of the blocks is closed.
pub(super) fn read_file(
    source: FileSource,
    blocks: &mpsc::Sender<CopyBlock>,
) -> Result<(FileOutcome, Task), LoadError> {
    let FileSource { table, path, file, parents, rejects, repairs, mut task } = source;
    let Some(file) = file else { return Ok((FileOutcome::default(), task)) };
    let mut lines = LineReader::new(file);
    let keys = KeyChecker::new(table, &parents);
    // The key checker holds the parents that it needs. The others are freed when no file needs them.
    drop(parents);
    let inherited_columns = table.inherited().len();
    let mut reader = Reader {
        table,
        path,
        keys,
        inherited_columns,
        rejects,
        repairs,
        outcome: FileOutcome::default(),
        text: Vec::new(),
    };
    reader.read_header(&mut lines)?;
    let mut reported = 0;
    loop {
        let number = lines.number() + 1;
        let more = match lines.next().map_err(|source| reader.read_error(number, source))? {
            Some(line) => reader.read_line(number, line).map(|()| true)?,
            None => false,
        };
        if reader.text.len() >= BLOCK_BYTES || !more {
            let text = std::mem::replace(&mut reader.text, Vec::with_capacity(BLOCK_BYTES + BLOCK_BYTES / 8));
            let sent = blocks.blocking_send(CopyBlock { text, line: lines.number() });
            task.advance(reader.outcome.lines - reported, lines.position());
            reported = reader.outcome.lines;
            if sent.is_err() || !more {
                return Ok((reader.finish(), task));
            }
        }
    }
}

struct Reader {
    table: &'static Table,
    path: PathBuf,
    keys: KeyChecker,
    /// The number of columns that are filled from the owner.
    inherited_columns: usize,
    rejects: Rejects,
    repairs: Repairs,
    outcome: FileOutcome,
    text: Vec<u8>,
}

impl Reader {
    fn read_header(&mut self, lines: &mut LineReader<File>) -> Result<(), LoadError> {
        let line = lines.next().map_err(|source| self.read_error(1, source))?;
        let expected = self.table.header();
        let line =
            line.ok_or_else(|| LoadError::Empty { path: self.path.clone(), expected: expected.clone() })?;
        self.rejects.set_header(line);
        match Header::parse(line, self.table) {
            Header::Clean => Ok(()),
            Header::Repaired => self.repairs.write(self.table.file, 1, line, expected.as_bytes()),
            Header::Invalid => {
                let shown = &line[..line.len().min(SHOWN_HEADER_BYTES)];
                let found = String::from_utf8_lossy(shown).into_owned();
                Err(LoadError::Header { path: self.path.clone(), found, expected })
            }
        }
    }

    fn read_line(&mut self, number: u64, line: &[u8]) -> Result<(), LoadError> {
        self.outcome.lines += 1;
        match csv::parse(line, self.table.columns) {
            ParsedLine::Clean(record) => match self.keys.add(&record) {
                Ok(owners) => self.append(&record, &owners),
                Err(reason) => return self.reject(number, &reason, line),
            },
            ParsedLine::Repaired(record) => match self.keys.add(&record) {
                Ok(owners) => {
                    self.append(&record, &owners);
                    self.outcome.repaired += 1;
                    return self.repairs.write(self.table.file, number, line, &record.to_line());
                }
                Err(reason) => return self.reject(number, &reason, line),
            },
            ParsedLine::Rejected(reason) => return self.reject(number, &reason, line),
        }
        Ok(())
    }

    fn append(&mut self, record: &Record, owners: &OwnerIds) {
        csv::write_copy_text(record, self.table.columns, &mut self.text);
        for owner in &owners[..self.inherited_columns] {
            self.text.extend_from_slice(owner.to_string().as_bytes());
            self.text.push(b'\t');
        }
        self.text.pop();
        self.text.push(b'\n');
        self.outcome.loaded += 1;
    }

    fn reject(&mut self, number: u64, reason: &RejectReason, line: &[u8]) -> Result<(), LoadError> {
        self.outcome.rejected += 1;
        self.rejects.write(number, reason, line)
    }

    fn read_error(&self, line: u64, source: io::Error) -> LoadError {
        LoadError::Read { path: self.path.clone(), line, source }
    }

    fn finish(mut self) -> FileOutcome {
        self.outcome.ids = self.keys.into_ids();
        self.outcome
    }
}
