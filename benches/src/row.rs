//! A row of the report: a figure, what it is compared with, and its targets.

use serde::Serialize;

use crate::sample::{self, Sample};
use crate::series::Series;

/// A row is disturbed if other processes used more than this share of the CPUs.
const DISTURBED: f64 = 0.05;

/// The direction of a target.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Bound {
    AtLeast,
    AtMost,
}

/// A figure and its targets.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Figure {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) bound: Bound,
    pub(crate) target: f64,
    /// A target beyond the target.
    pub(crate) beyond: f64,
}

impl Figure {
    pub(crate) const fn at_least(id: &'static str, name: &'static str, target: f64, beyond: f64) -> Self {
        Self { id, name, bound: Bound::AtLeast, target, beyond }
    }

    pub(crate) const fn at_most(id: &'static str, name: &'static str, target: f64, beyond: f64) -> Self {
        Self { id, name, bound: Bound::AtMost, target, beyond }
    }

    /// The row of a value.
    pub(crate) fn value(self, unit: &'static str, value: &Series) -> Row {
        Row { unit, value: Some(value.median()), ..Row::new(self) }.judged(value)
    }

    /// The row of a value and an anchor, with the ratio of the two round by round.
    pub(crate) fn compared(
        self,
        unit: &'static str,
        value: &Series,
        name: &'static str,
        anchor: &Series,
    ) -> Row {
        self.value(unit, value).anchor(name, anchor, &value.over(anchor))
    }

    /// The row without a value, for this reason.
    pub(crate) fn not_measured(self, reason: &str) -> Row {
        Row::new(self).note(format!("Not measured: {reason}"))
    }

    fn meets(&self, result: f64, target: f64) -> bool {
        match self.bound {
            Bound::AtLeast => result >= target,
            Bound::AtMost => result <= target,
        }
    }
}

/// A figure that was measured. With an anchor, the ratio of the two is compared with the target; without, the value is.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    #[serde(flatten)]
    pub(crate) figure: Figure,
    pub(crate) unit: &'static str,
    /// The median; none if it was not measured.
    pub(crate) value: Option<f64>,
    pub(crate) anchor_name: &'static str,
    pub(crate) anchor: Option<f64>,
    pub(crate) ratio: Option<f64>,
    pub(crate) met: bool,
    pub(crate) met_beyond: bool,
    /// Of the result, over the rounds.
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
    pub(crate) rounds: Vec<f64>,
    /// The load generator's CPU time a request.
    pub(crate) generator_us: Option<f64>,
    /// The share of the CPUs that other processes used meanwhile.
    pub(crate) others: f64,
    pub(crate) disturbed: bool,
    pub(crate) note: String,
}

impl Row {
    fn new(figure: Figure) -> Self {
        Self {
            figure,
            unit: "",
            value: None,
            anchor_name: "",
            anchor: None,
            ratio: None,
            met: false,
            met_beyond: false,
            min: None,
            max: None,
            rounds: Vec::new(),
            generator_us: None,
            others: 0.0,
            disturbed: false,
            note: String::new(),
        }
    }

    /// Sets the anchor, and the ratio round by round.
    pub(crate) fn anchor(self, name: &'static str, anchor: &Series, ratio: &Series) -> Self {
        let row = Self { anchor_name: name, anchor: Some(anchor.median()), ..self };
        Self { ratio: Some(ratio.median()), ..row }.judged(ratio)
    }

    fn judged(self, result: &Series) -> Self {
        let Figure { target, beyond, .. } = self.figure;
        let meets = |target| self.figure.meets(result.median(), target);
        let (met, met_beyond) = (meets(target), meets(beyond));
        let (min, max) = (Some(result.min()), Some(result.max()));
        Self { met, met_beyond, min, max, rounds: result.0.clone(), ..self }
    }

    /// Sets the CPU time of the load generator and of other processes, from these samples: first those of the value, then
    /// those of its anchors.
    pub(crate) fn from(self, samples: &[&[Sample]]) -> Self {
        let generator_us = samples.first().map(|samples| sample::generator_us(samples));
        Self { generator_us, ..self }.with_others(sample::others(samples))
    }

    /// Sets the share of the CPUs that other processes used.
    pub(crate) fn with_others(self, others: f64) -> Self {
        Self { others, disturbed: others > DISTURBED, ..self }
    }

    pub(crate) fn note(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }

    /// What is compared with the target.
    pub(crate) fn result(&self) -> Option<f64> {
        self.ratio.or(self.value)
    }

    /// The verdict, and whether the row was disturbed.
    pub(crate) fn verdict(&self) -> String {
        let verdict = match (self.result(), self.met, self.met_beyond) {
            (None, ..) => "not measured",
            (_, true, true) => "beyond",
            (_, true, false) => "met",
            _ => "MISSED",
        };
        format!("{verdict}{}", if self.disturbed { ", disturbed" } else { "" })
    }

    /// "≥ 0.80 (0.90)"
    pub(crate) fn wanted(&self) -> String {
        let sign = match self.figure.bound {
            Bound::AtLeast => "≥",
            Bound::AtMost => "≤",
        };
        format!("{sign} {} ({})", number(self.figure.target), number(self.figure.beyond))
    }

    /// The value with its unit; a dash if it was not measured.
    pub(crate) fn shown_value(&self) -> String {
        self.value.map_or_else(none, |value| format!("{} {}", number(value), self.unit))
    }

    /// The anchor; a dash if there is none.
    pub(crate) fn shown_anchor(&self) -> String {
        self.anchor.map_or_else(none, number)
    }

    /// The ratio; a dash if there is none.
    pub(crate) fn shown_ratio(&self) -> String {
        self.ratio.map_or_else(none, number)
    }
}

fn none() -> String {
    "–".to_owned()
}

/// A number with about three significant digits.
pub(crate) fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 1_000.0 => {
            let digits = format!("{value:.0}");
            let thousands = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
            thousands.collect::<Vec<_>>().join(",")
        }
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_is_compared_with_the_target_or_else_the_value() {
        let (ours, theirs) = (Series(vec![8.0, 16.0, 12.0]), Series(vec![6.0, 8.0, 9.0]));
        let row = Figure::at_least("1", "", 0.7, 0.75).value("µs", &ours);
        let row = row.anchor("bare", &theirs, &theirs.over(&ours));
        assert_eq!((row.value, row.anchor, row.ratio), (Some(12.0), Some(8.0), Some(0.75)));
        assert!(row.met && row.met_beyond && row.min == Some(0.5));
        let row = Figure::at_most("8", "", 300.0, 150.0).value("MB", &Series::one(200.0));
        assert!(row.met && !row.met_beyond);
        assert_eq!(Figure::at_most("8", "", 300.0, 150.0).not_measured("").verdict(), "not measured");
    }

    #[test]
    fn numbers_have_about_three_significant_digits() {
        let shown = [1_234_567.8, 123.4, 12.34, 1.234].map(number);
        assert_eq!(shown, ["1,234,568", "123", "12.3", "1.23"]);
    }
}
