//! Detects a COPY that the server has aborted, because its disk is full for example.
//!
//! During a COPY the client reads the server's error only at the end of the file, and until then the server discards the
//! data. Another connection can see earlier that the transaction is aborted.

use std::convert::Infallible;
use std::time::Duration;

use sqlx::PgConnection;
use tokio::sync::watch;

use super::session::{WORKER_NAME, Workers};
use crate::database::DatabaseError;

const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// The process ids of the server processes whose transactions are aborted. Clones share the list.
#[derive(Clone, Debug)]
pub(super) struct AbortedTransactions(watch::Receiver<Vec<i32>>);

/// Polls for aborted transactions.
#[derive(Debug)]
pub(super) struct AbortMonitor {
    connection: PgConnection,
    aborted: watch::Sender<Vec<i32>>,
}

impl AbortMonitor {
    /// Connects, and returns the list that [`AbortMonitor::run`] updates.
    pub(super) async fn open(workers: &Workers) -> Result<(Self, AbortedTransactions), DatabaseError> {
        let connection = workers.connect_to_public().await?;
        let (sender, receiver) = watch::channel(Vec::new());
        Ok((Self { connection, aborted: sender }, AbortedTransactions(receiver)))
    }

    /// Polls until an error occurs.
    pub(super) async fn run(mut self) -> Result<Infallible, DatabaseError> {
        loop {
            tokio::time::sleep(POLL_INTERVAL).await;
            let aborted = sqlx::query_scalar(
                "select pid
                 from pg_stat_activity
                 where application_name = $1
                     and datname = current_database()
                     and usename = current_user
                     and state = 'idle in transaction (aborted)'",
            )
            .bind(WORKER_NAME)
            .fetch_all(&mut self.connection)
            .await
            .map_err(DatabaseError::during("monitoring the load"))?;
            self.aborted.send_replace(aborted);
        }
    }
}

impl AbortedTransactions {
    /// Completes when the transaction of this server process is aborted.
    pub(super) async fn wait_for(&mut self, pid: i32) {
        if self.0.wait_for(|aborted| aborted.contains(&pid)).await.is_err() {
            // The monitor has ended.
            std::future::pending::<()>().await;
        }
    }
}
