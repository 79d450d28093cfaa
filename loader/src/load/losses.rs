//! Finds the rows that a load would delete.
//!
//! Rows written since the last load have ids above the high-water mark, the largest id of that load (`load_marks`).

use std::collections::HashMap;

use sqlx::{AssertSqlSafe, PgConnection};

use super::error::LoadError;
use super::loss::{Loss, LossCause};
use super::options::LoadOptions;
use crate::database::DatabaseError;
use crate::tables::{FileGroup, TABLES, Table};

/// The table of the high-water marks.
pub(super) const HIGH_WATER_MARKS: &str = "load_marks";

/// The statement that stores the high-water mark of a table.
pub(super) fn insert_high_water_mark(schema: &str, table: &Table, largest_id: u64) -> String {
    let table = table.name;
    format!("insert into {schema}.{HIGH_WATER_MARKS} (table_name, last_id) values ('{table}', {largest_id})")
}

/// The rows that a replacement of the tables deletes. Fails if the database holds products and the options do not allow
/// their replacement.
pub(super) async fn find_losses(
    connection: &mut PgConnection,
    options: &LoadOptions,
    absent: &[&Table],
) -> Result<Vec<Loss>, LoadError> {
    let during = || DatabaseError::during("looking for what the database holds");
    let holds_products = "select exists (select from public.products)";
    if !options.replace
        && sqlx::query_scalar(holds_products).fetch_one(&mut *connection).await.map_err(during())?
    {
        return Err(LoadError::HoldsProducts);
    }
    Ok(written_or_absent(connection, absent).await.map_err(during())?)
}

/// Fails if there are losses that the options do not allow.
pub(super) fn check_losses(options: &LoadOptions, losses: &[Loss]) -> Result<(), LoadError> {
    if losses.is_empty() || options.drop_written {
        Ok(())
    } else {
        Err(LoadError::WouldDrop(losses.to_vec()))
    }
}

/// The rows written since the last load, and all rows of the tables in `absent`.
async fn written_or_absent(connection: &mut PgConnection, absent: &[&Table]) -> sqlx::Result<Vec<Loss>> {
    let marks: Vec<(String, i64)> =
        sqlx::query_as(AssertSqlSafe(format!("select table_name, last_id from public.{HIGH_WATER_MARKS}")))
            .fetch_all(&mut *connection)
            .await?;
    let marks: HashMap<_, _> = marks.into_iter().collect();
    let mut losses = Vec::new();
    for table in TABLES {
        let is_absent = absent.iter().any(|absent| absent.name == table.name);
        let (mark, cause) = match marks.get(table.name) {
            _ if is_absent => (0, LossCause::FileAbsent),
            Some(mark) => (*mark, LossCause::Written),
            // Shoppers do not write these tables: a catalogue without a mark is what the load is to replace.
            None if matches!(table.group, FileGroup::Catalogue | FileGroup::LegacyCart) => continue,
            None => (0, LossCause::Written),
        };
        // The mark is a literal: the planner must see how few rows are above it.
        let count = AssertSqlSafe(format!("select count(*) from public.{} where id > {mark}", table.name));
        let rows = sqlx::query_scalar(count).persistent(false).fetch_one(&mut *connection).await?;
        if rows > 0 {
            losses.push(Loss { table: table.name.to_owned(), rows, cause });
        }
    }
    Ok(losses)
}
