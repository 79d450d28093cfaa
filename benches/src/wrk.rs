//! wrk, a closed load: each connection sends its next request as soon as it is answered.

use std::process::Command;

use serde::Deserialize;

use crate::bench::Bench;
use crate::error::{Result, error};
use crate::paths::output;
use crate::sample::{self, Sample, Work};
use crate::servers::Server;

/// The script that draws the requests and prints the summary.
const SCRIPT: &str = "wrk/requests.lua";

/// A load.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    /// With `%d` for an id.
    path: String,
    /// The first and the last id.
    ids: (u64, u64),
    /// More arguments of the script.
    more: Vec<String>,
    connections: u32,
    seconds: u32,
}

/// What the script prints.
#[derive(Deserialize)]
struct WrkSummary {
    requests: f64,
    us: f64,
    bytes: f64,
    p50_us: f64,
    p99_us: f64,
    errors: f64,
}

impl Load {
    /// GET of a path with random ids, on 64 connections, for a round.
    pub(crate) fn new(bench: &Bench, path: &str, ids: (u64, u64)) -> Self {
        Self { path: path.to_owned(), ids, more: Vec::new(), connections: 64, seconds: bench.seconds }
    }

    /// With an argument of the script.
    pub(crate) fn with(mut self, argument: &str) -> Self {
        self.more.push(argument.to_owned());
        self
    }

    pub(crate) fn connections(self, connections: u32) -> Self {
        Self { connections, ..self }
    }

    pub(crate) fn seconds(self, seconds: u32) -> Self {
        Self { seconds, ..self }
    }

    /// Loads this server and measures it.
    pub(crate) fn measure(&self, bench: &Bench, server: &Server) -> Result<Sample> {
        self.measure_all(bench, server, &[server.pid()])
    }

    /// Loads this server and measures these processes.
    pub(crate) fn measure_all(&self, bench: &Bench, server: &Server, pids: &[u32]) -> Result<Sample> {
        sample::measure(bench, pids, || self.run(bench, server))
    }

    /// Loads this server.
    pub(crate) fn run(&self, bench: &Bench, server: &Server) -> Result<Work> {
        let mut command = Command::new("wrk");
        command.args(["-t1", &format!("-c{}", self.connections), &format!("-d{}s", self.seconds), "-s"]);
        command.arg(bench.paths.file(SCRIPT)).arg(server.url()).arg("--");
        command.arg(format!("path={}", self.path)).arg(format!("seed={}", sample::seed()));
        command.args([format!("low={}", self.ids.0), format!("high={}", self.ids.1)]).args(&self.more);
        let printed = output(&mut command)?;
        let line = printed.lines().find_map(|line| line.strip_prefix("JSON "));
        let summary: WrkSummary = serde_json::from_str(line.ok_or_else(|| error("wrk printed no summary"))?)?;
        Ok(Work {
            requests: summary.requests,
            seconds: summary.us / 1e6,
            bytes: summary.bytes,
            p50_ms: summary.p50_us / 1e3,
            p99_ms: summary.p99_us / 1e3,
            errors: summary.errors,
        })
    }
}
