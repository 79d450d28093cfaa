//! Heartbeats: notifications that a process sends to itself through the connections that it reads with. One that is sent shows
//! that the database answers; one that arrives shows that notifications do.

use std::sync::Arc;

use sqlx::PgConnection;

use super::batches::Batch;

/// Sends heartbeats.
pub struct Heartbeats;

/// A heartbeat.
#[derive(Clone, Debug)]
pub struct Heartbeat {
    /// The channel that it is sent to.
    pub channel: Arc<str>,
    /// Its number, from 1: what the notification says.
    pub number: u64,
}

impl Batch for Heartbeats {
    type Job = Heartbeat;
    type Answer = ();
    const IS_REPEATABLE: bool = true;

    async fn run(connection: &mut PgConnection, jobs: &[Heartbeat]) -> sqlx::Result<Vec<()>> {
        for Heartbeat { channel, number } in jobs {
            // Its commit waits neither for a disk nor for a standby.
            sqlx::query!(
                r#"
                select
                    set_config('synchronous_commit', 'off', true),
                    pg_notify($1, $2)::text
                "#,
                &**channel,
                number.to_string()
            )
            .fetch_one(&mut *connection)
            .await?;
        }
        Ok(vec![(); jobs.len()])
    }
}
