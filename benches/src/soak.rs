//! A long load at a share of the capacity: memory, open files and p99 must not grow.

use std::fs;
use std::time::Instant;

use serde::Serialize;

use crate::bench::Bench;
use crate::error::{Result, error};
use crate::oha;
use crate::plot::Plot;
use crate::procfs::{CpuTimes, open_files, resident_bytes};
use crate::report::table;
use crate::row::{Figure, Row};
use crate::series::Series;
use crate::servers::Server;

/// The share of the capacity.
const SHARE: f64 = 0.7;
/// The length of an interval, at whose end memory and files are read.
const INTERVAL_S: u32 = 15;

const MEMORY: Figure = Figure::at_most("22a", "memory, last third / first", 1.1, 1.02);
const FILES: Figure = Figure::at_most("22b", "open files, last third / first", 1.1, 1.0);
const LATENCY: Figure = Figure::at_most("22c", "p99, last third / first", 1.5, 1.1);
const ERRORS: Figure = Figure::at_most("22d", "errors", 0.0, 0.0);

#[derive(Serialize)]
struct Interval {
    second: f64,
    per_second: f64,
    p99_ms: f64,
    resident_mb: f64,
    files: usize,
    errors: f64,
}

/// All reads mixed, of all products, for so many minutes after the cache is full.
pub(crate) fn soak(bench: &Bench, minutes: f64) -> Result<()> {
    let server = Server::atelier(bench, "soak", &[])?;
    let urls = oha::write_urls(bench, &server, bench.data.products)?;
    eprintln!("Filling the cache, and measuring the capacity");
    let rate = oha::capacity(bench, &urls, INTERVAL_S)? * SHARE;
    eprintln!("{minutes} minutes at {rate:.0}/s, {:.0} % of the capacity", SHARE * 100.0);
    let before = CpuTimes::now();
    let started = Instant::now();
    let mut intervals = Vec::new();
    while started.elapsed().as_secs_f64() < minutes * 60.0 {
        let work = oha::run(bench, &urls, Some(rate), INTERVAL_S)?;
        let resident = resident_bytes(server.pid()).ok_or_else(|| error("the server has ended"))?;
        let interval = Interval {
            second: started.elapsed().as_secs_f64(),
            per_second: work.requests / work.seconds,
            p99_ms: work.p99_ms,
            resident_mb: resident / 1e6,
            files: open_files(server.pid()),
            errors: work.errors,
        };
        let Interval { second, per_second, p99_ms, resident_mb, files, errors } = &interval;
        eprintln!(
            "  {second:>5.0} s {per_second:>8.0}/s  p99 {p99_ms:>7.2} ms  {resident_mb:>6.1} MB  {files:>4} files  {errors} errors"
        );
        intervals.push(interval);
    }
    let others = CpuTimes::now().others_since(&before, &[std::process::id(), bench.data.postmaster]);
    write(bench, &intervals)?;
    println!("\n{}", table(&rows(&intervals, others)));
    Ok(())
}

/// Compares the last third with the first.
fn rows(intervals: &[Interval], others: f64) -> Vec<Row> {
    let third = intervals.len().div_ceil(3);
    let growth = |figure: Figure, unit, of: fn(&Interval) -> f64| {
        let median = |intervals: &[Interval]| Series::one(Series::each(intervals, of).median());
        let (first, last) = (median(&intervals[..third]), median(&intervals[intervals.len() - third..]));
        figure.compared(unit, &last, "the first third", &first).with_others(others)
    };
    let errors = intervals.iter().map(|interval| interval.errors).fold(0.0, |sum, errors| sum + errors);
    vec![
        growth(MEMORY, "MB", |interval| interval.resident_mb),
        growth(FILES, "files", |interval| interval.files as f64),
        growth(LATENCY, "ms", |interval| interval.p99_ms),
        ERRORS.value("errors", &Series::one(errors)).with_others(others),
    ]
}

fn write(bench: &Bench, intervals: &[Interval]) -> Result<()> {
    let line = |name, y: fn(&Interval) -> f64| {
        (name, intervals.iter().map(|interval| (interval.second, y(interval))).collect())
    };
    let lines = vec![
        line("resident, MB", |interval| interval.resident_mb),
        line("p99, ms", |interval| interval.p99_ms),
        line("files", |interval| interval.files as f64),
    ];
    fs::write(bench.paths.out.join("soak.json"), serde_json::to_vec_pretty(intervals)?)?;
    fs::write(
        bench.paths.out.join("soak.svg"),
        Plot::new("A long load", "seconds", "", lines).log_y().svg()?,
    )?;
    Ok(())
}
