//! Databases for tests, in all test binaries.

#![allow(unused_imports, reason = "no binary needs all of it")]

mod server;
mod templates;
mod without_notification;

pub(crate) use server::{TestDatabase, eventually, lock_waits, run};
pub(crate) use without_notification::rename_without_notification;
