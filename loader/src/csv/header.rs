//! The first line of a file: the names of its columns.

use super::split::split_with_spaces;
use crate::tables::Table;

/// The result of comparing the first line with the expected header.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Header {
    /// The expected names in the expected order.
    Clean,
    /// The same, with spaces around some names.
    Repaired,
    /// Something else.
    Invalid,
}

impl Header {
    /// Compares `line`, without its line break, with the header of `table`.
    pub(crate) fn parse(line: &[u8], table: &Table) -> Self {
        let Ok(record) = split_with_spaces(line, table.columns.len()) else { return Self::Invalid };
        let expected = table.columns.iter().map(|column| column.header.as_bytes());
        if record.cells().iter().map(|cell| cell.text.trim_ascii()).ne(expected) {
            Self::Invalid
        } else if line.contains(&b' ') {
            Self::Repaired
        } else {
            Self::Clean
        }
    }
}
