//! What a run found: rows, as a table, as JSON, as a page.

use std::fs;
use std::path::Path;

use serde::Serialize;

use crate::error::Result;
use crate::machine::Machine;
use crate::page;
use crate::sample::{self, Sample};
use crate::series::Series;

/// Where others had more than this share of the CPUs, the figure is not to be trusted.
const DISTURBED: f64 = 0.05;

/// What a figure should be.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Bound {
    AtLeast,
    AtMost,
}

/// A figure beside what it is compared with. Where there is such an anchor the ratio is judged, else the value.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    /// The medians; none where it could not be measured.
    pub(crate) value: Option<f64>,
    pub(crate) anchor_name: &'static str,
    pub(crate) anchor: Option<f64>,
    pub(crate) ratio: Option<f64>,
    pub(crate) bound: Bound,
    pub(crate) target: f64,
    pub(crate) beyond: f64,
    pub(crate) met: bool,
    pub(crate) met_beyond: bool,
    /// Of what is judged, over the rounds.
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
    pub(crate) rounds: Vec<f64>,
    /// CPU time of the load generator for a request.
    pub(crate) generator_us: Option<f64>,
    /// The share of the CPUs that strangers had meanwhile.
    pub(crate) others: f64,
    pub(crate) disturbed: bool,
    pub(crate) note: String,
}

impl Row {
    pub(crate) fn at_least(id: &'static str, name: &'static str, target: f64, beyond: f64) -> Self {
        Self::new(id, name, Bound::AtLeast, target, beyond)
    }

    pub(crate) fn at_most(id: &'static str, name: &'static str, target: f64, beyond: f64) -> Self {
        Self::new(id, name, Bound::AtMost, target, beyond)
    }

    fn new(id: &'static str, name: &'static str, bound: Bound, target: f64, beyond: f64) -> Self {
        let note = String::new();
        Self {
            id,
            name,
            unit: "",
            value: None,
            anchor_name: "",
            anchor: None,
            ratio: None,
            bound,
            target,
            beyond,
            met: false,
            met_beyond: false,
            min: None,
            max: None,
            rounds: Vec::new(),
            generator_us: None,
            others: 0.0,
            disturbed: false,
            note,
        }
    }

    /// What was measured, and in what.
    pub(crate) fn value(self, unit: &'static str, value: &Series) -> Self {
        Self { unit, value: Some(value.median()), ..self }.judged(value)
    }

    /// What it is compared with, and how the two compare, round by round.
    pub(crate) fn anchor(self, name: &'static str, anchor: &Series, ratio: &Series) -> Self {
        let row = Self { anchor_name: name, anchor: Some(anchor.median()), ..self };
        Self { ratio: Some(ratio.median()), ..row }.judged(ratio)
    }

    fn judged(self, judged: &Series) -> Self {
        let median = judged.median();
        let meets = |bound: f64| match self.bound {
            Bound::AtLeast => median >= bound,
            Bound::AtMost => median <= bound,
        };
        let (met, met_beyond) = (meets(self.target), meets(self.beyond));
        let (min, max) = (Some(judged.min()), Some(judged.max()));
        Self { met, met_beyond, min, max, rounds: judged.0.clone(), ..self }
    }

    /// From what this was taken: the first is what was measured, the others its anchors.
    pub(crate) fn from(self, samples: &[&[Sample]]) -> Self {
        let generator_us = samples.first().map(|samples| sample::generator_us(samples));
        Self { generator_us, ..self }.beside(sample::others(samples))
    }

    /// Strangers had this share of the CPUs.
    pub(crate) fn beside(self, others: f64) -> Self {
        Self { others, disturbed: others > DISTURBED, ..self }
    }

    pub(crate) fn note(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }

    /// What is judged.
    pub(crate) fn result(&self) -> Option<f64> {
        self.ratio.or(self.value)
    }

    fn verdict(&self) -> &'static str {
        match (self.result(), self.met, self.met_beyond) {
            (None, ..) => "not measured",
            (_, true, true) => "beyond",
            (_, true, false) => "met",
            _ => "SHORT",
        }
    }

    /// The verdict, and whether it is to be believed.
    pub(crate) fn told(&self) -> String {
        format!("{}{}", self.verdict(), if self.disturbed { ", disturbed" } else { "" })
    }

    /// "≥ 0.80 (0.90)"
    pub(crate) fn wanted(&self) -> String {
        let sign = match self.bound {
            Bound::AtLeast => "≥",
            Bound::AtMost => "≤",
        };
        format!("{sign} {} ({})", number(Some(self.target)), number(Some(self.beyond)))
    }
}

/// A number in as many digits as say something; a dash for none.
pub(crate) fn number(value: Option<f64>) -> String {
    match value {
        None => "–".to_owned(),
        Some(value) if value.abs() >= 1_000.0 => {
            let digits = format!("{value:.0}");
            let thousands = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
            thousands.collect::<Vec<_>>().join(",")
        }
        Some(value) if value.abs() >= 100.0 => format!("{value:.0}"),
        Some(value) if value.abs() >= 10.0 => format!("{value:.1}"),
        Some(value) => format!("{value:.2}"),
    }
}

/// The rows as they are printed.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut lines = vec![
        ["#", "figure", "value", "anchor", "ratio", "min – max", "wanted (beyond)", "verdict"]
            .map(ToOwned::to_owned),
    ];
    for row in rows {
        let span = match (row.min, row.max) {
            (Some(min), Some(max)) if row.rounds.len() > 1 => {
                format!("{} – {}", number(Some(min)), number(Some(max)))
            }
            _ => String::new(),
        };
        let value =
            row.value.map_or_else(|| "–".to_owned(), |_| format!("{} {}", number(row.value), row.unit));
        lines.push([
            row.id.to_owned(),
            row.name.to_owned(),
            value,
            number(row.anchor),
            number(row.ratio),
            span,
            row.wanted(),
            row.told(),
        ]);
    }
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; 8] = std::array::from_fn(width);
    let line = |cells: &[String; 8]| {
        let cells = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    lines.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Writes report.json, run.json and report.html into this directory.
pub(crate) fn write(out: &Path, machine: &Machine, rows: &[Row]) -> Result<()> {
    fs::write(out.join("report.json"), serde_json::to_vec_pretty(rows)?)?;
    fs::write(out.join("run.json"), serde_json::to_vec_pretty(machine)?)?;
    fs::write(out.join("report.html"), page::page(machine, rows))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_is_judged_where_there_is_an_anchor_and_the_value_else() {
        let (ours, theirs) = (Series(vec![8.0, 16.0, 12.0]), Series(vec![6.0, 8.0, 9.0]));
        let row = Row::at_least("1", "", 0.7, 0.75).value("µs", &ours);
        let row = row.anchor("bare", &theirs, &theirs.over(&ours));
        assert_eq!((row.value, row.anchor, row.ratio), (Some(12.0), Some(8.0), Some(0.75)));
        assert!(row.met && row.met_beyond && row.min == Some(0.5));
        let row = Row::at_most("8", "", 300.0, 150.0).value("MB", &Series::one(200.0));
        assert!(row.met && !row.met_beyond);
        assert_eq!(Row::at_most("8", "", 300.0, 150.0).told(), "not measured");
    }

    #[test]
    fn numbers_have_as_many_digits_as_say_something() {
        let told: Vec<_> = [1_234_567.8, 123.4, 12.34, 1.234].map(|it| number(Some(it))).into();
        assert_eq!(told, ["1,234,568", "123", "12.3", "1.23"]);
    }
}
