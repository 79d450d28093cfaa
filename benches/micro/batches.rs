//! The overhead of a batched job, without the database's work: one job alone, and many at once.

use std::sync::Arc;
use std::time::Duration;

use atelier::database::batches::{Batch, Batches};
use atelier::database::connections::Connections;
use atelier::database::metrics::DatabaseMetrics;
use atelier::database::{Database, migrations};
use atelier::telemetry::metrics::Metrics;
use criterion::{Criterion, criterion_group, criterion_main};
use private_postgres::PrivateServer;
use sqlx::{ConnectOptions as _, PgConnection};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

/// A batch that does nothing.
struct Nothing;

impl Batch for Nothing {
    type Job = u64;
    type Answer = u64;
    const IS_REPEATABLE: bool = true;

    async fn run(_: &mut PgConnection, jobs: &[u64]) -> sqlx::Result<Vec<u64>> {
        Ok(jobs.to_vec())
    }
}

fn benches(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let (_server, batches) = runtime.block_on(async {
        let server = PrivateServer::throwaway().await.expect("a private PostgreSQL");
        let mut connection = server.connect_options().connect().await.expect("it answers");
        migrations::run(&mut connection).await.expect("the migrations apply");
        let database = Database::new(&server.connect_options(), Duration::from_secs(2));
        let metrics = DatabaseMetrics::new(&Metrics::default());
        let connections = Connections::start(&database, 4, "read", &metrics);
        while !connections.is_there() {
            tokio::task::yield_now().await;
        }
        (server, Arc::new(Batches::<Nothing>::new(&connections, 4_096)))
    });
    criterion.bench_function("batches: a job alone", |bencher| {
        bencher.to_async(&runtime).iter(|| async { batches.ask(1).await.is_ok() });
    });
    criterion.bench_function("batches: 64 jobs at one time", |bencher| {
        bencher.to_async(&runtime).iter(|| async {
            let mut jobs = JoinSet::new();
            for job in 0..64 {
                let batches = Arc::clone(&batches);
                jobs.spawn(async move { batches.ask(job).await.is_ok() });
            }
            jobs.join_all().await
        });
    });
}

criterion_group!(all, benches);
criterion_main!(all);
