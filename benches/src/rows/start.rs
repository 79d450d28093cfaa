//! From start to ready, how large the program is, and how long it takes to build.

use std::process::Command;
use std::time::Instant;

use super::hot::take;
use crate::Bench;
use crate::error::Result;
use crate::places::output;
use crate::report::Row;
use crate::series::Series;
use crate::servers::Server;

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::at_most("19", "from start to ready", 0.5, 0.1),
        Row::at_most("20", "binary, stripped", 25.0, 15.0),
        Row::at_most("21", "clean release build", 360.0, 240.0),
    ]
}

pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let [ready, size, build] = take(rows())?;
    let mut seconds = Vec::new();
    for _ in 0..bench.rounds.max(5) {
        let started = Instant::now();
        let server = Server::atelier(&bench.places, "atelier-start", &bench.data.url, &[])?;
        seconds.push(started.elapsed().as_secs_f64());
        drop(server);
    }
    let stripped = bench.places.out.join("atelier-stripped");
    std::fs::copy(bench.places.program("atelier"), &stripped)?;
    let note = match output(Command::new("strip").arg(&stripped)) {
        Ok(_) => "stripped of all symbols",
        Err(_) => "as it was built: strip is not there",
    };
    let megabytes = std::fs::metadata(&stripped)?.len() as f64 / 1e6;
    std::fs::remove_file(&stripped)?;
    Ok(vec![
        ready.value("s", &Series(seconds)).note("until /health/ready says 200, asked every millisecond"),
        size.value("MB", &Series::one(megabytes)).note(note),
        if bench.build { build_anew(bench, build)? } else { build.note("not measured: --build does it") },
    ])
}

fn build_anew(bench: &Bench, row: Row) -> Result<Row> {
    let target = bench.places.out.join("build");
    let _ = std::fs::remove_dir_all(&target);
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "--quiet", "--package", "atelier", "--target-dir"]).arg(&target);
    // Whatever this program was built with.
    cargo.current_dir(&bench.places.root).env_remove("CARGO_TARGET_DIR").env_remove("RUSTFLAGS");
    let started = Instant::now();
    output(&mut cargo)?;
    let seconds = started.elapsed().as_secs_f64();
    std::fs::remove_dir_all(&target)?;
    Ok(row.value("s", &Series::one(seconds)).note("sources of dependencies were there already"))
}
