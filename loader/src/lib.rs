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
