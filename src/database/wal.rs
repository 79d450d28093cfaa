//! Queries for the WAL positions of servers.

use sqlx::PgConnection;

use super::batch::Batch;
use super::position::WalPosition;

/// The position at which a primary writes. Everything committed before the query lies before that position.
pub struct CurrentPosition;

impl Batch for CurrentPosition {
    type Job = ();
    type Output = WalPosition;
    const NAME: &'static str = "current_wal_position";
    const IS_WRITE: bool = false;

    async fn run(connection: &mut PgConnection, jobs: &[()]) -> sqlx::Result<Vec<WalPosition>> {
        // Where the next record goes, not how far the WAL is flushed: a commit need not wait for that.
        let row = sqlx::query!(
            r#"
            select
                ('x' || left(pg_walfile_name(wal.position), 8))::bit(32)::integer as "timeline!",
                (wal.position - '0/0')::bigint as "lsn!"
            from pg_current_wal_insert_lsn() as wal (position)
            "#
        )
        .fetch_one(connection)
        .await?;
        Ok(vec![position(row.timeline, row.lsn); jobs.len()])
    }
}

/// The position that a standby has replayed.
pub(super) struct ReplayedPosition;

impl Batch for ReplayedPosition {
    type Job = ();
    type Output = WalPosition;
    const NAME: &'static str = "replayed_wal_position";
    const IS_WRITE: bool = false;

    async fn run(connection: &mut PgConnection, jobs: &[()]) -> sqlx::Result<Vec<WalPosition>> {
        Ok(vec![replayed(connection).await?; jobs.len()])
    }
}

/// The position that this server had replayed when it last was a standby; zero if it never was one. A promoted server thus
/// stays at the position of its promotion: a read that requires more goes to the primary, which may be this server.
pub(super) async fn replayed(connection: &mut PgConnection) -> sqlx::Result<WalPosition> {
    let row = sqlx::query!(
        r#"
        select
            -- A standby that has more of an old timeline than the new one took over can't follow it, and never reports
            -- the new one. The WAL receiver knows a new timeline at once, but only roles that may read all statistics
            -- see it; the others see it at the next restart point.
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
    Ok(position(row.timeline, row.lsn))
}

fn position(timeline: i32, lsn: i64) -> WalPosition {
    // Neither is ever negative: both count from 0.
    WalPosition { timeline: timeline.unsigned_abs(), lsn: lsn.unsigned_abs() }
}
