//! Puts the new tables in the place of the old ones, in one transaction at the end.

use std::pin::Pin;
use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::session::{STAGING, Workers};
use crate::database::execute;
use crate::error::LoadError;
use crate::progress::Progress;

/// How long requests may have to wait behind this transaction while it waits for others.
const LOCK_TIMEOUT: &str = "set local lock_timeout = '2s'";
/// How long requests are let through between two attempts.
const PAUSE: Duration = Duration::from_secs(1);

/// PostgreSQL's code for a lock that was not got in time.
const LOCK_NOT_AVAILABLE: &str = "55P03";
/// PostgreSQL's code for a lock that never could have been got.
const DEADLOCK: &str = "40P01";

/// Puts the new tables in the place of the old, as soon as nobody holds those for long. Nothing interrupts an attempt,
/// so that it is known whether it has succeeded.
pub(super) async fn swap(
    workers: &Workers,
    tables: &[&str],
    mut interrupted: Pin<&mut impl Future<Output = ()>>,
    progress: &Progress,
) -> Result<(), LoadError> {
    let doing = || LoadError::doing("putting the new tables in the place of the old");
    let mut connection = workers.swapper().await?;
    while !try_swap(&mut connection, tables).await.map_err(doing())? {
        progress.say("waiting for others to let go of the tables that are to be replaced");
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = &mut interrupted => return Err(LoadError::Interrupted),
        }
    }
    Ok(())
}

/// Swaps `tables`. False, and nothing is changed, if others hold them for too long.
async fn try_swap(connection: &mut PgConnection, tables: &[&str]) -> sqlx::Result<bool> {
    let mut transaction = connection.begin().await?;
    let public: Vec<_> = tables.iter().map(|table| format!("public.{table}")).collect();
    let public = public.join(", ");
    let lock = format!("{LOCK_TIMEOUT}; lock table {public} in access exclusive mode");
    match execute(&mut transaction, lock).await {
        Err(error) if is_transient(&error) => return Ok(false),
        other => other?,
    }
    let foreign = foreign_references(&mut transaction, tables).await?;
    let mut statements: Vec<_> = foreign.iter().map(|(drop, _)| drop.clone()).collect();
    statements.push(format!("drop table {public}"));
    statements.extend(tables.iter().map(|table| format!("alter table {STAGING}.{table} set schema public")));
    statements.push(format!("drop schema {STAGING}"));
    statements.extend(foreign.into_iter().map(|(_, add)| add));
    statements.push("select pg_notify('atelier', '*')".to_owned());
    for statement in statements {
        match sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *transaction).await {
            Err(error) if is_transient(&error) => return Ok(false),
            other => other?,
        };
    }
    transaction.commit().await?;
    Ok(true)
}

fn is_transient(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    matches!(code.as_deref(), Some(LOCK_NOT_AVAILABLE | DEADLOCK))
}

/// Foreign keys of other tables that point at these: statements that drop them, and that make them again, which
/// fails if a row there would point at nothing.
async fn foreign_references(
    connection: &mut PgConnection,
    tables: &[&str],
) -> sqlx::Result<Vec<(String, String)>> {
    sqlx::query_as(
        "select
             format('alter table %s drop constraint %I', conrelid::regclass, conname),
             format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
         from pg_constraint
         where contype = 'f'
             and confrelid = any ($1::text[]::regclass[])
             and conrelid <> all ($1::text[]::regclass[])
         order by conname",
    )
    .bind(tables)
    .fetch_all(connection)
    .await
}
