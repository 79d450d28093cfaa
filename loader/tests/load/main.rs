//! `loader load`, `loader fill` and `loader check` against a real PostgreSQL.

#[path = "../../../tests/support/server.rs"]
mod server;
mod support;

mod damage;
mod fill;
mod foreign_keys;
mod interruptions;
mod limits;
mod losses;
mod outputs;
mod refusals;
mod replacing;
mod totals;
