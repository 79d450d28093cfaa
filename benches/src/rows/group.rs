//! A group of figures: those that one measurement yields.

use crate::bench::Bench;
use crate::error::Result;
use crate::row::{Figure, Row};

/// Figures that are measured together.
pub(super) struct Group {
    pub(super) figures: &'static [Figure],
    pub(super) measure: fn(&Bench) -> Result<Vec<Row>>,
    /// Whether it writes to the database.
    pub(super) writes: bool,
}
