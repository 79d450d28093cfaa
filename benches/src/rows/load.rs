//! The loader with the product files, against psql to the same end state; and the loader's memory.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::group::Group;
use crate::bench::Bench;
use crate::data::{generate, load_command, psql};
use crate::error::{Result, error};
use crate::paths::output;
use crate::procfs::{CpuTimes, peak_resident_bytes};
use crate::row::{Figure, Row};
use crate::series::Series;

const TIME: Figure = Figure::at_most("7", "load of the product files / psql to the same end state", 0.6, 0.4);
const MEMORY: Figure = Figure::at_most("8a", "loader's peak memory", 300.0, 150.0);
const FIGURES: &[Figure] = &[TIME, MEMORY];
pub(super) const GROUP: Group = Group { figures: FIGURES, measure, writes: true };

/// The script for psql, which names the files that both load.
const SCRIPT: &str = "sql/psql-load.sql";
const DATABASES: [&str; 2] = ["atelier_bench_loader", "atelier_bench_psql"];
/// What must be equal in both databases.
const END_STATE: &str = "select (select count(*) from products) || ' ' || (select count(*) from features)
    || ' ' || (select count(*) from styles) || ' ' || (select count(*) from photos)
    || ' ' || (select count(*) from skus) || ' ' || (select count(*) from related_products)
    || ' ' || (select sum(products) from product_counts)
    || ' ' || (select sum(hashtextextended(d::text, 0)) from product_documents d)
    || ' ' || (select count(*) from pg_constraint where connamespace = 'public'::regnamespace)";

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let files = bench.paths.out.join("csv-clean");
    generate(&bench.paths, &files, bench.data.products, true)?;
    let script = fs::read_to_string(bench.paths.file(SCRIPT))?;
    for file in fs::read_dir(&files)? {
        let file = file?;
        if !script.contains(&format!("'{}'", file.file_name().display())) {
            fs::remove_file(file.path())?;
        }
    }
    let rows = compare(bench, &files);
    for name in DATABASES {
        let drop = format!("drop database if exists {name} with (force)");
        let _ = psql(&bench.data.maintenance_url(), &drop);
    }
    fs::remove_dir_all(&files)?;
    rows
}

fn compare(bench: &Bench, files: &Path) -> Result<Vec<Row>> {
    let before = CpuTimes::now();
    let [by_loader, by_psql] = DATABASES.map(|name| migrated(bench, name));
    let (by_loader, by_psql) = (by_loader?, by_psql?);
    // Afterwards the files are in the page cache for both.
    output(Command::new("sh").args(["-c", "cat \"$1\"/*.csv | wc -c", "sh"]).arg(files))?;
    checkpoint(bench)?;
    let (ours, peak) = run_loader(bench, files, &by_loader)?;
    eprintln!("  loader {ours:.1} s, {:.0} MB", peak / 1e6);
    checkpoint(bench)?;
    let started = Instant::now();
    let mut script = Command::new("psql");
    script.args(["-X", "-q", "-d", &by_psql, "-f"]).arg(bench.paths.file(SCRIPT)).current_dir(files);
    output(&mut script)?;
    let theirs = started.elapsed().as_secs_f64();
    eprintln!("  psql {theirs:.1} s");
    let others = CpuTimes::now().others_since(&before, &[std::process::id(), bench.data.postmaster]);
    if psql(&by_loader, END_STATE)? != psql(&by_psql, END_STATE)? {
        return Err(error("psql and the loader ended in different states"));
    }
    let note = format!(
        "{} products, files without damage, since \\copy can't read others; documents, counts and constraints of both compared",
        bench.data.products
    );
    Ok(vec![
        TIME.compared("s", &Series::one(ours), "psql, s", &Series::one(theirs))
            .with_others(others)
            .note(note),
        MEMORY.value("MB", &Series::one(peak / 1e6)).with_others(others),
    ])
}

fn checkpoint(bench: &Bench) -> Result<()> {
    psql(&bench.data.maintenance_url(), "checkpoint").map(drop)
}

/// A new database with the schema and no rows: its URL.
fn migrated(bench: &Bench, name: &str) -> Result<String> {
    let maintenance = bench.data.maintenance_url();
    psql(&maintenance, &format!("drop database if exists {name} with (force)"))?;
    psql(&maintenance, &format!("create database {name}"))?;
    let url = bench.data.url_of(name);
    let mut migrate = Command::new(bench.paths.program("atelier"));
    output(migrate.arg("migrate").current_dir(&bench.paths.out).env("DATABASE_URL", &url))?;
    Ok(url)
}

/// Seconds, and the peak memory, which /proc shows only while the loader runs.
fn run_loader(bench: &Bench, files: &Path, url: &str) -> Result<(f64, f64)> {
    let mut command = load_command(&bench.paths, files, url);
    let log = bench.paths.log("loader")?;
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    let started = Instant::now();
    let mut loader = command.spawn()?;
    let mut peak = 0.0_f64;
    let status = loop {
        if let Some(status) = loader.try_wait()? {
            break status;
        }
        peak = peak.max(peak_resident_bytes(loader.id()).unwrap_or_default());
        sleep(Duration::from_millis(20));
    };
    let seconds = started.elapsed().as_secs_f64();
    if status.success() {
        Ok((seconds, peak))
    } else {
        Err(error("the loader failed: see target/bench/logs/loader.log"))
    }
}
