//! The schema of the database: its migrations, how they are applied ([`run`]), and whether a program works on it
//! ([`check`]). The service and the loader use it.
//!
//! Expand and contract: a migration only expands, so that programs in use work on the new schema too; or it raises the
//! oldest program that does, in `schema_compatibility`.

mod compatibility;
mod run;

use sqlx::migrate::Migrator;

pub use compatibility::{SchemaError, check};
pub use run::{Migrated, MigrationError, Report, is_lock_conflict, run};

/// All migrations, embedded.
pub static MIGRATOR: Migrator = sqlx::migrate!("../migrations");

/// The newest version that this program knows.
#[must_use]
pub fn newest() -> i64 {
    MIGRATOR.iter().map(|migration| migration.version).max().unwrap_or(0)
}
