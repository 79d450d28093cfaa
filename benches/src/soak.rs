//! A long load at a part of what is possible: memory, open files and p99 have to stay what they were.

use serde::Serialize;

use crate::accounts::{Accounts, memory, open_files};
use crate::error::{Result, error};
use crate::oha;
use crate::plot::Plot;
use crate::report::{Row, table};
use crate::series::Series;
use crate::servers::Server;
use crate::{Bench, say};

/// Of what is possible.
const SHARE: f64 = 0.7;
/// A look at the server after so many seconds.
const SLICE_S: u32 = 15;

#[derive(Serialize)]
struct Slice {
    second: f64,
    per_second: f64,
    p99_ms: f64,
    resident_mb: f64,
    files: usize,
    errors: f64,
}

/// So many minutes of all reads mixed, of all products, once the cache is as full as it gets.
pub(crate) fn soak(bench: &Bench, minutes: f64) -> Result<()> {
    let server = Server::atelier(&bench.places, "atelier-soak", &bench.data.url, &[])?;
    let addresses = oha::addresses(bench, &server, bench.data.products)?;
    say("Filling the cache, and finding what is possible");
    oha::run(bench, &addresses, None, SLICE_S)?;
    let possible = oha::run(bench, &addresses, None, SLICE_S)?;
    let rate = possible.requests / possible.seconds * SHARE;
    say(&format!("{minutes} minutes at {rate:.0}/s, {:.0} % of what is possible", SHARE * 100.0));
    let before = Accounts::now();
    let started = std::time::Instant::now();
    let mut slices = Vec::new();
    while started.elapsed().as_secs_f64() < minutes * 60.0 {
        let work = oha::run(bench, &addresses, Some(rate), SLICE_S)?;
        let slice = Slice {
            second: started.elapsed().as_secs_f64(),
            per_second: work.requests / work.seconds,
            p99_ms: work.p99_ms,
            resident_mb: memory(server.pid(), "VmRSS").ok_or_else(|| error("the server has gone"))? / 1e6,
            files: open_files(server.pid()),
            errors: work.errors,
        };
        say(&format!(
            "  {:>5.0} s {:>8.0}/s  p99 {:>7.2} ms  {:>6.1} MB  {:>4} files  {} errors",
            slice.second, slice.per_second, slice.p99_ms, slice.resident_mb, slice.files, slice.errors
        ));
        slices.push(slice);
    }
    let others = Accounts::now().others_since(&before, &[std::process::id(), bench.data.postmaster]);
    write(bench, &slices)?;
    println!("\n{}", table(&rows(&slices, others)));
    Ok(())
}

/// The last third beside the first.
fn rows(slices: &[Slice], others: f64) -> Vec<Row> {
    let third = slices.len().div_ceil(3);
    let flat = |row: Row, unit, of: fn(&Slice) -> f64| {
        let (first, last) =
            (Series::each(&slices[..third], of), Series::each(&slices[slices.len() - third..], of));
        let (first, last) = (Series::one(first.median()), Series::one(last.median()));
        row.value(unit, &last).anchor("the first third", &first, &last.over(&first)).beside(others)
    };
    let errors = slices.iter().map(|slice| slice.errors).fold(0.0, |sum, errors| sum + errors);
    vec![
        flat(Row::at_most("22a", "memory, last third / first", 1.1, 1.02), "MB", |it| it.resident_mb),
        flat(Row::at_most("22b", "open files, last third / first", 1.1, 1.0), "files", |it| it.files as f64),
        flat(Row::at_most("22c", "p99, last third / first", 1.5, 1.1), "ms", |it| it.p99_ms),
        Row::at_most("22d", "errors", 0.0, 0.0).value("errors", &Series::one(errors)).beside(others),
    ]
}

fn write(bench: &Bench, slices: &[Slice]) -> Result<()> {
    std::fs::write(bench.places.out.join("soak.json"), serde_json::to_vec_pretty(slices)?)?;
    let line = |name: &str, of: fn(&Slice) -> f64| {
        (name.to_owned(), slices.iter().map(|slice| (slice.second, of(slice))).collect())
    };
    let lines = vec![
        line("resident, MB", |it| it.resident_mb),
        line("p99, ms", |it| it.p99_ms),
        line("files", |it| it.files as f64),
    ];
    let plot = Plot { title: "A long load", x: "seconds", y: "", log_x: false, log_y: false, lines };
    std::fs::write(bench.places.out.join("soak.svg"), plot.svg())?;
    Ok(())
}
