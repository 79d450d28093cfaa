//! Why a line was rejected, in the words of the file of rejects.

use thiserror::Error;

/// Why a line was rejected.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum Reason {
    /// Bytes that are no text.
    #[error("not valid UTF-8")]
    Utf8,
    /// PostgreSQL's text cannot hold it.
    #[error("holds a NUL byte")]
    Nul,
    /// Too few cells, or too many.
    #[error("expected {expected} cells, found {found}")]
    Cells {
        /// As many as the header has.
        expected: usize,
        /// As many as the line has.
        found: usize,
    },
    /// A quote that neither begins nor ends a cell.
    #[error("a quote is missing or misplaced")]
    Quotes,
    /// Damage that can be undone in more than one way.
    #[error("a quote is missing, and where is not plain")]
    Ambiguous,
    /// Null where there has to be a value.
    #[error("{column} must not be null")]
    Null {
        /// As the header calls it.
        column: &'static str,
    },
    /// Not what the column holds.
    #[error("{column} is not {expected}")]
    Value {
        /// As the header calls it.
        column: &'static str,
        /// What the column holds.
        expected: &'static str,
    },
    /// Points at a row that was not loaded.
    #[error("{column} {id} is not among the rows loaded from {file}")]
    Orphan {
        /// As the header calls it.
        column: &'static str,
        /// What it points at.
        id: u64,
        /// Where it should be.
        file: &'static str,
    },
    /// Points at two rows that belong to different products.
    #[error("{column} {id} is of another product than {other} {other_id}")]
    Strangers {
        /// As the header calls it.
        column: &'static str,
        /// What it points at.
        id: u64,
        /// The other column, as the header calls it.
        other: &'static str,
        /// What that points at.
        other_id: u64,
    },
    /// The first row with this id stays.
    #[error("a row with id {id} was loaded before")]
    Duplicate {
        /// The row's id.
        id: u64,
    },
}
