//! The Atelier data set: fourteen CSV files, made at any scale ([`generate`]), brought into PostgreSQL ([`load`]) and
//! compared with what is served ([`check`]).
//!
//! Knows CSV and PostgreSQL, and no HTTP.

pub mod check;
mod csv;
mod database;
mod derived;
mod error;
pub mod generate;
pub mod load;
pub mod progress;
mod tables;

pub use error::LoadError;

/// Reads a line of the file of this name (`skus.csv`) and appends it to `out` as COPY takes it, without what the row
/// inherits; false where the line is rejected, or there is no such file. What a load does with each line, for benches.
#[must_use]
pub fn copy_line(file: &str, line: &[u8], out: &mut Vec<u8>) -> bool {
    let Some(table) = tables::TABLES.iter().find(|table| table.file == file) else { return false };
    let (csv::Reading::Clean(record) | csv::Reading::Repaired(record)) = csv::read(line, table.columns)
    else {
        return false;
    };
    csv::write_copy_text(&record, table.columns, out);
    true
}
