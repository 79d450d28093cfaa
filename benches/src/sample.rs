//! One measurement: what a load generator did, and the CPU time of each process for it.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

use crate::bench::Bench;
use crate::error::{Result, error};
use crate::procfs::CpuTimes;
use crate::series::Series;

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

/// The result by request, with CPU time in microseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Sample {
    pub(crate) per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) bytes: f64,
    /// Of the servers that were measured.
    pub(crate) server_us: f64,
    pub(crate) database_us: f64,
    pub(crate) generator_us: f64,
    /// The share of all CPUs that processes outside of the bench used.
    pub(crate) others: f64,
}

impl Sample {
    /// The CPU time of the servers and the database.
    pub(crate) fn all_us(&self) -> f64 {
        self.server_us + self.database_us
    }
}

/// Runs `work` and measures the CPU time of these servers, of the database and of the load generator.
pub(crate) fn measure(bench: &Bench, servers: &[u32], work: impl FnOnce() -> Result<Work>) -> Result<Sample> {
    let (this, database) = (std::process::id(), bench.data.postmaster);
    let before = CpuTimes::now();
    let work = work()?;
    let after = CpuTimes::now();
    if work.errors > 0.0 {
        return Err(error(format!("{} of {} requests failed", work.errors, work.requests)));
    }
    let used = |pids: &[u32]| after.used_since(&before, pids);
    let (server_us, database_us) = (used(servers), used(&[database]));
    // The rest of this process's descendants is the load generator: other servers of the bench are idle.
    let generator_us = used(&[this, database]) - server_us - database_us;
    let each = |total: f64| total / work.requests;
    Ok(Sample {
        per_second: work.requests / work.seconds,
        p50_ms: work.p50_ms,
        p99_ms: work.p99_ms,
        bytes: each(work.bytes),
        server_us: each(server_us),
        database_us: each(database_us),
        generator_us: each(generator_us),
        others: after.others_since(&before, &[this, database]),
    })
}

/// A contender: its name, and a function that measures it once.
pub(crate) type Contender<'a> = (&'a str, Box<dyn FnMut() -> Result<Sample> + 'a>);

/// Measures all contenders in turn, round by round, so that a change of the machine's speed affects all of them alike.
/// Returns the samples of each, in the order of the contenders.
pub(crate) fn in_turn<const N: usize>(
    bench: &Bench,
    mut contenders: [Contender<'_>; N],
) -> Result<[Vec<Sample>; N]> {
    let mut samples = [const { Vec::new() }; N];
    for round in 1..=bench.rounds {
        for ((name, run), samples) in contenders.iter_mut().zip(&mut samples) {
            let sample = run().map_err(|err| error(format!("{name}: {err}")))?;
            eprintln!(
                "  {round}/{} {name:34} {:>9.0}/s  {:>6.1} µs server {:>6.1} µs database {:>6.1} µs generator  p99 {:>7.2} ms  others {:>3.0} %",
                bench.rounds,
                sample.per_second,
                sample.server_us,
                sample.database_us,
                sample.generator_us,
                sample.p99_ms,
                sample.others * 100.0
            );
            samples.push(sample);
        }
    }
    Ok(samples)
}

/// The largest share of the CPUs that other processes used during these samples.
pub(crate) fn others(samples: &[&[Sample]]) -> f64 {
    samples.iter().flat_map(|samples| samples.iter()).map(|sample| sample.others).fold(0.0, f64::max)
}

/// Requests a second, round by round.
pub(crate) fn per_second(samples: &[Sample]) -> Series {
    Series::each(samples, |sample| sample.per_second)
}

/// The servers' CPU time a request, round by round.
pub(crate) fn server_us(samples: &[Sample]) -> Series {
    Series::each(samples, |sample| sample.server_us)
}

/// The load generator's CPU time a request.
pub(crate) fn generator_us(samples: &[Sample]) -> f64 {
    Series::each(samples, |sample| sample.generator_us).median()
}

/// A different seed for each run of a load generator, the same ones in each run of the bench.
pub(crate) fn seed() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
