//! Puts the new tables in the place of the old ones, in one transaction at the end.

use std::pin::Pin;
use std::time::Duration;

use sqlx::{Connection, PgConnection};

use super::LoadOptions;
use super::foreign_keys::{self, ForeignKey};
use super::losses::{self, Loss};
use super::session::{STAGING, Workers};
use crate::database::execute;
use crate::error::LoadError;
use crate::progress::Progress;
use crate::tables::Table;

/// How long requests may have to wait behind this transaction while it waits for others. First less than PostgreSQL
/// waits before it looks for deadlocks (`deadlock_timeout`, one second), so that this is who gives way in one; every
/// other time more, since autovacuum gives way only to who waits for so long.
const LOCK_TIMEOUTS: [&str; 2] = ["900ms", "2s"];
/// How long requests are let through between two attempts.
const PAUSE: Duration = Duration::from_secs(1);

/// PostgreSQL's code for a lock that was not got in time.
const LOCK_NOT_AVAILABLE: &str = "55P03";
/// PostgreSQL's code for a lock that never could have been got.
const DEADLOCK: &str = "40P01";

/// What is to be swapped in, and what may go.
#[derive(Debug)]
pub(super) struct Swap<'a> {
    /// The tables.
    pub(super) tables: &'a [&'static str],
    /// Those that have no file in the data set.
    pub(super) absent: &'a [&'static Table],
    /// What may go.
    pub(super) options: &'a LoadOptions,
}

impl Swap<'_> {
    /// Puts the new tables in the place of the old, as soon as nobody holds those for long. Nothing interrupts an
    /// attempt, so that it is known whether it has succeeded. Returns what went.
    pub(super) async fn run(
        &self,
        workers: &Workers,
        mut interrupted: Pin<&mut impl Future<Output = ()>>,
        progress: &Progress,
    ) -> Result<Vec<Loss>, LoadError> {
        let mut connection = workers.swapper().await?;
        for lock_timeout in LOCK_TIMEOUTS.iter().cycle() {
            match self.attempt(&mut connection, lock_timeout).await {
                Err(LoadError::Database { source, .. }) if is_transient(&source) => {}
                other => return other,
            }
            progress.say("waiting for others to let go of the tables that are to be replaced");
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                () = &mut interrupted => break,
            }
        }
        Err(LoadError::Interrupted)
    }

    /// Changes nothing if it fails.
    async fn attempt(
        &self,
        connection: &mut PgConnection,
        lock_timeout: &str,
    ) -> Result<Vec<Loss>, LoadError> {
        let doing = || LoadError::doing("putting the new tables in the place of the old");
        let mut transaction = connection.begin().await.map_err(doing())?;
        execute(&mut transaction, format!("set local lock_timeout = '{lock_timeout}'"))
            .await
            .map_err(doing())?;
        let foreign = foreign_keys::from_outside(&mut transaction, self.tables).await.map_err(doing())?;
        let ours: Vec<_> = self.tables.iter().map(|table| format!("public.{table}")).collect();
        let ours = ours.join(", ");
        let mut all: Vec<_> = foreign.iter().map(|key| key.table.as_str()).collect();
        all.push(&ours);
        let all = all.join(", ");

        // From here on nobody writes, and all may read.
        let lock = format!("lock table {all} in exclusive mode");
        execute(&mut transaction, lock).await.map_err(doing())?;
        let mut losses = losses::of_tables(&mut transaction, self.options, self.absent).await?;
        for key in &foreign {
            losses.extend(key.orphans(&mut transaction).await.map_err(doing())?);
        }
        losses::permit(self.options, &losses)?;

        let mut statements = vec![format!("lock table {all} in access exclusive mode")];
        statements.extend(foreign.iter().flat_map(ForeignKey::before));
        statements.push(format!("drop table {ours}"));
        let moved =
            self.tables.iter().map(|table| format!("alter table {STAGING}.{table} set schema public"));
        statements.extend(moved);
        statements.push(format!("drop schema {STAGING}"));
        statements.extend(foreign.iter().map(ForeignKey::after));
        statements.push("select pg_notify('atelier', '*')".to_owned());
        for statement in statements {
            execute(&mut transaction, statement).await.map_err(doing())?;
        }
        transaction.commit().await.map_err(doing())?;
        Ok(losses)
    }
}

fn is_transient(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    matches!(code.as_deref(), Some(LOCK_NOT_AVAILABLE | DEADLOCK))
}
