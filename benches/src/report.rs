//! The report of a run: a table for the terminal, report.json and run.json, and report.html, a page without dependencies.

use std::fs;
use std::path::Path;

use askama::Template;

use crate::error::Result;
use crate::machine::Machine;
use crate::row::{Row, number};

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    machine: &'a Machine,
    rows: &'a [Row],
    met: usize,
}

/// Writes report.json, run.json and report.html into this directory.
pub(crate) fn write(out: &Path, machine: &Machine, rows: &[Row]) -> Result<()> {
    let met = rows.iter().filter(|row| row.met).count();
    fs::write(out.join("report.json"), serde_json::to_vec_pretty(rows)?)?;
    fs::write(out.join("run.json"), serde_json::to_vec_pretty(machine)?)?;
    fs::write(out.join("report.html"), Page { machine, rows, met }.render()?)?;
    Ok(())
}

/// The rows as a table for the terminal.
pub(crate) fn table(rows: &[Row]) -> String {
    let head = ["#", "figure", "value", "anchor", "ratio", "min – max", "wanted (beyond)", "verdict"];
    let mut lines = vec![head.map(ToOwned::to_owned)];
    lines.extend(rows.iter().map(|row| {
        let span = match (row.min, row.max) {
            (Some(min), Some(max)) if row.rounds.len() > 1 => format!("{} – {}", number(min), number(max)),
            _ => String::new(),
        };
        let (id, name) = (row.figure.id.to_owned(), row.figure.name.to_owned());
        let (anchor, ratio) = (row.shown_anchor(), row.shown_ratio());
        [id, name, row.shown_value(), anchor, ratio, span, row.wanted(), row.verdict()]
    }));
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; 8] = std::array::from_fn(width);
    let line = |cells: &[String; 8]| {
        let cells = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    lines.iter().map(line).collect::<Vec<_>>().join("\n")
}
