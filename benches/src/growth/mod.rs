//! How throughput and latency scale with load, data, hits and replicas, and what larger rates would need. Writes
//! docs/performance.md and its plots.

mod capacity;
mod curves;
mod figures;
mod page;
mod point;
mod tiers;

use std::fs;

use crate::bench::Bench;
use crate::error::Result;
use crate::machine::Machine;
use figures::Figures;

/// Measures, and writes the page. For each of `sizes`, a number of products, a database is filled and kept.
pub(crate) fn growth(bench: Bench, sizes: &[u64]) -> Result<()> {
    let machine = Machine::read(&bench);
    eprintln!("{machine}");
    let (hot_load, mixed_load) = (curves::hot_load(&bench)?, curves::mixed_load(&bench)?);
    let (hits, replicas) = (curves::hits(&bench)?, curves::replicas(&bench)?);
    let tiers = tiers::measure(&bench, &hot_load, &mixed_load, &hits, &replicas)?;
    let docs = bench.paths.root.join("docs");
    let sizes = cold_by_size(bench, sizes)?;
    let figures = Figures { machine, hot_load, mixed_load, sizes, hits, replicas, tiers };
    let plots = docs.join("performance");
    fs::create_dir_all(&plots)?;
    fs::write(plots.join("figures.json"), serde_json::to_vec_pretty(&figures)?)?;
    for (name, plot) in page::plots(&figures) {
        fs::write(plots.join(name), plot.svg()?)?;
    }
    fs::write(docs.join("performance.md"), page::markdown(&figures)?)?;
    println!("{}", docs.join("performance.md").display());
    Ok(())
}

/// Cold reads over databases of these sizes; over the existing one if `DATABASE_URL` names it.
fn cold_by_size(mut bench: Bench, sizes: &[u64]) -> Result<Vec<point::Point>> {
    if !bench.data.is_private() {
        return Ok(vec![curves::cold(&bench)?]);
    }
    let mut points = Vec::new();
    for products in sizes {
        bench.data.switch_to(&bench.paths, *products)?;
        points.push(curves::cold(&bench)?);
    }
    Ok(points)
}
