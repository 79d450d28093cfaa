//! What the database keeps for a day is removed when the day is over.

use std::time::Duration;

use sqlx::PgConnection;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::batches::{Batch, Batches, JobError};
use super::connections::Connections;

/// How often it is looked for what is old.
const PERIOD: Duration = Duration::from_hours(1);
/// How soon again while there is no connection, or too much to do.
const RETRY: Duration = Duration::from_secs(1);
/// Rows of one statement: few enough for the time that a statement has, and not to keep writes waiting.
const CHUNK: i64 = 2_000;

/// Removes old idempotency keys at once and then every hour, for as long as the set is not dropped.
#[must_use]
pub fn start(connections: &Connections) -> JoinSet<()> {
    let removals = Batches::<Removal>::new(connections, 1);
    let mut task = JoinSet::new();
    task.spawn(async move {
        loop {
            match removals.ask(()).await {
                Ok(IsDone(false)) => {}
                Ok(IsDone(true)) => sleep(PERIOD).await,
                Err(JobError::Failed(err)) => {
                    tracing::warn!(error = %err, "old idempotency keys can't be removed");
                    sleep(PERIOD).await;
                }
                Err(_) => sleep(RETRY).await,
            }
        }
    });
    task
}

/// The oldest keys, if they are older than a day.
struct Removal;

/// Whether none is left.
struct IsDone(bool);

impl Batch for Removal {
    type Job = ();
    type Answer = IsDone;
    const IS_REPEATABLE: bool = true;
    const LIMIT: usize = 1;

    async fn run(connection: &mut PgConnection, _: &[()]) -> sqlx::Result<Vec<IsDone>> {
        let removed = sqlx::query!(
            r#"
            delete from idempotency_keys
            where key in (
                select k.key
                from idempotency_keys k
                where k.created_at < now() - interval '24 hours'
                order by k.created_at
                limit $1
                -- What is locked is being used anew, or removed by another server.
                for update skip locked
            )
            "#,
            CHUNK,
        )
        .execute(connection)
        .await?;
        Ok(vec![IsDone(removed.rows_affected() < CHUNK.unsigned_abs())])
    }
}
