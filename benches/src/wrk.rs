//! wrk, for HTTP: so many connections that ask again as soon as they are answered.

use std::process::Command;

use serde::Deserialize;

use crate::error::{Result, error};
use crate::places::output;
use crate::sample::Work;
use crate::servers::Server;
use crate::{Bench, sample};

/// What to ask, and how.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    /// With `%d` for an id.
    pub(crate) path: String,
    /// The first and the last id.
    pub(crate) ids: (u64, u64),
    /// wrk/ask.lua says what else can be said.
    pub(crate) more: Vec<String>,
    pub(crate) connections: u32,
    pub(crate) seconds: u32,
}

#[derive(Deserialize)]
struct Told {
    requests: f64,
    us: f64,
    bytes: f64,
    p50_us: f64,
    p99_us: f64,
    errors: f64,
}

impl Load {
    /// GET of a path for random ids, by 64 connections.
    pub(crate) fn of(bench: &Bench, path: &str, ids: (u64, u64)) -> Self {
        Self { path: path.to_owned(), ids, more: Vec::new(), connections: 64, seconds: bench.seconds }
    }

    pub(crate) fn with(mut self, more: &str) -> Self {
        self.more.push(more.to_owned());
        self
    }

    pub(crate) fn by(self, connections: u32) -> Self {
        Self { connections, ..self }
    }

    pub(crate) fn for_seconds(self, seconds: u32) -> Self {
        Self { seconds, ..self }
    }

    /// Loads this server.
    pub(crate) fn run(&self, bench: &Bench, server: &Server) -> Result<Work> {
        let mut command = Command::new("wrk");
        command.args(["-t1", &format!("-c{}", self.connections), &format!("-d{}s", self.seconds), "-s"]);
        command.arg(bench.places.file("wrk/ask.lua")).arg(server.url()).arg("--");
        command.arg(format!("path={}", self.path)).arg(format!("seed={}", sample::seed()));
        command.args([format!("low={}", self.ids.0), format!("high={}", self.ids.1)]).args(&self.more);
        let printed = output(&mut command)?;
        let line = printed.lines().find_map(|line| line.strip_prefix("JSON "));
        let told: Told = serde_json::from_str(line.ok_or_else(|| error("wrk told nothing"))?)?;
        Ok(Work {
            requests: told.requests,
            seconds: told.us / 1e6,
            bytes: told.bytes,
            p50_ms: told.p50_us / 1e3,
            p99_ms: told.p99_us / 1e3,
            errors: told.errors,
        })
    }
}
