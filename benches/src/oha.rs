//! oha, an open load: requests are sent at a rate, whether or not earlier ones were answered, and latency counts from when a
//! request was due.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::bench::Bench;
use crate::error::{Result, error};
use crate::paths::output;
use crate::sample::Work;
use crate::servers::Server;

const CONNECTIONS: &str = "128";
/// The number of URLs, of which oha draws one for each request.
const URLS: u64 = 200_000;

/// As pages mix them (k6/shop.js): the path, and its weight.
const READS: [(&str, u64); 7] = [
    ("/products/%d", 4),
    ("/products/%d/styles", 4),
    ("/products/%d/related", 4),
    ("/reviews?product_id=%d", 4),
    ("/reviews/meta?product_id=%d", 4),
    ("/qa/questions?product_id=%d", 4),
    ("/products?page=%d", 1),
];

/// Writes a file with URLs of all reads mixed, of ids up to `ids`.
pub(crate) fn write_urls(bench: &Bench, server: &Server, ids: u64) -> Result<PathBuf> {
    let path = bench.paths.out.join("urls");
    let mut file = BufWriter::new(File::create(&path)?);
    let weighted: Vec<_> = READS.iter().flat_map(|(path, weight)| (0..*weight).map(move |_| path)).collect();
    // With this stride every id comes once before one repeats, and in no order.
    let (mut id, stride) = (0, coprime(ids));
    for number in 0..URLS {
        id = (id + stride) % ids;
        let path = weighted[(number % weighted.len() as u64) as usize];
        let shown = if path.ends_with("page=%d") { 1 + id / 5 } else { 1 + id };
        writeln!(file, "{}{}", server.url(), path.replace("%d", &shown.to_string()))?;
    }
    file.flush()?;
    Ok(path)
}

/// A number near the golden section of `ids` that is coprime with it.
fn coprime(ids: u64) -> u64 {
    let divisor = |mut a: u64, mut b: u64| {
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    let golden = (ids as f64 * 0.618) as u64;
    (golden.max(1)..=ids).find(|stride| divisor(*stride, ids) == 1).unwrap_or(1)
}

/// The requests a second that are answered without a rate limit, after a run that fills the cache.
pub(crate) fn capacity(bench: &Bench, urls: &Path, seconds: u32) -> Result<f64> {
    run(bench, urls, None, seconds)?;
    let work = run(bench, urls, None, seconds)?;
    Ok(work.requests / work.seconds)
}

/// Sends requests for these URLs: `rate` a second, or as fast as they are answered.
pub(crate) fn run(bench: &Bench, urls: &Path, rate: Option<f64>, seconds: u32) -> Result<Work> {
    let mut command = Command::new(bench.paths.root.join("target/tools/bin/oha"));
    command.args(["--no-tui", "--output-format", "json", "--disable-compression", "-c", CONNECTIONS]);
    command.args(["-z", &format!("{seconds}s"), "--urls-from-file"]);
    if let Some(rate) = rate {
        command.args(["--latency-correction", "-q", &format!("{rate:.0}")]);
    }
    let summary: Value = serde_json::from_str(&output(command.arg(urls))?)?;
    let number = |value: &Value| value.as_f64().ok_or_else(|| error("oha's summary lacks a number"));
    let count = |field: &str, is_counted: fn(&str) -> bool| {
        let entries = summary[field].as_object().into_iter().flatten();
        let counted = entries.filter(|(key, _)| is_counted(key));
        counted.filter_map(|(_, count)| count.as_f64()).fold(0.0, |sum, count| sum + count)
    };
    let bad = count("statusCodeDistribution", |status| !status.starts_with('2'));
    // Requests that were in flight at the end are no errors.
    let failed = count("errorDistribution", |message| !message.contains("deadline"));
    Ok(Work {
        requests: count("statusCodeDistribution", |status| status.starts_with('2')),
        seconds: number(&summary["summary"]["total"])?,
        bytes: 0.0,
        p50_ms: number(&summary["latencyPercentiles"]["p50"])? * 1e3,
        p99_ms: number(&summary["latencyPercentiles"]["p99"])? * 1e3,
        errors: bad + failed,
    })
}

#[cfg(test)]
mod tests {
    use super::coprime;

    #[test]
    fn strides_visit_every_id() {
        for ids in [1, 2, 10, 97, 10_000] {
            let visited: std::collections::HashSet<_> = (0..ids).map(|n| n * coprime(ids) % ids).collect();
            assert_eq!(visited.len() as u64, ids);
        }
    }
}
