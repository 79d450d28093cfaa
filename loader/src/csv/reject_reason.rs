//! Why a line was rejected, as the file of rejects shows it.

use thiserror::Error;

/// Why a line was rejected.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum RejectReason {
    /// The line is not text.
    #[error("not valid UTF-8")]
    Utf8,
    /// PostgreSQL's text type cannot store it.
    #[error("holds a NUL byte")]
    Nul,
    /// Too few or too many cells.
    #[error("expected {expected} cells, found {found}")]
    Cells {
        /// The number of columns.
        expected: usize,
        /// The number of cells in the line.
        found: usize,
    },
    /// A quote neither begins nor ends a cell.
    #[error("a quote is missing or misplaced")]
    Quotes,
    /// The damage can be repaired in more than one way.
    #[error("a quote is missing, and its place is ambiguous")]
    Ambiguous,
    /// The column does not accept null.
    #[error("{column} must not be null")]
    Null {
        /// Its name in the header.
        column: &'static str,
    },
    /// The column does not accept the value.
    #[error("{column} is not {expected}")]
    Value {
        /// Its name in the header.
        column: &'static str,
        /// The values that the column accepts.
        expected: &'static str,
    },
    /// The referenced row was not loaded.
    #[error("{column} {id} is not among the rows loaded from {file}")]
    Orphan {
        /// Its name in the header.
        column: &'static str,
        /// The referenced id.
        id: u64,
        /// The file that should contain it.
        file: &'static str,
    },
    /// The two referenced rows belong to different products.
    #[error("{column} {id} is of another product than {other} {other_id}")]
    OwnerMismatch {
        /// Its name in the header.
        column: &'static str,
        /// The referenced id.
        id: u64,
        /// The name of the other column in the header.
        other: &'static str,
        /// The id in the other column.
        other_id: u64,
    },
    /// An earlier row has the same id.
    #[error("a row with id {id} was loaded before")]
    Duplicate {
        /// The id of both rows.
        id: u64,
    },
}
