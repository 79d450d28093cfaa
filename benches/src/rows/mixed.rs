//! All reads mixed as pages mix them, at a constant rate of arrivals, through NGINX and two replicas.

use super::hot::take;
use crate::Bench;
use crate::accounts::Accounts;
use crate::error::Result;
use crate::k6::{Told, install, mixed};
use crate::report::Row;
use crate::series::Series;
use crate::servers::Server;

const RATE: u32 = 5_000;
const BEYOND: u32 = 10_000;

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::at_most("15a", "k6, all reads mixed, 5,000/s (beyond: 10,000/s): p99", 25.0, 25.0),
        Row::at_most("15b", "the same: requests failed, wrong, or not sent in time", 0.0, 0.0),
    ]
}

pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let (places, url) = (&bench.places, &bench.data.url);
    let replicas = [
        Server::atelier(places, "atelier-replica-1", url, &[])?,
        Server::atelier(places, "atelier-replica-2", url, &[])?,
    ];
    let nginx = Server::nginx(places, &replicas.each_ref().map(|replica| replica.address))?;
    install(bench, &nginx)?;
    let seconds = if bench.quick { 10 } else { 30 };
    // Everybody's first seconds are slow: connections are made, and pages are read from the disk.
    mixed(bench, &nginx, 500, 5)?;
    let at = ask(bench, &replicas, &nginx, RATE, seconds)?;
    let beyond = ask(bench, &replicas, &nginx, BEYOND, seconds)?;
    let [time, failures] = take(rows())?;
    let note = format!("{}; {}", at.note, beyond.note);
    let told = |row: Row, unit, at_rate: f64, at_beyond: f64| {
        let row = row.value(unit, &Series::one(at_rate)).beside(at.others);
        let met_beyond = at_beyond <= row.beyond && beyond.failed == 0.0;
        Row { met_beyond, generator_us: Some(at.k6_us), ..row.note(&note) }
    };
    Ok(vec![
        told(time, "ms", at.told.p99_ms, beyond.told.p99_ms),
        told(failures, "requests", at.failed, beyond.failed),
    ])
}

/// What came of a rate.
struct Asked {
    told: Told,
    failed: f64,
    k6_us: f64,
    others: f64,
    note: String,
}

fn ask(bench: &Bench, replicas: &[Server], nginx: &Server, rate: u32, seconds: u32) -> Result<Asked> {
    let (this, database) = (std::process::id(), bench.data.postmaster);
    let apps: Vec<_> = replicas.iter().map(Server::pid).collect();
    let before = Accounts::now();
    let told = mixed(bench, nginx, rate, seconds)?;
    let after = Accounts::now();
    let us = |pids: &[u32]| after.used_since(&before, pids) / told.requests;
    let (proxy, app, base) = (us(&[nginx.pid()]), us(&apps), us(&[database]));
    let k6_us = us(&[this, database]) - proxy - app - base;
    let note = format!(
        "at {rate}/s for {seconds} s: {:.0}/s sent, p99 {:.1} ms, {} failed, {} wrong, {} not sent; CPU a request: nginx {proxy:.0}, the app {app:.0}, PostgreSQL {base:.0}, k6 {k6_us:.0} µs",
        told.per_second, told.p99_ms, told.errors, told.wrong, told.dropped
    );
    let failed = told.errors + told.wrong + told.dropped;
    Ok(Asked { failed, k6_us, others: after.others_since(&before, &[this, database]), note, told })
}
