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
