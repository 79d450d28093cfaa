//! Places in PostgreSQL's log: how much of what was written a server has.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::PgConnection;

use super::batches::Batch;

/// A place in the log. Whenever a standby is promoted a new timeline begins, which goes on from there: what the old one had
/// beyond is lost, and the same places are taken anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// From 1; 0 where nothing is known.
    pub timeline: u32,
    /// Bytes of log before it.
    pub lsn: u64,
}

impl Position {
    /// Whether a server that is here has all that was written up to `other`, or what came in the place of it.
    #[must_use]
    pub fn includes(self, other: Self) -> bool {
        self.timeline >= other.timeline && self.lsn >= other.lsn
    }
}

/// What the answer to a read must show at least.
#[derive(Clone, Debug, Default)]
pub struct Since {
    position: Option<Position>,
    is_missed: Arc<AtomicBool>,
}

impl Since {
    /// All that was written before the read begins: what only the primary is sure to have.
    #[must_use]
    pub fn now() -> Self {
        Self::default()
    }

    /// All that was written up to this place.
    #[must_use]
    pub fn position(position: Position) -> Self {
        Self { position: Some(position), ..Self::default() }
    }

    /// Whether the answer may show less, since there was no primary to ask: better than none, but not to be kept.
    #[must_use]
    pub fn is_missed(&self) -> bool {
        self.is_missed.load(Ordering::Relaxed)
    }

    /// Where a standby must have come to; None where that is not known.
    pub(super) fn known(&self) -> Option<Position> {
        self.position
    }

    /// The answer may show less.
    pub(super) fn miss(&self) {
        self.is_missed.store(true, Ordering::Relaxed);
    }
}

/// Asks a primary how far its log goes. All that was committed before the question lies before the answer.
pub struct Written;

impl Batch for Written {
    type Job = ();
    type Answer = Position;
    const IS_REPEATABLE: bool = true;

    async fn run(connection: &mut PgConnection, jobs: &[()]) -> sqlx::Result<Vec<Position>> {
        // The place where the next record goes, not how far the log is flushed: commits need not wait for that.
        let row = sqlx::query!(
            r#"
            select
                ('x' || left(pg_walfile_name(log.place), 8))::bit(32)::integer as "timeline!",
                (log.place - '0/0')::bigint as "lsn!"
            from pg_current_wal_insert_lsn() as log (place)
            "#
        )
        .fetch_one(connection)
        .await?;
        Ok(vec![at(row.timeline, row.lsn); jobs.len()])
    }
}

/// Asks a standby what it has replayed.
pub(super) struct Replayed;

impl Batch for Replayed {
    type Job = ();
    type Answer = Position;
    const IS_REPEATABLE: bool = false;

    async fn run(connection: &mut PgConnection, jobs: &[()]) -> sqlx::Result<Vec<Position>> {
        Ok(vec![replayed(connection).await?; jobs.len()])
    }
}

/// What this server had replayed when it was a standby last; nothing if it never was one. A promoted one thus stays where
/// it was promoted: whoever wants more is sent to the primary, which it may be by now.
pub(super) async fn replayed(connection: &mut PgConnection) -> sqlx::Result<Position> {
    let row = sqlx::query!(
        r#"
        select
            -- A standby that has more of an old timeline than the new one took over can't follow, and so never says that
            -- it is on the new one. The receiver knows at once, but tells only who may read all statistics; the others
            -- know at the next restart point.
            greatest(
                (select timeline_id from pg_control_checkpoint()),
                (select min_recovery_end_timeline from pg_control_recovery()),
                (select max(received_tli) from pg_stat_wal_receiver)
            ) as "timeline!",
            coalesce(pg_last_wal_replay_lsn() - '0/0', 0)::bigint as "lsn!"
        "#
    )
    .fetch_one(connection)
    .await?;
    Ok(at(row.timeline, row.lsn))
}

fn at(timeline: i32, lsn: i64) -> Position {
    Position { timeline: timeline.try_into().unwrap_or_default(), lsn: lsn.try_into().unwrap_or_default() }
}
