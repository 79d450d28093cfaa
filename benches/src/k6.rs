//! k6, by the repository's own scenarios: so many arrivals a second, whether or not earlier ones were answered.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::error::{Result, error};
use crate::servers::Server;
use crate::{Bench, places::output};

/// What k6 found.
pub(crate) struct Told {
    pub(crate) requests: f64,
    pub(crate) per_second: f64,
    pub(crate) errors: f64,
    pub(crate) wrong: f64,
    pub(crate) dropped: f64,
    pub(crate) p99_ms: f64,
}

/// All reads mixed, at this rate.
pub(crate) fn mixed(bench: &Bench, server: &Server, rate: u32, seconds: u32) -> Result<Told> {
    let mut command = Command::new(bench.places.root.join("k6/run"));
    command.env("SCENARIO", "mixed").env("RATE", rate.to_string()).env("DURATION", format!("{seconds}s"));
    command.env("BASE_URL", server.url()).env("PRODUCTS", bench.data.products.to_string());
    // It ends with a failure where a threshold is broken, and then too with its report.
    let ended = command.output()?;
    let printed = String::from_utf8_lossy(&ended.stdout);
    let page = printed.lines().rev().find(|line| line.ends_with("report.html"));
    let page = page.ok_or_else(|| error(format!("k6: {}", String::from_utf8_lossy(&ended.stderr))))?;
    let report: Value = serde_json::from_slice(&std::fs::read(Path::new(page).with_extension("json"))?)?;
    let number = |value: &Value| value.as_f64().ok_or_else(|| error("k6's report lacks a number"));
    Ok(Told {
        requests: number(&report["requests"])?,
        per_second: number(&report["requests_per_second"])?,
        errors: number(&report["errors"])?,
        wrong: number(&report["wrong_answers"])?,
        dropped: number(&report["dropped"])?,
        p99_ms: number(&report["ms"]["p(99)"])?,
    })
}

/// Gets k6, so that no measurement has to wait for it.
pub(crate) fn install(bench: &Bench, server: &Server) -> Result<()> {
    let mut smoke = Command::new(bench.places.root.join("k6/run"));
    smoke.env("SCENARIO", "products").env("RATE", "10").env("DURATION", "1s").env("BASE_URL", server.url());
    output(&mut smoke).map(drop)
}
