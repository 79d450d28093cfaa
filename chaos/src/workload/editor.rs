//! The editor, who renames products by SQL: the service learns of it by notifications only.

use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use sqlx::PgConnection;
use tokio::time::{sleep, timeout};

use super::Workload;
use crate::history::{Action, Counter, Operation, Outcome, Target, Write};
use crate::shop::HOT_PRODUCTS;

/// Between two renamings, on average.
const PAUSE: Duration = Duration::from_millis(200);
/// How long a statement may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Renames products until the workload is stopped.
pub(super) async fn rename_products(workload: Arc<Workload>) {
    let mut random = Rng::with_seed(workload.seed);
    let number = workload.recorder.client();
    let mut connection = None;
    while workload.is_running() {
        sleep(PAUSE.mul_f64(2.0 * random.f64())).await;
        let product = random.u32(1..=HOT_PRODUCTS);
        if connection.is_none() {
            connection = workload.system.postgres.connect().await.ok();
        }
        let Some(sql) = &mut connection else { continue };
        let clock = workload.recorder.clock;
        let started = clock.now();
        let outcome = match timeout(TIMEOUT, rename(sql, product)).await {
            Ok(Ok(())) => Outcome::Response(200),
            // The commit may have been done.
            Ok(Err(_)) | Err(_) => Outcome::Lost("the statement failed"),
        };
        if outcome != Outcome::Response(200) {
            connection = None;
        }
        let id = workload.recorder.write_id();
        workload.recorder.record(Operation {
            client: number,
            target: Target::Sql,
            action: Action::Write(Write { id, counter: Counter::Revisions(product), is_keyed: false }),
            started,
            ended: clock.now(),
            outcome,
            flaw: None,
            values: Box::default(),
        });
    }
}

async fn rename(sql: &mut PgConnection, product: u32) -> sqlx::Result<()> {
    let rename =
        "update products set name = 'Revision ' || split_part(name, ' ', 2)::bigint + 1 where id = $1";
    sqlx::query(rename).bind(i64::from(product)).execute(sql).await.map(drop)
}
