//! Retention: deletes rows that have expired, in the background.
//!
//! Every replica does it, at once after its start and then every hour. Each statement takes some of the oldest rows: few
//! enough for the statement timeout, and not to delay writes. It leaves out rows that somebody else has locked. Between two
//! statements others have the connection.

use std::time::Duration;

use prometheus::{IntCounter, IntCounterVec};
use sqlx::PgConnection;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::batch::Batch;
use super::batcher::Batcher;
use super::error::JobError;
use super::pool::Pool;
use crate::telemetry::metrics::Metrics;
use crate::telemetry::tasks::Supervisor;

/// Time between two rounds.
const PERIOD: Duration = Duration::from_hours(1);
/// Time between two statements of a round.
const PAUSE: Duration = Duration::from_millis(100);
/// Backoff where there is no connection, or the database is overloaded.
const BACKOFF: Duration = Duration::from_secs(1);

/// Deletes expired rows of several kinds, for as long as it is not dropped.
pub struct Expiry {
    pool: Pool,
    deleted: IntCounterVec,
    supervisor: Supervisor,
    tasks: JoinSet<()>,
}

impl Expiry {
    /// Starts to delete expired idempotency keys.
    #[must_use]
    pub fn start(pool: &Pool, metrics: &Metrics) -> Self {
        let deleted = metrics.counters(
            "atelier_database_expired_rows_total",
            "Rows that this process deleted because their retention was over, by table.",
            &["table"],
        );
        let supervisor = metrics.supervisor().clone();
        let mut expiry = Self { pool: pool.clone(), deleted, supervisor, tasks: JoinSet::new() };
        expiry.add::<DeleteExpiredKeys>("idempotency_keys", ());
        expiry
    }

    /// Starts to delete expired rows of another table. `B` deletes a few of them, those for which `retention` is over, and
    /// returns how many.
    pub fn add<B: Batch<Output = u64>>(&mut self, table: &'static str, retention: B::Job) {
        let deletions = Batcher::<B>::new(&self.pool);
        let deleted = self.deleted.with_label_values(&[table]);
        let supervisor = self.supervisor.clone();
        self.tasks.spawn(async move {
            supervisor.supervise("expiry", || delete_expired(&deletions, &retention, table, &deleted)).await;
        });
    }
}

async fn delete_expired<B: Batch<Output = u64>>(
    deletions: &Batcher<B>,
    retention: &B::Job,
    table: &str,
    deleted: &IntCounter,
) {
    loop {
        match deletions.submit(retention.clone()).await {
            Ok(0) => sleep(PERIOD).await,
            Ok(rows) => {
                deleted.inc_by(rows);
                sleep(PAUSE).await;
            }
            Err(JobError::Failed(err)) => {
                tracing::warn!(error = %err, table, "expired rows can't be deleted");
                sleep(PERIOD).await;
            }
            Err(_) => sleep(BACKOFF).await,
        }
    }
}

/// Deletes the oldest idempotency keys that have expired.
struct DeleteExpiredKeys;

impl Batch for DeleteExpiredKeys {
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
                limit 2000
                -- A locked one is being used again, or deleted by another replica.
                for update skip locked
            )
            "#
        )
        .execute(connection)
        .await?;
        Ok(vec![deleted.rows_affected()])
    }
}
