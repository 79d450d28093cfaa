//! All reads mixed as pages mix them, at a constant rate of arrivals, through NGINX and two replicas.

use super::group::Group;
use crate::bench::Bench;
use crate::error::Result;
use crate::k6::{K6Summary, install, mixed};
use crate::procfs::CpuTimes;
use crate::row::{Figure, Row};
use crate::series::Series;
use crate::servers::Server;

const LATENCY: Figure =
    Figure::at_most("15a", "k6, all reads mixed, 5,000/s (beyond: 10,000/s): p99", 25.0, 25.0);
const FAILURES: Figure =
    Figure::at_most("15b", "the same: requests failed, wrong, or not sent in time", 0.0, 0.0);
const FIGURES: &[Figure] = &[LATENCY, FAILURES];
pub(super) const GROUP: Group = Group { figures: FIGURES, measure, writes: false };

const RATE: u32 = 5_000;
const BEYOND: u32 = 10_000;

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let replicas = Server::replicas(bench, 2)?;
    let nginx = Server::nginx(bench, &replicas)?;
    install(bench, &nginx)?;
    let seconds = if bench.quick { 10 } else { 30 };
    // The first seconds are slow: connections are opened, and pages are read from the disk.
    mixed(bench, &nginx, 500, 5)?;
    let at = Attempt::run(bench, &replicas, &nginx, RATE, seconds)?;
    let beyond = Attempt::run(bench, &replicas, &nginx, BEYOND, seconds)?;
    let note = format!("{}; {}", at.note, beyond.note);
    let row = |figure: Figure, unit, at_rate: f64, at_beyond: f64| {
        let row = figure.value(unit, &Series::one(at_rate)).with_others(at.others);
        let met_beyond = at_beyond <= figure.beyond && beyond.failed == 0.0;
        Row { met_beyond, generator_us: Some(at.k6_us), ..row.note(&note) }
    };
    Ok(vec![
        row(LATENCY, "ms", at.summary.p99_ms, beyond.summary.p99_ms),
        row(FAILURES, "requests", at.failed, beyond.failed),
    ])
}

/// The result of one rate.
struct Attempt {
    summary: K6Summary,
    failed: f64,
    k6_us: f64,
    others: f64,
    note: String,
}

impl Attempt {
    fn run(bench: &Bench, replicas: &[Server], nginx: &Server, rate: u32, seconds: u32) -> Result<Self> {
        let (this, database) = (std::process::id(), bench.data.postmaster);
        let apps: Vec<_> = replicas.iter().map(Server::pid).collect();
        let before = CpuTimes::now();
        let summary = mixed(bench, nginx, rate, seconds)?;
        let after = CpuTimes::now();
        let us = |pids: &[u32]| after.used_since(&before, pids) / summary.requests;
        let (nginx_us, app_us, database_us) = (us(&[nginx.pid()]), us(&apps), us(&[database]));
        let k6_us = us(&[this, database]) - nginx_us - app_us - database_us;
        let K6Summary { per_second, p99_ms, errors, wrong, dropped, .. } = summary;
        let note = format!(
            "at {rate}/s for {seconds} s: {per_second:.0}/s sent, p99 {p99_ms:.1} ms, {errors} failed, {wrong} wrong, {dropped} not sent; CPU time a request: NGINX {nginx_us:.0}, the app {app_us:.0}, PostgreSQL {database_us:.0}, k6 {k6_us:.0} µs"
        );
        let others = after.others_since(&before, &[this, database]);
        Ok(Self { failed: errors + wrong + dropped, k6_us, others, note, summary })
    }
}
