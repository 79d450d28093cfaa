//! The product files by the loader, against psql to the same end state; and what the loader takes in memory.

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::hot::take;
use crate::accounts::{Accounts, memory};
use crate::data::{generate, loading, psql};
use crate::error::{Result, error};
use crate::places::output;
use crate::report::Row;
use crate::series::Series;
use crate::{Bench, say};

/// What the loader takes of the fourteen.
const OTHERS: [&str; 8] = [
    "cart",
    "questions",
    "answers",
    "answers_photos",
    "reviews",
    "reviews_photos",
    "characteristics",
    "characteristic_reviews",
];
/// What both must have made alike.
const DIGEST: &str = "select (select count(*) from products) || ' ' || (select count(*) from features)
    || ' ' || (select count(*) from styles) || ' ' || (select count(*) from photos)
    || ' ' || (select count(*) from skus) || ' ' || (select count(*) from related_products)
    || ' ' || (select sum(products) from product_counts)
    || ' ' || (select sum(hashtextextended(d::text, 0)) from product_documents d)
    || ' ' || (select count(*) from pg_constraint where connamespace = 'public'::regnamespace)";

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::at_most("7", "load of the product files / psql to the same end state", 0.6, 0.4),
        Row::at_most("8a", "loader's peak memory", 300.0, 150.0),
    ]
}

pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let files = bench.places.out.join("csv-clean");
    generate(&bench.places, &files, bench.data.products, true)?;
    for name in OTHERS {
        std::fs::remove_file(files.join(format!("{name}.csv")))?;
    }
    let measured = both(bench, &files);
    for name in ["atelier_bench_loader", "atelier_bench_psql"] {
        let _ = psql(&bench.data.other("postgres"), &format!("drop database if exists {name} with (force)"));
    }
    std::fs::remove_dir_all(&files)?;
    measured
}

fn both(bench: &Bench, files: &Path) -> Result<Vec<Row>> {
    let before = Accounts::now();
    let (by_loader, by_psql) =
        (migrated(bench, "atelier_bench_loader")?, migrated(bench, "atelier_bench_psql")?);
    // Both read files that lie in memory.
    output(Command::new("sh").args(["-c", "cat \"$1\"/*.csv | wc -c", "sh"]).arg(files))?;
    checkpoint(bench)?;
    let (ours, peak) = load(bench, files, &by_loader)?;
    say(&format!("  loader {ours:.1} s, {:.0} MB", peak / 1e6));
    checkpoint(bench)?;
    let started = Instant::now();
    let mut copy = Command::new("psql");
    copy.args(["-X", "-q", "-d", &by_psql, "-f"])
        .arg(bench.places.file("sql/psql-load.sql"))
        .current_dir(files);
    output(&mut copy)?;
    let theirs = started.elapsed().as_secs_f64();
    say(&format!("  psql {theirs:.1} s"));
    let others = Accounts::now().others_since(&before, &[std::process::id(), bench.data.postmaster]);
    let rows = psql(&by_loader, DIGEST)?;
    if rows != psql(&by_psql, DIGEST)? {
        return Err(error("psql has not come to the end state of the loader"));
    }
    let [seventh, eighth] = take(rows_of(ours, theirs, peak))?;
    let note = format!(
        "{} products, files without damage, since \\copy can't read others; documents, counts and constraints of both compared",
        bench.data.products
    );
    Ok(vec![seventh.beside(others).note(note), eighth.beside(others)])
}

fn rows_of(ours: f64, theirs: f64, peak: f64) -> Vec<Row> {
    let (ours, theirs) = (Series::one(ours), Series::one(theirs));
    let mut measured = rows();
    let eighth = measured.remove(1).value("MB", &Series::one(peak / 1e6));
    let seventh = measured.remove(0).value("s", &ours).anchor("psql, s", &theirs, &ours.over(&theirs));
    vec![seventh, eighth]
}

fn checkpoint(bench: &Bench) -> Result<()> {
    psql(&bench.data.other("postgres"), "checkpoint").map(drop)
}

/// A new database with the schema, and nothing in it.
fn migrated(bench: &Bench, name: &str) -> Result<String> {
    let maintenance = bench.data.other("postgres");
    psql(&maintenance, &format!("drop database if exists {name} with (force)"))?;
    psql(&maintenance, &format!("create database {name}"))?;
    let url = bench.data.other(name);
    let mut migrate = Command::new(bench.places.program("atelier"));
    output(migrate.arg("migrate").current_dir(&bench.places.out).env("DATABASE_URL", &url))?;
    Ok(url)
}

/// Seconds, and the most memory the loader had, which /proc tells only as long as it runs.
fn load(bench: &Bench, files: &Path, url: &str) -> Result<(f64, f64)> {
    let mut command = loading(&bench.places, files, url);
    let log = bench.places.log("loader")?;
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    let started = Instant::now();
    let mut loader = command.spawn()?;
    let mut peak = 0.0_f64;
    let status = loop {
        if let Some(status) = loader.try_wait()? {
            break status;
        }
        peak = peak.max(memory(loader.id(), "VmHWM").unwrap_or_default());
        sleep(Duration::from_millis(20));
    };
    let seconds = started.elapsed().as_secs_f64();
    if status.success() {
        Ok((seconds, peak))
    } else {
        Err(error("the loader failed: see target/bench/logs/loader.log"))
    }
}
