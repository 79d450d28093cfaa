//! A group of rows: those that one measurement yields.

use crate::bench::Bench;
use crate::error::Result;
use crate::row::Row;

/// Rows that are measured together.
pub(super) struct Group {
    /// The rows as they are reported if the measurement fails.
    pub(super) rows: &'static [Row],
    pub(super) measure: fn(&Bench) -> Result<Vec<Row>>,
    /// Whether it writes to the database.
    pub(super) writes: bool,
}
