//! `loader load` and `loader check` against a real PostgreSQL.

mod damage;
mod interruptions;
mod refusals;
mod replacing;
mod support;
