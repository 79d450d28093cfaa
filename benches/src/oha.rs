//! oha, for open loads: so many requests a second whether or not earlier ones were answered. A request that had to wait
//! for a connection was late from when it should have been sent.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::Bench;
use crate::error::{Result, error};
use crate::places::output;
use crate::sample::Work;
use crate::servers::Server;

const CONNECTIONS: &str = "128";
/// How many addresses are drawn, of which oha takes one at random each time.
const ADDRESSES: u64 = 200_000;

/// As pages mix them (k6/shop.js): the path, and how often.
const READS: [(&str, u64); 7] = [
    ("/products/%d", 4),
    ("/products/%d/styles", 4),
    ("/products/%d/related", 4),
    ("/reviews?product_id=%d", 4),
    ("/reviews/meta?product_id=%d", 4),
    ("/qa/questions?product_id=%d", 4),
    ("/products?page=%d", 1),
];

/// Writes addresses of all reads mixed, of ids up to `ids`, for oha.
pub(crate) fn addresses(bench: &Bench, server: &Server, ids: u64) -> Result<PathBuf> {
    let path = bench.places.out.join("addresses");
    let mut file = BufWriter::new(File::create(&path)?);
    let all: Vec<_> = READS.iter().flat_map(|(path, share)| (0..*share).map(move |_| path)).collect();
    // Strides that visit every id before one comes again, in no order.
    let (mut id, stride) = (0, coprime(ids));
    for number in 0..ADDRESSES {
        id = (id + stride) % ids;
        let path = all[(number % all.len() as u64) as usize];
        let shown = if path.ends_with("page=%d") { 1 + id / 5 } else { 1 + id };
        writeln!(file, "{}{}", server.url(), path.replace("%d", &shown.to_string()))?;
    }
    file.flush()?;
    Ok(path)
}

/// A number near the golden section of `ids` that has no divisor in common with it.
fn coprime(ids: u64) -> u64 {
    let common = |a: u64, b: u64| {
        let (mut a, mut b) = (a, b);
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    let golden = (ids as f64 * 0.618) as u64;
    (golden.max(1)..=ids).find(|stride| common(*stride, ids) == 1).unwrap_or(1)
}

/// Asks for these addresses: `rate` a second, or as fast as they are answered.
pub(crate) fn run(bench: &Bench, addresses: &Path, rate: Option<f64>, seconds: u32) -> Result<Work> {
    let mut command = Command::new(bench.places.root.join("target/tools/bin/oha"));
    command.args(["--no-tui", "--output-format", "json", "--disable-compression", "-c", CONNECTIONS]);
    command.args(["-z", &format!("{seconds}s"), "--urls-from-file"]);
    if let Some(rate) = rate {
        command.args(["--latency-correction", "-q", &format!("{rate:.0}")]);
    }
    let told: Value = serde_json::from_str(&output(command.arg(addresses))?)?;
    let number = |value: &Value| value.as_f64().ok_or_else(|| error("oha's report lacks a number"));
    let answered = told["statusCodeDistribution"].as_object().into_iter().flatten();
    let (good, bad): (Vec<_>, Vec<_>) = answered.partition(|(status, _)| status.starts_with('2'));
    let sum = |all: Vec<(&String, &Value)>| all.iter().filter_map(|(_, count)| count.as_f64()).sum::<f64>();
    let errors = told["errorDistribution"].as_object().into_iter().flatten();
    // What was under way at the end.
    let errors = errors.filter(|(what, _)| !what.contains("deadline"));
    Ok(Work {
        requests: sum(good),
        seconds: number(&told["summary"]["total"])?,
        bytes: 0.0,
        p50_ms: number(&told["latencyPercentiles"]["p50"])? * 1e3,
        p99_ms: number(&told["latencyPercentiles"]["p99"])? * 1e3,
        // An empty sum is -0.
        errors: sum(bad) + sum(errors.collect()) + 0.0,
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
