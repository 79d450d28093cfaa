//! The first line of a file: the names of its columns.

use super::split;
use crate::tables::Table;

/// What the first line turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Header {
    /// The names expected, in the order expected.
    Clean,
    /// The same, after spaces around them were taken away.
    Repaired,
    /// Something else.
    Unreadable,
}

impl Header {
    /// Compares `line`, which ends before its line break, with what `table` expects.
    pub(crate) fn read(line: &[u8], table: &Table) -> Self {
        let Ok(record) = split::with_spaces(line, table.columns.len()) else { return Self::Unreadable };
        let expected = || table.columns.iter().map(|column| column.header.as_bytes());
        if record.cells().iter().map(|cell| cell.text.trim_ascii()).ne(expected()) {
            Self::Unreadable
        } else if line.contains(&b' ') {
            Self::Repaired
        } else {
            Self::Clean
        }
    }
}
