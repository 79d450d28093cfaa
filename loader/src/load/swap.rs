//! Replaces the live tables by the new ones in one transaction.

use std::pin::Pin;
use std::time::Duration;

use sqlx::{Connection, PgConnection};

use super::error::LoadError;
use super::foreign_keys::{self, ForeignKey};
use super::loss::Loss;
use super::losses::{check_losses, find_losses};
use super::options::LoadOptions;
use super::session::{STAGING, Workers};
use crate::database::{DatabaseError, execute};
use crate::progress::Progress;
use crate::tables::Table;

/// How long the transaction waits for a lock, while requests queue behind it. The first is shorter than PostgreSQL's
/// `deadlock_timeout` of one second, so that in a deadlock this transaction is the one that ends. The second is longer,
/// because autovacuum releases its lock only for a transaction that has waited for `deadlock_timeout`. They alternate.
const LOCK_TIMEOUTS: [&str; 2] = ["900ms", "2s"];
/// The backoff between two attempts, in which requests proceed.
const BACKOFF: Duration = Duration::from_secs(1);

/// A replacement of the live tables.
#[derive(Debug)]
pub(super) struct Swap<'a> {
    /// The names of the tables to replace.
    pub(super) tables: &'a [&'static str],
    /// The tables whose files the data set lacks.
    pub(super) absent: &'a [&'static Table],
    /// The options, which say what may be deleted.
    pub(super) options: &'a LoadOptions,
}

impl Swap<'_> {
    /// Replaces the live tables as soon as their locks are available. `interrupted` is checked between the attempts only, so
    /// that the result of an attempt is always known. Returns the deleted rows.
    pub(super) async fn run(
        &self,
        workers: &Workers,
        mut interrupted: Pin<&mut impl Future<Output = ()>>,
        progress: &Progress,
    ) -> Result<Vec<Loss>, LoadError> {
        let mut connection = workers.connect_to_public().await?;
        for lock_timeout in LOCK_TIMEOUTS.iter().cycle() {
            match self.attempt(&mut connection, lock_timeout).await {
                Err(LoadError::Database(DatabaseError::Statement { source, .. }))
                    if schema::is_lock_conflict(&source) => {}
                other => return other,
            }
            progress
                .print("waiting for other transactions to release their locks on the tables to be replaced");
            tokio::select! {
                () = tokio::time::sleep(BACKOFF) => {}
                () = &mut interrupted => break,
            }
        }
        Err(LoadError::Interrupted)
    }

    /// Replaces the live tables, or fails without a change.
    async fn attempt(
        &self,
        connection: &mut PgConnection,
        lock_timeout: &str,
    ) -> Result<Vec<Loss>, LoadError> {
        let during = || DatabaseError::during("replacing the live tables");
        let mut transaction = connection.begin().await.map_err(during())?;
        execute(&mut transaction, format!("set local lock_timeout = '{lock_timeout}'"))
            .await
            .map_err(during())?;
        let foreign = foreign_keys::from_outside(&mut transaction, self.tables).await.map_err(during())?;
        let orphans = delete_orphans(&mut transaction, &foreign).await?;
        let replaced: Vec<_> = self.tables.iter().map(|table| format!("public.{table}")).collect();
        let replaced = replaced.join(", ");
        let mut locked: Vec<_> = foreign.iter().map(|key| key.table.as_str()).collect();
        locked.push(&replaced);
        let locked = locked.join(", ");

        // From here on nobody writes; reads go on.
        let lock = format!("lock table {locked} in exclusive mode");
        execute(&mut transaction, lock).await.map_err(during())?;
        let mut losses = find_losses(&mut transaction, self.options, self.absent).await?;
        losses.extend(orphans);
        check_losses(self.options, &losses)?;

        let mut statements = vec![format!("lock table {locked} in access exclusive mode")];
        statements.extend(foreign.iter().map(ForeignKey::drop));
        statements.push(format!("drop table {replaced}"));
        let moved =
            self.tables.iter().map(|table| format!("alter table {STAGING}.{table} set schema public"));
        statements.extend(moved);
        statements.push(format!("drop schema {STAGING}"));
        statements.extend(foreign.iter().map(ForeignKey::recreate));
        statements.push("select pg_notify('atelier', '*')".to_owned());
        for statement in statements {
            execute(&mut transaction, statement).await.map_err(during())?;
        }
        transaction.commit().await.map_err(LoadError::Unknown)?;
        Ok(losses)
    }
}

/// Deletes the rows of other tables that reference none of the new rows, before those tables are locked.
async fn delete_orphans(
    transaction: &mut PgConnection,
    foreign: &[ForeignKey],
) -> Result<Vec<Loss>, LoadError> {
    let mut losses = Vec::new();
    for key in foreign {
        // Others read the table, and add references to its rows.
        let lock = format!("lock table {} in share row exclusive mode", key.parent);
        let during = DatabaseError::during("replacing the live tables");
        execute(transaction, lock).await.map_err(during)?;
        losses.extend(key.delete_orphans(transaction).await?);
    }
    Ok(losses)
}
