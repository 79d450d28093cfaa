//! pgbench, for PostgreSQL alone: eight connections over TCP that run one prepared statement as fast as they can.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::error::{Result, error};
use crate::places::output;
use crate::sample::Work;
use crate::{Bench, sample};

const CLIENTS: &str = "8";

/// The statement of the program that has these words, as the compiler checked it, with other words for its parameters.
pub(crate) fn statement_of_program(
    bench: &Bench,
    words: &str,
    parameters: &[(&str, &str)],
) -> Result<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(bench.places.root.join(".sqlx"))? {
        let told: Value = serde_json::from_slice(&fs::read(entry?.path())?)?;
        found.extend(told["query"].as_str().filter(|query| query.contains(words)).map(ToOwned::to_owned));
    }
    let [statement] = &found[..] else {
        return Err(error(format!("{} statements in .sqlx have the words {words:?}", found.len())));
    };
    // pgbench ends a command at its semicolon, and takes a comment for one of its own lines.
    let lines = statement.lines().filter(|line| !line.trim_start().starts_with("--"));
    let statement = lines.collect::<Vec<_>>().join("\n");
    Ok(parameters.iter().fold(statement, |statement, (one, other)| statement.replace(one, other)))
}

/// Runs this statement, with `:id` drawn from 1 to `ids`.
pub(crate) fn run(bench: &Bench, name: &str, statement: &str, ids: u64) -> Result<Work> {
    let script = bench.places.out.join(format!("{name}.sql"));
    fs::write(&script, format!("\\set id random(1, {ids})\n{};\n", statement.trim()))?;
    let mut command = Command::new("pgbench");
    command.args(["-n", "-M", "prepared", "-c", CLIENTS, "-j", "1", "-T", &bench.seconds.to_string()]);
    command.arg(format!("--random-seed={}", sample::seed())).arg("-f").arg(&script);
    command.arg(&bench.data.url);
    // As the service says it on its own connections.
    command.env("PGOPTIONS", "-c plan_cache_mode=force_generic_plan");
    let printed = output(&mut command)?;
    let number = |before: &str, after: &str| -> Result<f64> {
        let value = printed.lines().find_map(|line| line.trim().strip_prefix(before)?.strip_suffix(after));
        let value = value.and_then(|value| value.trim().parse().ok());
        value.ok_or_else(|| error(format!("pgbench tells no {before:?}: {printed}")))
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
