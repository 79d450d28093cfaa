//! What a load takes away: rows of the database that the data set does not bring back.
//!
//! Rows that were written since the last load are those with ids behind the largest of that load (`load_marks`).

use std::collections::HashMap;
use std::fmt;

use serde::Serialize;
use sqlx::{AssertSqlSafe, PgConnection};

use super::LoadOptions;
use crate::error::LoadError;
use crate::tables::{Group, TABLES, Table};

/// The table of the largest ids.
pub(super) const MARKS: &str = "load_marks";

/// Rows of a table that go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Loss {
    /// The table's name.
    pub table: String,
    /// How many.
    pub rows: i64,
    /// Why.
    pub cause: Cause,
}

/// Why rows go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// They were written after the last load.
    Written,
    /// The file that they would come from is not there.
    FileAbsent,
    /// What they point at goes.
    Orphaned,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, rows, cause } = self;
        let (row, point) = if *rows == 1 { ("row", "points") } else { ("rows", "point") };
        write!(f, "{table}: {rows} {row} ")?;
        match cause {
            Cause::Written => f.write_str("written since the last load"),
            Cause::FileAbsent => f.write_str("whose file is not in the data set"),
            Cause::Orphaned => write!(f, "that {point} at what is not in the data set"),
        }
    }
}

/// The statement that remembers the largest id of a table.
pub(super) fn mark(schema: &str, table: &Table, largest: u64) -> String {
    format!("insert into {schema}.{MARKS} (table_name, last_id) values ('{}', {largest})", table.name)
}

/// The rows that go with the tables. Fails if the database holds products that are not to be replaced.
pub(super) async fn of_tables(
    connection: &mut PgConnection,
    options: &LoadOptions,
    absent: &[&Table],
) -> Result<Vec<Loss>, LoadError> {
    let doing = || LoadError::doing("looking for what the database holds");
    let holds_products = "select exists (select from public.products)";
    if !options.replace
        && sqlx::query_scalar(holds_products).fetch_one(&mut *connection).await.map_err(doing())?
    {
        return Err(LoadError::HoldsProducts);
    }
    written(connection, absent).await.map_err(doing())
}

/// Fails if rows would go that must not.
pub(super) fn permit(options: &LoadOptions, losses: &[Loss]) -> Result<(), LoadError> {
    if losses.is_empty() || options.drop_written {
        Ok(())
    } else {
        Err(LoadError::WouldDrop(losses.to_vec()))
    }
}

/// The rows written since the last load, and of tables whose files are `absent`, all.
async fn written(connection: &mut PgConnection, absent: &[&Table]) -> sqlx::Result<Vec<Loss>> {
    let marks: Vec<(String, i64)> =
        sqlx::query_as(AssertSqlSafe(format!("select table_name, last_id from public.{MARKS}")))
            .fetch_all(&mut *connection)
            .await?;
    let marks: HashMap<_, _> = marks.into_iter().collect();
    let mut losses = Vec::new();
    for table in TABLES {
        let is_absent = absent.iter().any(|absent| absent.name == table.name);
        let (mark, cause) = match marks.get(table.name) {
            _ if is_absent => (0, Cause::FileAbsent),
            Some(mark) => (*mark, Cause::Written),
            // A catalogue that was never loaded was not written by shoppers: it is what is to be replaced.
            None if matches!(table.group, Group::Catalogue | Group::LegacyCart) => continue,
            None => (0, Cause::Written),
        };
        // In numbers: the planner has to see how few these rows are.
        let count = AssertSqlSafe(format!("select count(*) from public.{} where id > {mark}", table.name));
        let rows = sqlx::query_scalar(count).persistent(false).fetch_one(&mut *connection).await?;
        if rows > 0 {
            losses.push(Loss { table: table.name.to_owned(), rows, cause });
        }
    }
    Ok(losses)
}
