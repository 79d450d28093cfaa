//! From a line to a record, and from a record to a line for COPY.

use super::reject_reason::RejectReason;
use super::split::{Record, split_strictly};
use super::{repair, value};
use crate::tables::Column;

/// The result of parsing a line.
#[derive(Debug)]
pub(crate) enum ParsedLine<'a> {
    /// The line was well formed.
    Clean(Record<'a>),
    /// The line was damaged; [`Record::to_line`] returns it repaired.
    Repaired(Record<'a>),
    /// The line has no meaning, or more than one.
    Rejected(RejectReason),
}

/// Parses `line`, without its line break, as a record of `columns`.
pub(crate) fn parse<'a>(line: &'a [u8], columns: &[Column]) -> ParsedLine<'a> {
    if std::str::from_utf8(line).is_err() {
        return ParsedLine::Rejected(RejectReason::Utf8);
    }
    if memchr::memchr(0, line).is_some() {
        return ParsedLine::Rejected(RejectReason::Nul);
    }
    match split_strictly(line, columns.len()).and_then(|record| value::checked(record, columns)) {
        Ok(record) => ParsedLine::Clean(record),
        Err(reason) => match repair::repair(line, columns) {
            Ok(record) => ParsedLine::Repaired(record),
            Err(better) => ParsedLine::Rejected(better.unwrap_or(reason)),
        },
    }
}

/// Appends the cells of `record` in COPY's text format, each followed by a tab.
pub(crate) fn write_copy_text(record: &Record, columns: &[Column], out: &mut Vec<u8>) {
    for (cell, column) in record.cells().iter().zip(columns) {
        value::write_copy_text(cell, column.kind, out);
        out.push(b'\t');
    }
}
