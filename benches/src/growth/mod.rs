//! How the service grows: what it does as load, data, hits and replicas change, and what follows from that for sizes that
//! this machine does not have. Writes docs/performance.md with its plots, from measurements alone.

mod capacity;
mod curves;
mod page;
mod tiers;

use std::fs;

use serde::Serialize;

use crate::Bench;
use crate::error::Result;
use crate::machine::Machine;
use crate::say;

/// All that was measured, as docs/performance/figures.json has it.
#[derive(Serialize)]
pub(crate) struct Growth {
    machine: Machine,
    /// The largest share of the CPUs that strangers had.
    others: f64,
    hot_load: Vec<curves::Point>,
    mixed_load: Vec<curves::Point>,
    sizes: Vec<curves::Point>,
    hits: Vec<curves::Point>,
    replicas: Vec<curves::Point>,
    tiers: tiers::Tiers,
}

/// Measures, and writes the page. `sizes` are numbers of products, for each of which a database is made and kept.
pub(crate) fn growth(bench: Bench, sizes: &[u64]) -> Result<()> {
    let machine = Machine::look(&bench);
    say(&machine.line());
    let (hot_load, mixed_load) = (curves::hot_load(&bench)?, curves::mixed_load(&bench)?);
    let (hits, replicas) = (curves::hits(&bench)?, curves::replicas(&bench)?);
    let tiers = tiers::measure(&bench, &hot_load, &mixed_load, &hits, &replicas)?;
    let docs = bench.places.root.join("docs");
    let sizes = each_size(bench, sizes)?;
    let all = [&hot_load, &mixed_load, &hits, &replicas, &sizes];
    let others =
        all.iter().flat_map(|curve| curve.iter()).map(|point| point.sample.others).fold(0.0, f64::max);
    let growth = Growth { machine, others, hot_load, mixed_load, sizes, hits, replicas, tiers };
    let plots = docs.join("performance");
    fs::create_dir_all(&plots)?;
    fs::write(plots.join("figures.json"), serde_json::to_vec_pretty(&growth)?)?;
    for (name, plot) in page::plots(&growth) {
        fs::write(plots.join(name), plot.svg())?;
    }
    fs::write(docs.join("performance.md"), page::page(&growth))?;
    say(&format!("{}", docs.join("performance.md").display()));
    Ok(())
}

/// Cold reads over databases of these sizes; over the one that was named, where one was.
fn each_size(mut bench: Bench, sizes: &[u64]) -> Result<Vec<curves::Point>> {
    if !bench.data.is_own() {
        return Ok(vec![curves::cold(&bench)?]);
    }
    let mut points = Vec::new();
    for products in sizes {
        bench.data.turn_to(&bench.places, *products)?;
        points.push(curves::cold(&bench)?);
    }
    Ok(points)
}
