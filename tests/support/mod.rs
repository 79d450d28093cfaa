//! Databases for the tests of every binary.

#![allow(unused_imports, reason = "no binary needs all of it")]

mod server;
mod templates;
mod unseen;

pub(crate) use server::{TestDatabase, eventually, run, waiting};
pub(crate) use unseen::change_unseen;
