//! Notices that the server has given up a COPY: its disk is full, say.
//!
//! In the midst of a COPY the server's answer is not read before the end of the file, which may be long, and the server
//! takes and drops what it is sent. But others can see that the transaction has failed.

use std::convert::Infallible;
use std::time::Duration;

use sqlx::PgConnection;
use tokio::sync::watch;

use super::session::{WORKER_NAME, Workers};
use crate::error::LoadError;

const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// The server processes whose transactions have failed. Clones know the same.
#[derive(Clone, Debug)]
pub(super) struct Failures(watch::Receiver<Vec<i32>>);

/// Looks for failures, until it is dropped.
#[derive(Debug)]
pub(super) struct Watch {
    connection: PgConnection,
    failed: watch::Sender<Vec<i32>>,
}

impl Watch {
    pub(super) async fn open(workers: &Workers) -> Result<(Self, Failures), LoadError> {
        let connection = workers.swapper().await?;
        let (failed, failures) = watch::channel(Vec::new());
        Ok((Self { connection, failed }, Failures(failures)))
    }

    /// Ends only with an error.
    pub(super) async fn run(mut self) -> Result<Infallible, LoadError> {
        loop {
            tokio::time::sleep(POLL_INTERVAL).await;
            let failed = sqlx::query_scalar(
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
            .map_err(LoadError::doing("watching the load"))?;
            self.failed.send_replace(failed);
        }
    }
}

impl Failures {
    /// Returns when the transaction of this server process has failed.
    pub(super) async fn of(&mut self, pid: i32) {
        if self.0.wait_for(|failed| failed.contains(&pid)).await.is_err() {
            // Nobody looks any more.
            std::future::pending::<()>().await;
        }
    }
}
