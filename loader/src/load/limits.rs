//! How much worse than what is live a data set may be: a file that is cut off or mostly damaged must not replace a shop.

use std::path::Path;

use sqlx::{AssertSqlSafe, PgConnection};

use super::outputs::Rejects;
use super::read_file::Outcome;
use crate::error::LoadError;
use crate::tables::Table;

/// A table may shrink by this share of its rows, in percent.
const MAX_SHRINK_PERCENT: u64 = 10;
/// So many of a file's lines may be rejected where nothing else is said, in percent. The real files stay far below.
const MAX_REJECTED_PERCENT: u64 = 1;
/// Fewer rejected lines than this are accepted then, whatever share of a small file they are.
const MIN_REJECTED: u64 = 100;

/// What a load accepts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// Whether a table may shrink by more than 10 % of its live rows.
    pub allow_shrink: bool,
    /// How many of a file's lines may be rejected, in percent. Without it 1 %, and fewer than 100 lines in any case.
    pub max_rejected: Option<u8>,
}

impl Limits {
    /// How many rows of a table are live; 0 where the table may shrink to nothing. Not to be asked in a transaction that
    /// lasts: it would keep its lock on the live table.
    pub(super) async fn live_rows(self, connection: &mut PgConnection, table: &Table) -> sqlx::Result<u64> {
        if self.allow_shrink {
            return Ok(0);
        }
        let count = AssertSqlSafe(format!("select count(*) from public.{}", table.name));
        let rows: i64 = sqlx::query_scalar(count).fetch_one(connection).await?;
        Ok(rows.unsigned_abs())
    }

    /// Fails where more lines of the file at `path` were rejected than may be.
    pub(super) fn check_rejected(
        self,
        path: &Path,
        outcome: &Outcome,
        rejects: &Rejects,
    ) -> Result<(), LoadError> {
        let Outcome { lines, rejected, .. } = *outcome;
        let (percent, is_accepted) = match self.max_rejected {
            Some(percent) => (percent.into(), false),
            None => (MAX_REJECTED_PERCENT, rejected < MIN_REJECTED),
        };
        if is_accepted || rejected * 100 <= lines * percent {
            return Ok(());
        }
        let (path, rejects) = (path.to_owned(), rejects.path());
        let needed = (rejected * 100).div_ceil(lines);
        Err(LoadError::TooManyRejected { path, lines, rejected, percent, needed, rejects })
    }

    /// Fails where a table that has so many [live](Self::live_rows) rows would be left with far fewer.
    pub(super) fn check_shrinking(
        path: &Path,
        table: &'static Table,
        live: u64,
        loaded: u64,
    ) -> Result<(), LoadError> {
        if loaded * 100 >= live * (100 - MAX_SHRINK_PERCENT) {
            return Ok(());
        }
        let (path, table) = (path.to_owned(), table.name);
        Err(LoadError::Shrinks { path, table, live, loaded, percent: MAX_SHRINK_PERCENT })
    }
}
