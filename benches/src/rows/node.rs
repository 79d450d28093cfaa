//! Styles against Express and pg, written as a good Node engineer would (benches/express).

use std::process::Command;

use super::document;
use super::group::Group;
use crate::bench::Bench;
use crate::error::{Result, error};
use crate::paths::output;
use crate::row::{Figure, Row};
use crate::sample::{Sample, in_turn, per_second};
use crate::series::Series;
use crate::servers::Server;
use crate::service::{SMALLEST_CACHE, STYLES, path};
use crate::wrk::Load;

const COLD: Figure = Figure::at_least("5", "cold styles against Express + pg", 8.0, 14.0);
const HOT: Figure = Figure::at_least("6", "hot styles against Express + Map", 8.0, 12.0);
const FIGURES: &[Figure] = &[COLD, HOT];
pub(super) const GROUP: Group = Group { figures: FIGURES, measure, writes: false };

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    install(bench)?;
    let products = bench.data.products;
    let cold = Server::atelier(bench, "cold", SMALLEST_CACHE)?;
    let hot = Server::atelier(bench, "hot", &[])?;
    let express = Server::express(bench, false)?;
    let express_cached = Server::express(bench, true)?;
    let (id, body) = document::of_mean_size(&cold, products)?;
    let path = path(STYLES, id);
    assert_same_json(&body, &express.get(&path)?)?;

    let any = Load::new(bench, STYLES, (1, products));
    let one = Load::new(bench, &path, (1, 1));
    for (server, load) in [(&express, &any), (&express_cached, &one), (&hot, &one)] {
        // V8 compiles its hot functions, and the caches fill.
        load.clone().seconds(2).run(bench, server)?;
    }
    let [ours, theirs, ours_hot, theirs_hot] = in_turn(
        bench,
        [
            ("cold styles", Box::new(|| any.measure(bench, &cold))),
            ("Express, cold", Box::new(|| any.measure(bench, &express))),
            ("hot styles", Box::new(|| one.measure(bench, &hot))),
            ("Express, Map", Box::new(|| one.measure(bench, &express_cached))),
        ],
    )?;
    let row = |figure: Figure, ours: &[Sample], name, theirs: &[Sample]| {
        let cpu_us = |samples: &[Sample]| Series::each(samples, Sample::all_us).median();
        let note = format!(
            "CPU time a request, PostgreSQL's included: {:.0} µs against {:.0} µs; Express has a process per CPU",
            cpu_us(ours),
            cpu_us(theirs)
        );
        figure
            .compared("requests/s", &per_second(ours), name, &per_second(theirs))
            .from(&[ours, theirs])
            .note(note)
    };
    Ok(vec![
        row(COLD, &ours, "Express 5 + pg 8, json_agg", &theirs),
        row(HOT, &ours_hot, "Express 5, Map cache", &theirs_hot),
    ])
}

fn install(bench: &Bench) -> Result<()> {
    if bench.paths.file("express/node_modules/pg").exists() {
        return Ok(());
    }
    let mut install = Command::new("npm");
    install.args(["ci", "--no-audit", "--no-fund"]).current_dir(bench.paths.file("express"));
    output(&mut install).map(drop)
}

fn assert_same_json(ours: &[u8], theirs: &[u8]) -> Result<()> {
    let parse = serde_json::from_slice::<serde_json::Value>;
    if parse(ours)? == parse(theirs)? { Ok(()) } else { Err(error("Express returns another document")) }
}
