//! One measurement: what was done, and what it cost whom.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

use crate::accounts::Accounts;
use crate::error::{Result, error};
use crate::series::Series;
use crate::{Bench, say};

/// What a load generator did.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Work {
    pub(crate) requests: f64,
    pub(crate) seconds: f64,
    pub(crate) bytes: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) errors: f64,
}

/// What it did, and the CPU time of everybody for one request, in microseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Sample {
    pub(crate) per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) bytes: f64,
    /// Of the servers named.
    pub(crate) server_us: f64,
    pub(crate) database_us: f64,
    pub(crate) generator_us: f64,
    /// The share of all CPUs that processes had which have nothing to do with this.
    pub(crate) others: f64,
}

/// Has `work` done, and accounts for it. `servers` are the processes that do it, beside the database.
pub(crate) fn measure(bench: &Bench, servers: &[u32], work: impl FnOnce() -> Result<Work>) -> Result<Sample> {
    let (this, database) = (std::process::id(), bench.data.postmaster);
    let before = Accounts::now();
    let work = work()?;
    let after = Accounts::now();
    let used = |pids: &[u32]| after.used_since(&before, pids);
    if work.errors > 0.0 {
        return Err(error(format!("{} of {} requests failed", work.errors, work.requests)));
    }
    let server = used(servers);
    // All else that this process started, which is every server of the bench, is idle; the database may be one of them.
    let all = used(&[this, database]);
    let each = |us: f64| us / work.requests;
    Ok(Sample {
        per_second: work.requests / work.seconds,
        p50_ms: work.p50_ms,
        p99_ms: work.p99_ms,
        bytes: each(work.bytes),
        server_us: each(server),
        database_us: each(used(&[database])),
        generator_us: each(all - server - used(&[database])),
        others: after.others_since(&before, &[this, database]),
    })
}

/// A contender: its name, and one measurement of it.
pub(crate) type Contender<'a> = (&'a str, Box<dyn FnMut() -> Result<Sample> + 'a>);

/// Measures all of them, one after the other, and again, so that what changes in the machine meanwhile meets all alike.
/// The samples of each, in the order of the contenders.
pub(crate) fn in_turn<const N: usize>(
    bench: &Bench,
    mut contenders: [Contender<'_>; N],
) -> Result<[Vec<Sample>; N]> {
    let mut samples = [const { Vec::new() }; N];
    for round in 1..=bench.rounds {
        for ((name, run), samples) in contenders.iter_mut().zip(&mut samples) {
            let sample = run().map_err(|err| error(format!("{name}: {err}")))?;
            say(&format!(
                "  {round}/{} {name:34} {:>9.0}/s  {:>6.1} µs server {:>6.1} µs database {:>6.1} µs generator  p99 {:>7.2} ms  others {:>3.0} %",
                bench.rounds,
                sample.per_second,
                sample.server_us,
                sample.database_us,
                sample.generator_us,
                sample.p99_ms,
                sample.others * 100.0
            ));
            samples.push(sample);
        }
    }
    Ok(samples)
}

/// The share of the CPUs that others had, over all these samples: the largest.
pub(crate) fn others(samples: &[&[Sample]]) -> f64 {
    samples.iter().flat_map(|samples| samples.iter()).map(|sample| sample.others).fold(0.0, f64::max)
}

/// What the load generator took for a request.
pub(crate) fn generator_us(samples: &[Sample]) -> f64 {
    Series::each(samples, |sample| sample.generator_us).median()
}

/// Another seed each time.
pub(crate) fn seed() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
