//! The time from start to ready, the size of the program, and the time of a clean build.

use std::process::Command;
use std::time::Instant;

use super::group::Group;
use crate::bench::Bench;
use crate::error::Result;
use crate::paths::output;
use crate::row::{Figure, Row};
use crate::series::Series;
use crate::servers::Server;

const READY: Figure = Figure::at_most("19", "from start to ready", 0.5, 0.1);
const SIZE: Figure = Figure::at_most("20", "binary, stripped", 25.0, 15.0);
const BUILD: Figure = Figure::at_most("21", "clean release build", 360.0, 240.0);
const FIGURES: &[Figure] = &[READY, SIZE, BUILD];
pub(super) const GROUP: Group = Group { figures: FIGURES, measure, writes: false };

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let mut seconds = Vec::new();
    for _ in 0..bench.rounds.max(5) {
        let started = Instant::now();
        let server = Server::atelier(bench, "start", &[])?;
        seconds.push(started.elapsed().as_secs_f64());
        drop(server);
    }
    let build = if bench.build { clean_build(bench)? } else { BUILD.not_measured("that needs --build") };
    Ok(vec![
        READY.value("s", &Series(seconds)).note("Until /health/ready answers 200, polled every millisecond"),
        stripped_size(bench)?,
        build,
    ])
}

fn stripped_size(bench: &Bench) -> Result<Row> {
    let stripped = bench.paths.out.join("atelier-stripped");
    std::fs::copy(bench.paths.program("atelier"), &stripped)?;
    let note = match output(Command::new("strip").arg(&stripped)) {
        Ok(_) => "Without symbols",
        Err(_) => "With symbols: strip is not installed",
    };
    let megabytes = std::fs::metadata(&stripped)?.len() as f64 / 1e6;
    std::fs::remove_file(&stripped)?;
    Ok(SIZE.value("MB", &Series::one(megabytes)).note(note))
}

fn clean_build(bench: &Bench) -> Result<Row> {
    let target = bench.paths.out.join("build");
    let _ = std::fs::remove_dir_all(&target);
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "--quiet", "--package", "atelier", "--target-dir"]).arg(&target);
    // Not with the settings of this program's own build.
    cargo.current_dir(&bench.paths.root).env_remove("CARGO_TARGET_DIR").env_remove("RUSTFLAGS");
    let started = Instant::now();
    output(&mut cargo)?;
    let seconds = started.elapsed().as_secs_f64();
    std::fs::remove_dir_all(&target)?;
    Ok(BUILD.value("s", &Series::one(seconds)).note("Sources of dependencies were downloaded before"))
}
