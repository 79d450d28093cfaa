//! The Atelier data set: fourteen CSV files, made at any scale ([`generate`]), brought into PostgreSQL ([`load`]) and
//! compared with what is served ([`check`]).
//!
//! Knows CSV and PostgreSQL, and no HTTP.

pub mod csv;
pub mod generate;
pub mod progress;
pub mod tables;
