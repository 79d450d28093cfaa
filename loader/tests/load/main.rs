//! `loader load` and `loader check` against a real PostgreSQL.

#[path = "../../../tests/support/server.rs"]
mod server;
mod support;

mod damage;
mod interruptions;
mod losses;
mod refusals;
mod replacing;
mod totals;
