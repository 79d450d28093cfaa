//! Deletes idempotency keys that have expired.

use std::time::Duration;

use sqlx::PgConnection;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::batch::Batch;
use super::batcher::Batcher;
use super::error::JobError;
use super::pool::Pool;
use crate::telemetry::tasks::Supervisor;

/// Time between two rounds.
const PERIOD: Duration = Duration::from_hours(1);
/// Backoff where there is no connection, or the database is overloaded.
const BACKOFF: Duration = Duration::from_secs(1);
/// Rows per statement: few enough for the statement timeout, and not to delay writes.
const CHUNK: i64 = 2_000;

/// Deletes expired idempotency keys at once and then every hour, for as long as the set is not dropped.
#[must_use]
pub fn start(pool: &Pool, supervisor: &Supervisor) -> JoinSet<()> {
    let deletions = Batcher::<DeleteExpired>::new(pool);
    let mut task = JoinSet::new();
    let supervisor = supervisor.clone();
    task.spawn(async move { supervisor.supervise("expiry", || delete_expired(&deletions)).await });
    task
}

async fn delete_expired(deletions: &Batcher<DeleteExpired>) {
    loop {
        match deletions.submit(()).await {
            Ok(deleted) if deleted == CHUNK.unsigned_abs() => {}
            Ok(_) => sleep(PERIOD).await,
            Err(JobError::Failed(err)) => {
                tracing::warn!(error = %err, "expired idempotency keys can't be deleted");
                sleep(PERIOD).await;
            }
            Err(_) => sleep(BACKOFF).await,
        }
    }
}

/// Deletes the oldest keys that have expired, and returns how many.
struct DeleteExpired;

impl Batch for DeleteExpired {
    type Job = ();
    type Output = u64;
    const NAME: &'static str = "delete_expired_idempotency_keys";
    const IS_WRITE: bool = false;
    const MAX_JOBS: usize = 1;

    async fn run(connection: &mut PgConnection, _: &[()]) -> sqlx::Result<Vec<u64>> {
        let deleted = sqlx::query!(
            r#"
            delete from idempotency_keys
            where key in (
                select k.key
                from idempotency_keys k
                where k.created_at < now() - interval '24 hours'
                order by k.created_at
                limit $1
                -- A locked one is being used again, or deleted by another replica.
                for update skip locked
            )
            "#,
            CHUNK,
        )
        .execute(connection)
        .await?;
        Ok(vec![deleted.rows_affected()])
    }
}
