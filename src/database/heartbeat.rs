//! Heartbeats: notifications that a process sends to its own listener, through its read connections. One that is sent shows
//! that the database answers; one that arrives shows that notifications arrive.

use std::sync::Arc;

use sqlx::PgConnection;

use super::batch::Batch;

/// A heartbeat.
#[derive(Clone, Debug)]
pub struct Heartbeat {
    /// The channel that it is sent to.
    pub channel: Arc<str>,
    /// Its number, from 1: the payload of the notification.
    pub number: u64,
}

/// Sends heartbeats.
pub struct SendHeartbeats;

impl Batch for SendHeartbeats {
    type Job = Heartbeat;
    type Output = ();
    const NAME: &'static str = "send_heartbeat";
    const IS_WRITE: bool = false;

    async fn run(connection: &mut PgConnection, heartbeats: &[Heartbeat]) -> sqlx::Result<Vec<()>> {
        for Heartbeat { channel, number } in heartbeats {
            // The commit waits for neither a disk nor a standby.
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
        Ok(vec![(); heartbeats.len()])
    }
}
