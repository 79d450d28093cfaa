//! Database reads of several replicas for the same keys, against one replica's.

use super::group::Group;
use crate::bench::Bench;
use crate::error::Result;
use crate::row::{Figure, Row};
use crate::series::Series;
use crate::servers::Server;
use crate::service::{BATCH_JOBS, STYLES};
use crate::wrk::Load;

const READS: Figure =
    Figure::at_most("16", "reads of the database at 4 replicas / at 1, same keys", 1.5, 1.1);
pub(super) const GROUP: Group = Group { figures: &[READS], measure, writes: false };

const REPLICAS: usize = 4;
/// Requests of each key at least, so that each replica gets some.
const REQUESTS: u32 = 16;

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let keys = if bench.quick { 2_000 } else { 10_000 }.min(bench.data.products);
    let (one, many) = (database_reads(bench, 1, keys)?, database_reads(bench, REPLICAS, keys)?);
    let (one, many) = (Series::one(one), Series::one(many));
    let note = format!("{keys} keys, each requested at least {REQUESTS} times, through nginx as shipped");
    Ok(vec![READS.compared("reads", &many, "reads at 1 replica", &one).note(note)])
}

fn database_reads(bench: &Bench, replicas: usize, keys: u64) -> Result<f64> {
    let replicas = Server::replicas(bench, replicas)?;
    let nginx = Server::nginx(bench, &replicas)?;
    let jobs = || replicas.iter().map(|replica| replica.metric(BATCH_JOBS)).sum::<Result<f64>>();
    let before = jobs()?;
    let load = Load::new(bench, STYLES, (1, keys)).seconds(1);
    let mut requests = 0.0;
    while requests < keys as f64 * f64::from(REQUESTS) {
        requests += load.run(bench, &nginx)?.requests;
    }
    // The keys that were not drawn.
    load.with("order=sequence").seconds(2).run(bench, &nginx)?;
    Ok(jobs()? - before)
}
