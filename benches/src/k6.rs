//! k6 with the scenarios of k6/: a constant rate of arrivals (open load).

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::bench::Bench;
use crate::error::{Result, error};
use crate::paths::output;
use crate::servers::Server;

/// The summary of a run.
pub(crate) struct K6Summary {
    pub(crate) requests: f64,
    pub(crate) per_second: f64,
    pub(crate) errors: f64,
    /// Responses with the wrong contents.
    pub(crate) wrong: f64,
    /// Requests that were not sent in time.
    pub(crate) dropped: f64,
    pub(crate) p99_ms: f64,
}

/// Where k6 writes its report.
fn out_dir(bench: &Bench) -> PathBuf {
    bench.paths.out.join("k6")
}

fn command(bench: &Bench, server: &Server, scenario: &str, rate: u32, seconds: u32) -> Command {
    let mut command = Command::new(bench.paths.root.join("k6/run"));
    command.env("SCENARIO", scenario).env("RATE", rate.to_string()).env("DURATION", format!("{seconds}s"));
    command.env("BASE_URL", server.url()).env("PRODUCTS", bench.data.products.to_string());
    command.env("OUT", out_dir(bench));
    command
}

/// All reads mixed, at this rate.
pub(crate) fn mixed(bench: &Bench, server: &Server, rate: u32, seconds: u32) -> Result<K6Summary> {
    let summary = out_dir(bench).join("summary.json");
    // That of an earlier run.
    let _ = std::fs::remove_file(&summary);
    // It exits with a failure if a threshold fails, and writes its summary all the same.
    let ended = command(bench, server, "mixed", rate, seconds).output()?;
    let summary = std::fs::read(&summary)
        .map_err(|_| error(format!("k6: {}", String::from_utf8_lossy(&ended.stderr))))?;
    let summary: Value = serde_json::from_slice(&summary)?;
    let value = |metric: &str, field: &str| {
        let value = summary["metrics"][metric]["values"][field].as_f64();
        value.ok_or_else(|| error(format!("k6's summary has no {field} of {metric}")))
    };
    Ok(K6Summary {
        requests: value("http_reqs", "count")?,
        per_second: value("http_reqs", "rate")?,
        errors: value("http_req_failed", "passes")?,
        wrong: value("checks", "fails")?,
        dropped: value("dropped_iterations", "count")?,
        p99_ms: value("http_req_duration", "p(99)")?,
    })
}

/// Installs k6, which is not part of any measurement.
pub(crate) fn install(bench: &Bench, server: &Server) -> Result<()> {
    output(&mut command(bench, server, "products", 10, 1)).map(drop)
}
