//! The schema that this program works on: the crate `schema`, which the loader uses too. `atelier migrate` applies the
//! migrations, `atelier serve` only checks them.

pub use schema::{MIGRATOR, Migrated, MigrationError, SchemaError, check, newest, run};
