//! The data set of Atelier: fourteen CSV files. This crate generates them at any scale ([`generate`]), loads them into
//! PostgreSQL ([`load`], [`fill`]), and checks the derived tables ([`check`]). It contains no HTTP.

pub mod check;
mod csv;
mod database;
mod derived_tables;
pub mod fill;
pub mod generate;
pub mod load;
pub mod progress;
mod tables;

pub use database::DatabaseError;

/// Converts a line of the file of this name (`skus.csv`) to a line for COPY, and appends it to `out` without the columns
/// that the row inherits. False if the line is rejected, or if there is no such file. For benchmarks.
#[must_use]
pub fn copy_line(file: &str, line: &[u8], out: &mut Vec<u8>) -> bool {
    let Some(table) = tables::TABLES.iter().find(|table| table.file == file) else { return false };
    let (csv::ParsedLine::Clean(record) | csv::ParsedLine::Repaired(record)) =
        csv::parse(line, table.columns)
    else {
        return false;
    };
    csv::write_copy_text(&record, table.columns, out);
    true
}
