//! k6, by the repository's own scenarios: so many arrivals a second, whether or not earlier ones were answered.

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
    command.env("OUT", &bench.places.out);
    // It ends with a failure where a threshold is broken, and then too with its summary.
    let ended = command.output()?;
    let summary = std::fs::read(bench.places.out.join("summary.json"))
        .map_err(|_| error(format!("k6: {}", String::from_utf8_lossy(&ended.stderr))))?;
    let summary: Value = serde_json::from_slice(&summary)?;
    let metrics = &summary["metrics"];
    let number = |value: &Value| value.as_f64().ok_or_else(|| error("k6's summary lacks a number"));
    Ok(Told {
        requests: number(&metrics["http_reqs"]["values"]["count"])?,
        per_second: number(&metrics["http_reqs"]["values"]["rate"])?,
        errors: number(&metrics["http_req_failed"]["values"]["passes"])?,
        wrong: number(&metrics["checks"]["values"]["fails"])?,
        dropped: number(&metrics["dropped_iterations"]["values"]["count"])?,
        p99_ms: number(&metrics["http_req_duration"]["values"]["p(99)"])?,
    })
}

/// Gets k6, so that no measurement has to wait for it.
pub(crate) fn install(bench: &Bench, server: &Server) -> Result<()> {
    let mut smoke = Command::new(bench.places.root.join("k6/run"));
    smoke.env("SCENARIO", "products").env("RATE", "10").env("DURATION", "1s").env("BASE_URL", server.url());
    output(&mut smoke).map(drop)
}
