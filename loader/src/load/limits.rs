//! The limits that protect the live data from a truncated or mostly damaged data set.

use std::path::{Path, PathBuf};

use sqlx::{AssertSqlSafe, PgConnection};

use super::error::LoadError;
use crate::tables::Table;

/// The share of its live rows by which a table may shrink, in percent.
const MAX_SHRINK_PERCENT: u64 = 10;
/// The default share of the lines of a file that may be rejected, in percent. The real files stay far below.
const MAX_REJECTED_PERCENT: u64 = 1;
/// By default fewer rejected lines than this are accepted in a file of any size.
const ALWAYS_ACCEPTED_BELOW: u64 = 100;

/// The limits of a load.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// Whether a table may shrink by more than 10 % of its live rows.
    pub allow_shrink: bool,
    /// The share of the lines of a file that may be rejected, in percent. `None` is 1 %, and fewer than 100 lines of any
    /// file.
    pub max_rejected: Option<u8>,
}

impl Limits {
    /// The number of rows of the live table, or 0 if the table may shrink. Not to be called in a long transaction, which
    /// would hold its lock on the live table.
    pub(super) async fn live_rows(self, connection: &mut PgConnection, table: &Table) -> sqlx::Result<u64> {
        if self.allow_shrink {
            return Ok(0);
        }
        let count = AssertSqlSafe(format!("select count(*) from public.{}", table.name));
        let rows: i64 = sqlx::query_scalar(count).fetch_one(connection).await?;
        Ok(rows.unsigned_abs())
    }

    /// Fails if too many of the `lines` of the file at `path` were rejected. `rejects` is the path of the file of rejects.
    pub(super) fn check_rejected(
        self,
        path: &Path,
        lines: u64,
        rejected: u64,
        rejects: PathBuf,
    ) -> Result<(), LoadError> {
        let (percent, is_accepted) = match self.max_rejected {
            Some(percent) => (percent.into(), false),
            None => (MAX_REJECTED_PERCENT, rejected < ALWAYS_ACCEPTED_BELOW),
        };
        if is_accepted || rejected * 100 <= lines * percent {
            return Ok(());
        }
        let (path, needed) = (path.to_owned(), (rejected * 100).div_ceil(lines));
        Err(LoadError::TooManyRejected { path, lines, rejected, percent, needed, rejects })
    }

    /// Fails if a table with `live` rows would be replaced by one with far fewer.
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
