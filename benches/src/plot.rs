//! Drawings as SVG, by plotters: line charts, and the rounds of a row. Their greys are legible on light and on dark pages.

use std::ops::Range;

use plotters::coord::ranged1d::{AsRangedCoord, ValueFormatter};
use plotters::prelude::*;

use crate::error::Result;
use crate::row::{Bound, Row};

const TEXT: RGBColor = RGBColor(107, 114, 128);
const MET: RGBColor = RGBColor(78, 168, 116);
const MISSED: RGBColor = RGBColor(212, 96, 90);
/// The width of the labels left of a chart.
const LEFT: i32 = 64;
const COLOURS: [RGBColor; 5] = [
    RGBColor(47, 111, 222),
    RGBColor(212, 96, 90),
    RGBColor(46, 157, 99),
    RGBColor(176, 122, 30),
    RGBColor(132, 86, 201),
];

/// A line of a chart: its name and its points.
pub(crate) type Line = (&'static str, Vec<(f64, f64)>);

/// A line chart.
pub(crate) struct Plot {
    title: &'static str,
    x: &'static str,
    y: &'static str,
    /// Whether an axis is logarithmic.
    log_x: bool,
    log_y: bool,
    lines: Vec<Line>,
}

impl Plot {
    /// A chart with this title, the labels of its axes, and its lines.
    pub(crate) fn new(title: &'static str, x: &'static str, y: &'static str, lines: Vec<Line>) -> Self {
        Self { title, x, y, log_x: false, log_y: false, lines }
    }

    pub(crate) fn log_x(self) -> Self {
        Self { log_x: true, ..self }
    }

    pub(crate) fn log_y(self) -> Self {
        Self { log_y: true, ..self }
    }

    /// The chart as SVG.
    pub(crate) fn svg(&self) -> Result<String> {
        let points = || self.lines.iter().flat_map(|(_, points)| points);
        let x = range(points().map(|point| point.0), self.log_x);
        let y = range(points().map(|point| point.1), self.log_y);
        match (self.log_x, self.log_y) {
            (false, false) => self.draw(x, y),
            (true, false) => self.draw(x.log_scale(), y),
            (false, true) => self.draw(x, y.log_scale()),
            (true, true) => self.draw(x.log_scale(), y.log_scale()),
        }
    }

    fn draw<X, Y>(&self, x: X, y: Y) -> Result<String>
    where
        X: AsRangedCoord<Value = f64, CoordDescType: ValueFormatter<f64>>,
        Y: AsRangedCoord<Value = f64, CoordDescType: ValueFormatter<f64>>,
    {
        let text = ("sans-serif", 15).into_font().color(&TEXT);
        let title = ("sans-serif", 18, FontStyle::Bold).into_font().color(&TEXT);
        let mut svg = String::new();
        let area = SVGBackend::with_string(&mut svg, (640, 360)).into_drawing_area();
        let (head, body) = area.split_vertically(54);
        head.draw_text(self.title, &title, (LEFT, 10))?;
        let colours = || COLOURS.iter().cycle();
        for (((name, _), colour), x) in self.lines.iter().zip(colours()).zip((LEFT..).step_by(130)) {
            head.draw(&Rectangle::new([(x, 43), (x + 12, 46)], colour.filled()))?;
            head.draw_text(name, &text, (x + 18, 38))?;
        }
        let mut chart = ChartBuilder::on(&body)
            .margin_right(24)
            .margin_top(8)
            .x_label_area_size(46)
            .y_label_area_size(LEFT)
            .build_cartesian_2d(x, y)?;
        chart
            .configure_mesh()
            .x_desc(self.x)
            .y_desc(self.y)
            .axis_desc_style(text.clone())
            .label_style(text)
            .x_labels(8)
            .y_labels(8)
            .x_label_formatter(&|value| label(*value))
            .y_label_formatter(&|value| label(*value))
            .axis_style(TEXT)
            .bold_line_style(TEXT.mix(0.3))
            .light_line_style(TRANSPARENT)
            .draw()?;
        for ((_, points), colour) in self.lines.iter().zip(colours()) {
            let style = colour.stroke_width(2).filled();
            chart.draw_series(LineSeries::new(points.iter().copied(), style).point_size(3))?;
        }
        for area in [&head, &body] {
            area.present()?;
        }
        drop((chart, head, body, area));
        Ok(svg)
    }
}

/// The range of an axis: from 0, or in whole decades if it is logarithmic.
fn range(values: impl Iterator<Item = f64> + Clone, is_log: bool) -> Range<f64> {
    let high = values.clone().fold(0.0, f64::max).max(1e-9);
    if !is_log {
        return 0.0..high;
    }
    let low = values.filter(|value| *value > 0.0).fold(high, f64::min);
    let (low, high) = (low.log10().floor(), high.log10().ceil());
    10_f64.powf(low)..10_f64.powf(high.max(low + 1.0))
}

/// A short label: 20k.
fn label(value: f64) -> String {
    match value {
        value if value >= 1e6 => format!("{}M", value / 1e6),
        value if value >= 1e4 => format!("{}k", value / 1e3),
        value => format!("{}", (value * 1e6).round() / 1e6),
    }
}

/// The rounds of a row beside its targets, better to the right, in doublings from the target; nothing if not measured.
pub(crate) fn rounds_svg(row: &Row) -> askama::Result<String> {
    let mut svg = String::new();
    if let Some(result) = row.result() {
        draw_rounds(row, result, &mut svg).map_err(askama::Error::custom)?;
    }
    Ok(svg)
}

fn draw_rounds(row: &Row, result: f64, svg: &mut String) -> Result<()> {
    const DOUBLINGS: f64 = 2.0;
    let x = |value: f64| {
        let doublings = (value.max(1e-9) / row.figure.target.max(1e-9)).log2().clamp(-DOUBLINGS, DOUBLINGS);
        match row.figure.bound {
            Bound::AtLeast => doublings,
            Bound::AtMost => -doublings,
        }
    };
    let area = SVGBackend::with_string(svg, (200, 22)).into_drawing_area();
    let mut chart = ChartBuilder::on(&area)
        .margin_left(4)
        .margin_right(4)
        .build_cartesian_2d(-DOUBLINGS..DOUBLINGS, -1.0..1.0)?;
    let colour = if row.met { MET } else { MISSED };
    let line =
        |value: f64, width| PathElement::new([(x(value), -1.0), (x(value), 1.0)], TEXT.stroke_width(width));
    chart.draw_series([Rectangle::new([(0.0, -0.5), (x(result), 0.5)], colour.filled())])?;
    chart.draw_series([line(row.figure.target, 2), line(row.figure.beyond, 1)])?;
    chart.draw_series(row.rounds.iter().map(|round| Circle::new((x(*round), 0.0), 2, TEXT.filled())))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_start_at_zero_or_span_whole_decades() {
        let range = |values: &[f64], is_log| range(values.iter().copied(), is_log);
        assert_eq!(range(&[3.0, 100.0], false), 0.0..100.0);
        assert_eq!(range(&[2.0, 300.0], true), 1.0..1000.0);
        assert_eq!(range(&[10.0], true), 10.0..100.0);
    }
}
