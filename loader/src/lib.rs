//! The Atelier data set: fourteen CSV files, made at any scale ([`generate`]) and brought into PostgreSQL.
//!
//! Knows CSV and PostgreSQL, and no HTTP.

pub mod generate;
pub mod progress;
