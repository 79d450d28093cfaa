//! Reads one file from beginning to end, and makes of its lines blocks for COPY, repairs and rejects.
//!
//! Runs on a thread of its own and waits for nothing but the disk and the channel that the blocks go into.

use std::fs::File;
use std::io;
use std::path::PathBuf;

use tokio::sync::mpsc;

use super::keys::{Keys, Parents};
use super::known_ids::{KnownIds, Lineage};
use super::outputs::{Rejects, Repairs};
use crate::csv::{self, Header, Lines, Reading, Reason, Record};
use crate::error::LoadError;
use crate::progress::Task;
use crate::tables::Table;

/// A block is sent when it has reached this size.
const BLOCK_BYTES: usize = 256 << 10;

/// As much as is shown of a header that cannot be read.
const SHOWN_HEADER_BYTES: usize = 200;

/// Rows in COPY's text format.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) text: Vec<u8>,
    /// The line of the last row.
    pub(super) line: u64,
}

/// A file to read, and where what it holds is to go.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) table: &'static Table,
    pub(super) path: PathBuf,
    /// Nothing where an optional file is not there: it has no lines.
    pub(super) file: Option<File>,
    pub(super) parents: Parents,
    pub(super) rejects: Rejects,
    pub(super) repairs: Repairs,
    pub(super) task: Task,
}

/// What a file held. The header is not counted.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) lines: u64,
    pub(super) loaded: u64,
    pub(super) repaired: u64,
    pub(super) rejected: u64,
    pub(super) ids: KnownIds,
}

/// Reads all of `source`. Ends early, and without an error, when nobody takes the blocks any more. Gives the task back.
pub(super) fn read_file(source: Source, blocks: &mpsc::Sender<Block>) -> Result<(Outcome, Task), LoadError> {
    let Source { table, path, file, parents, rejects, repairs, mut task } = source;
    let Some(file) = file else { return Ok((Outcome::default(), task)) };
    let mut lines = Lines::new(file);
    let keys = Keys::new(table, &parents);
    // The keys hold what they need of the parents; the rest is freed as soon as no file needs it.
    drop(parents);
    let inherited = table.inherited().len();
    let mut reader = Reader {
        table,
        path,
        keys,
        inherited,
        rejects,
        repairs,
        outcome: Outcome::default(),
        text: Vec::new(),
    };
    reader.read_header(&mut lines)?;
    let mut told = 0;
    loop {
        let number = lines.number() + 1;
        let more = match lines.next().map_err(|source| reader.unreadable(number, source))? {
            Some(line) => reader.read_line(number, line).map(|()| true)?,
            None => false,
        };
        if reader.text.len() >= BLOCK_BYTES || !more {
            let text = std::mem::replace(&mut reader.text, Vec::with_capacity(BLOCK_BYTES + BLOCK_BYTES / 8));
            let taken = blocks.blocking_send(Block { text, line: lines.number() });
            task.advance(reader.outcome.lines - told, lines.position());
            told = reader.outcome.lines;
            if taken.is_err() || !more {
                return Ok((reader.finish(), task));
            }
        }
    }
}

struct Reader {
    table: &'static Table,
    path: PathBuf,
    keys: Keys,
    /// How many columns are filled with what a row inherits.
    inherited: usize,
    rejects: Rejects,
    repairs: Repairs,
    outcome: Outcome,
    text: Vec<u8>,
}

impl Reader {
    fn read_header(&mut self, lines: &mut Lines<File>) -> Result<(), LoadError> {
        let line = lines.next().map_err(|source| self.unreadable(1, source))?;
        let expected = self.table.header();
        let line =
            line.ok_or_else(|| LoadError::Empty { path: self.path.clone(), expected: expected.clone() })?;
        self.rejects.set_header(line);
        match Header::read(line, self.table) {
            Header::Clean => Ok(()),
            Header::Repaired => self.repairs.write(self.table.file, 1, line, expected.as_bytes()),
            Header::Unreadable => {
                let shown = &line[..line.len().min(SHOWN_HEADER_BYTES)];
                let found = String::from_utf8_lossy(shown).into_owned();
                Err(LoadError::Header { path: self.path.clone(), found, expected })
            }
        }
    }

    fn read_line(&mut self, number: u64, line: &[u8]) -> Result<(), LoadError> {
        self.outcome.lines += 1;
        match csv::read(line, self.table.columns) {
            Reading::Clean(record) => match self.keys.take(&record) {
                Ok(lineage) => self.append(&record, &lineage),
                Err(reason) => return self.reject(number, &reason, line),
            },
            Reading::Repaired(record) => match self.keys.take(&record) {
                Ok(lineage) => {
                    self.append(&record, &lineage);
                    self.outcome.repaired += 1;
                    return self.repairs.write(self.table.file, number, line, &record.to_line());
                }
                Err(reason) => return self.reject(number, &reason, line),
            },
            Reading::Rejected(reason) => return self.reject(number, &reason, line),
        }
        Ok(())
    }

    fn append(&mut self, record: &Record, lineage: &Lineage) {
        csv::write_copy_text(record, self.table.columns, &mut self.text);
        for owner in &lineage[..self.inherited] {
            self.text.extend_from_slice(owner.to_string().as_bytes());
            self.text.push(b'\t');
        }
        self.text.pop();
        self.text.push(b'\n');
        self.outcome.loaded += 1;
    }

    fn reject(&mut self, number: u64, reason: &Reason, line: &[u8]) -> Result<(), LoadError> {
        self.outcome.rejected += 1;
        self.rejects.write(number, reason, line)
    }

    fn unreadable(&self, line: u64, source: io::Error) -> LoadError {
        LoadError::Read { path: self.path.clone(), line, source }
    }

    fn finish(mut self) -> Outcome {
        self.outcome.ids = self.keys.into_ids();
        self.outcome
    }
}
