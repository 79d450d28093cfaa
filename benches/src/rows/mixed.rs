//! All reads mixed as pages mix them, at a constant rate of arrivals, through NGINX and two replicas.

use super::hot::take;
use crate::Bench;
use crate::accounts::Accounts;
use crate::error::Result;
use crate::k6::{install, mixed};
use crate::report::Row;
use crate::series::Series;
use crate::servers::Server;

const RATE: u32 = 5_000;
const BEYOND: u32 = 10_000;

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::at_most("15a", "k6, all reads mixed at 5,000/s, 2 replicas: p99", 25.0, 10.0),
        Row::at_most("15b", "the same: requests failed, wrong, or not sent in time", 0.0, 0.0),
        Row::at_most("15c", "k6, all reads mixed at 10,000/s: p99", 25.0, 10.0),
        Row::at_most("15d", "the same: requests failed, wrong, or not sent in time", 0.0, 0.0),
    ]
}

pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let (places, url) = (&bench.places, &bench.data.url);
    let one = Server::atelier(places, "atelier-replica-1", url, &[])?;
    let two = Server::atelier(places, "atelier-replica-2", url, &[])?;
    let nginx = Server::nginx(places, &[one.address, two.address])?;
    install(bench, &nginx)?;
    let seconds = if bench.quick { 10 } else { 30 };
    // Everybody's first seconds are slow: connections are made, and pages are read from the disk.
    mixed(bench, &nginx, 500, 5)?;
    let mut measured = Vec::new();
    for rate in [RATE, BEYOND] {
        let (this, database) = (std::process::id(), bench.data.postmaster);
        let before = Accounts::now();
        let told = mixed(bench, &nginx, rate, seconds)?;
        let after = Accounts::now();
        let us = |pids: &[u32]| after.used_since(&before, pids) / told.requests;
        let (proxy, app, base) = (us(&[nginx.pid()]), us(&[one.pid(), two.pid()]), us(&[database]));
        let k6 = us(&[this, database]) - proxy - app - base;
        let note = format!(
            "{:.0}/s were sent for {seconds} s; CPU a request: nginx {proxy:.0} µs, the app {app:.0} µs, PostgreSQL {base:.0} µs, k6 {k6:.0} µs, all on the same CPUs",
            told.per_second
        );
        let failed = told.errors + told.wrong + told.dropped;
        measured.push((told.p99_ms, failed, note, k6, after.others_since(&before, &[this, database])));
    }
    let rows = rows().into_iter().zip(measured.iter().flat_map(|one| [(one, true), (one, false)]));
    let rows = rows.map(|(row, ((p99_ms, failed, note, k6, others), is_time))| {
        let row = if is_time { row.value("ms", &Series::one(*p99_ms)) } else { row.value("requests", &Series::one(*failed)) };
        Row { generator_us: Some(*k6), ..row.beside(*others).note(note) }
    });
    let rows: [Row; 4] = take(rows.collect())?;
    Ok(rows.into())
}
