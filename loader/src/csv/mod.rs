//! Reads one line of a file: a record of cells, each of the kind that its column is of.
//!
//! A line is read strictly first, which nearly all are, and cheaply. What cannot be read so is read again, tolerantly
//! ([`repair`]): damage that leaves one plain meaning is repaired, everything else is rejected with a [`Reason`].
//! Whether ids exist is not known here.

mod header;
mod lines;
mod reason;
mod repair;
mod split;
mod time;
mod value;

pub(crate) use header::Header;
pub(crate) use lines::Lines;
pub(crate) use reason::Reason;
pub(crate) use split::{Cell, Record};

use crate::tables::Column;

/// How a line was read.
#[derive(Debug)]
pub(crate) enum Reading<'a> {
    /// As it stands.
    Clean(Record<'a>),
    /// After a repair; [`Record::to_line`] shows the line as it was understood.
    Repaired(Record<'a>),
    /// Not at all.
    Rejected(Reason),
}

/// Reads `line`, which ends before its line break, as a record of `columns`.
pub(crate) fn read<'a>(line: &'a [u8], columns: &[Column]) -> Reading<'a> {
    if std::str::from_utf8(line).is_err() {
        return Reading::Rejected(Reason::Utf8);
    }
    if memchr::memchr(0, line).is_some() {
        return Reading::Rejected(Reason::Nul);
    }
    match split::strictly(line, columns.len()).and_then(|record| value::checked(record, columns)) {
        Ok(record) => Reading::Clean(record),
        Err(reason) => match repair::repaired(line, columns) {
            Ok(record) => Reading::Repaired(record),
            Err(better) => Reading::Rejected(better.unwrap_or(reason)),
        },
    }
}

/// Appends the cells of `record` in COPY's text format, each with a tab behind it.
pub(crate) fn write_copy_text(record: &Record, columns: &[Column], out: &mut Vec<u8>) {
    for (cell, column) in record.cells().iter().zip(columns) {
        value::write_copy_text(cell, column.kind, out);
        out.push(b'\t');
    }
}

#[cfg(test)]
mod tests;
