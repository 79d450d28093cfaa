//! pgbench, which loads PostgreSQL directly: eight TCP connections that run one prepared statement without pause.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::bench::Bench;
use crate::error::{Result, error};
use crate::paths::output;
use crate::sample::{self, Sample, Work};

const CLIENTS: &str = "8";

/// The statement of the service that contains `part`, as .sqlx has it, with these replacements for its parameters.
pub(crate) fn statement_of_service(bench: &Bench, part: &str, parameters: &[(&str, &str)]) -> Result<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(bench.paths.root.join(".sqlx"))? {
        let data: Value = serde_json::from_slice(&fs::read(entry?.path())?)?;
        found.extend(data["query"].as_str().filter(|query| query.contains(part)).map(ToOwned::to_owned));
    }
    let [statement] = &found[..] else {
        return Err(error(format!("{} statements in .sqlx contain {part:?}", found.len())));
    };
    // pgbench does not parse comments within a statement.
    let lines = statement.lines().filter(|line| !line.trim_start().starts_with("--"));
    let statement = lines.collect::<Vec<_>>().join("\n");
    Ok(parameters.iter().fold(statement, |statement, (from, to)| statement.replace(from, to)))
}

/// Runs this statement for one round, with `:id` drawn from 1 to `ids`, and measures it.
pub(crate) fn measure(bench: &Bench, name: &str, statement: &str, ids: u64) -> Result<Sample> {
    sample::measure(bench, &[], || run(bench, name, statement, ids))
}

fn run(bench: &Bench, name: &str, statement: &str, ids: u64) -> Result<Work> {
    let script = bench.paths.out.join(format!("{name}.sql"));
    fs::write(&script, format!("\\set id random(1, {ids})\n{};\n", statement.trim()))?;
    let mut command = Command::new("pgbench");
    command.args(["-n", "-M", "prepared", "-c", CLIENTS, "-j", "1", "-T", &bench.seconds.to_string()]);
    command.arg(format!("--random-seed={}", sample::seed())).arg("-f").arg(&script);
    command.arg(&bench.data.url);
    // As the service sets it on its own connections.
    command.env("PGOPTIONS", "-c plan_cache_mode=force_generic_plan");
    let printed = output(&mut command)?;
    let number = |before: &str, after: &str| -> Result<f64> {
        let value = printed.lines().find_map(|line| line.trim().strip_prefix(before)?.strip_suffix(after));
        let value = value.and_then(|value| value.trim().parse().ok());
        value.ok_or_else(|| error(format!("pgbench printed no {before:?}: {printed}")))
    };
    let requests = number("number of transactions actually processed:", "")?;
    let per_second = number("tps =", "(without initial connection time)")?;
    Ok(Work {
        requests,
        seconds: requests / per_second,
        p50_ms: number("latency average =", "ms")?,
        errors: number("number of failed transactions:", "(0.000%)").map_or(1.0, |_| 0.0),
        ..Work::default()
    })
}
