//! `loader generate`: writes the fourteen CSV files of a shop at any scale, the same bytes for the same seed.
//!
//! Every cell is drawn from the seed, the file and the row's id, and every number of children from the seed and the
//! parent. So no file depends on the content of another, only on the numbers of rows: memory is constant at any scale,
//! and the files are written in parallel.

mod csv_writer;
mod distributions;
mod quirks;
mod random;
mod rows;
mod run;
mod shop;
mod words;

pub(crate) use run::temporary_in;
pub use run::{GenerateError, GenerateOptions, Generated, GeneratedFile, generate};
