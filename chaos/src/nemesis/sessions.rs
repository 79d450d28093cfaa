//! Faults that other sessions of PostgreSQL cause: they terminate the service's connections, lock rows, or use up the
//! connections of the role.

use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use tokio::time::sleep;

use super::Nemesis;
use super::kind::FaultKind;
use super::schedule::Fault;
use crate::shop::{HOT_PRODUCTS, HOT_QUESTIONS, HOT_REVIEWS};

const TERMINATE_BACKENDS: &str =
    "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'atelier'";
const TERMINATE_LISTENERS: &str = "select pg_terminate_backend(pid) from pg_stat_activity
    where usename = 'atelier' and (query ilike 'listen%' or query ilike '%pg_listening_channels%')";
/// Above the limit of the role.
const MAX_CONNECTIONS: usize = 100;

impl Nemesis {
    /// Does in PostgreSQL what the fault says. False if PostgreSQL is not there.
    pub(super) async fn disturb_sessions(&self, fault: &Fault) -> bool {
        let Ok(mut sql) = self.system.postgres.connect().await else { return false };
        self.announce(fault);
        // Another fault may end the session; then this one ends too.
        let _ = match fault.kind {
            FaultKind::TerminateBackends => sql.execute(TERMINATE_BACKENDS).await.map(drop),
            FaultKind::TerminateListeners => sql.execute(TERMINATE_LISTENERS).await.map(drop),
            FaultKind::UseUpConnections => {
                self.use_up_connections(fault).await;
                Ok(())
            }
            _ => lock_row(&mut sql, fault).await,
        };
        self.healed();
        true
    }

    async fn use_up_connections(&self, fault: &Fault) {
        let mut connections = Vec::new();
        while connections.len() < MAX_CONNECTIONS {
            match self.system.postgres.connect_as_service().await {
                Ok(connection) => connections.push(connection),
                Err(_) => break,
            }
        }
        sleep(fault.duration).await;
        for connection in connections {
            let _ = connection.close().await;
        }
    }
}

/// Locks a row that votes update, or that new reviews and questions refer to.
async fn lock_row(sql: &mut sqlx::PgConnection, fault: &Fault) -> sqlx::Result<()> {
    let (table, rows) = match fault.choice % 3 {
        0 => ("reviews", HOT_PRODUCTS * HOT_REVIEWS),
        1 => ("questions", HOT_PRODUCTS * HOT_QUESTIONS),
        _ => ("products", HOT_PRODUCTS),
    };
    let id = 1 + fault.choice / 3 % rows;
    let mut transaction = sql.begin().await?;
    let lock = format!("select from {table} where id = {id} for update");
    transaction.execute(AssertSqlSafe(lock)).await?;
    sleep(fault.duration).await;
    transaction.rollback().await
}
