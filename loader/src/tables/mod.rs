//! Which CSV file fills which table, and what each column holds.
//!
//! Column types, keys and indexes are not repeated here: the loader reads them from the migrated database.

pub(crate) mod list;
mod table;

pub(crate) use list::TABLES;
pub(crate) use table::{Column, ColumnKind, FileGroup, MAX_COLUMNS, MAX_OWNERS, Table};
