//! Rows that a load deletes.

use std::fmt;

use serde::Serialize;

/// Rows of a table that the load deletes because the data set does not contain them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Loss {
    /// The table's name.
    pub table: String,
    /// The number of rows.
    pub rows: i64,
    /// The cause.
    pub cause: LossCause,
}

/// Why the data set does not contain rows of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LossCause {
    /// The rows were written after the last load.
    Written,
    /// The data set lacks the table's file.
    FileAbsent,
    /// The data set lacks the rows that these rows reference.
    Orphaned,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, rows, cause } = self;
        let (row, reference) = if *rows == 1 { ("row", "references") } else { ("rows", "reference") };
        write!(f, "{table}: {rows} {row} ")?;
        match cause {
            LossCause::Written => f.write_str("written since the last load"),
            LossCause::FileAbsent => f.write_str("whose file is not in the data set"),
            LossCause::Orphaned => write!(f, "that {reference} rows missing from the data set"),
        }
    }
}
