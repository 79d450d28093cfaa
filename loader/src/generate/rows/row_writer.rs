//! The trait of the types that write the rows of one file.

use crate::generate::csv_writer::CsvWriter;
use crate::generate::shop::Shop;

/// Writes the rows of one file. It counts the rows of the parents to know their ids, so it must be called for every
/// product, in order.
pub(in crate::generate) trait RowWriter {
    /// Writes the rows that belong to `product`.
    fn write(&mut self, shop: &Shop, product: u64, csv: &mut CsvWriter);
}
