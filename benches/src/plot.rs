//! Line charts as SVG, for a page that is read on light and on dark paper.

use std::fmt::Write as _;

use crate::page::escape;
use crate::report::number;

/// A chart: named lines of points.
pub(crate) struct Plot<'a> {
    pub(crate) title: &'a str,
    pub(crate) x: &'a str,
    pub(crate) y: &'a str,
    /// Whether each step of x, or y, is ten times the one before.
    pub(crate) log_x: bool,
    pub(crate) log_y: bool,
    pub(crate) lines: Vec<(String, Vec<(f64, f64)>)>,
}

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 340.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 56.0;
const BOTTOM: f64 = 48.0;
const COLOURS: [&str; 5] = ["#2f6fde", "#d4605a", "#2e9d63", "#b07a1e", "#8456c9"];

/// An axis from its least to its largest value.
struct Axis {
    low: f64,
    high: f64,
    is_log: bool,
}

impl Axis {
    fn over(values: impl Iterator<Item = f64> + Clone, is_log: bool) -> Self {
        let high = values.clone().fold(0.0, f64::max).max(1e-9);
        if !is_log {
            return Self { low: 0.0, high, is_log };
        }
        let low = values.filter(|value| *value > 0.0).fold(high, f64::min);
        let (low, high) = (10_f64.powf(low.log10().floor()), 10_f64.powf(high.log10().ceil()));
        Self { low, high: if high > low { high } else { low * 10.0 }, is_log }
    }

    /// From 0 to 1.
    fn place(&self, value: f64) -> f64 {
        if self.is_log {
            (value.max(self.low) / self.low).log10() / (self.high / self.low).log10()
        } else {
            (value - self.low) / (self.high - self.low)
        }
    }

    fn ticks(&self) -> Vec<f64> {
        if self.is_log {
            let decades = (self.high / self.low).log10().round() as i32;
            return (0..=decades).map(|decade| self.low * 10_f64.powi(decade)).collect();
        }
        let rough = self.high / 5.0;
        let decade = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|it| it * decade).into_iter().find(|step| *step >= rough);
        let step = step.unwrap_or(rough);
        let last = (self.high * 1.001 / step) as u32;
        (0..=last).map(|number| f64::from(number) * step).collect()
    }
}

impl Plot<'_> {
    /// The drawing.
    pub(crate) fn svg(&self) -> String {
        let points = || self.lines.iter().flat_map(|(_, points)| points.iter());
        let xs = Axis::over(points().map(|point| point.0), self.log_x);
        let ys = Axis::over(points().map(|point| point.1), self.log_y);
        let x = |value: f64| LEFT + xs.place(value) * (WIDTH - LEFT - RIGHT);
        let y = |value: f64| HEIGHT - BOTTOM - ys.place(value) * (HEIGHT - TOP - BOTTOM);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">\n\
             <style>text{{font:12px system-ui,sans-serif;fill:#6b7280}}.t{{font-size:14px;font-weight:600}}.g{{stroke:#8a94a5;stroke-opacity:.3}}</style>\n\
             <text class=\"t\" x=\"{LEFT}\" y=\"20\">{}</text>\n",
            escape(self.title),
            escape(self.title)
        );
        // Writing to a String can't fail.
        for tick in xs.ticks() {
            let at = x(tick);
            let _ = writeln!(
                svg,
                "<path class=\"g\" d=\"M{at:.1} {TOP}V{:.1}\"/><text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                HEIGHT - BOTTOM,
                HEIGHT - BOTTOM + 17.0,
                label(tick)
            );
        }
        for tick in ys.ticks() {
            let at = y(tick);
            let _ = writeln!(
                svg,
                "<path class=\"g\" d=\"M{LEFT} {at:.1}H{:.1}\"/><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                WIDTH - RIGHT,
                LEFT - 7.0,
                at + 4.0,
                label(tick)
            );
        }
        let (middle, bottom) = (f64::midpoint(LEFT, WIDTH - RIGHT), HEIGHT - 8.0);
        let _ = writeln!(
            svg,
            "<text x=\"{middle}\" y=\"{bottom}\" text-anchor=\"middle\">{}</text>",
            escape(self.x)
        );
        let _ = writeln!(
            svg,
            "<text x=\"{LEFT}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            TOP - 8.0,
            escape(self.y)
        );
        let mut from = LEFT + 60.0;
        for ((name, points), colour) in self.lines.iter().zip(COLOURS.iter().cycle()) {
            let _ = writeln!(
                svg,
                "<rect x=\"{from:.1}\" y=\"31\" width=\"12\" height=\"3\" fill=\"{colour}\"/><text x=\"{:.1}\" y=\"37\">{}</text>",
                from + 17.0,
                escape(name)
            );
            from += 36.0 + 6.3 * name.chars().count() as f64;
            let path: Vec<_> =
                points.iter().map(|point| format!("{:.1} {:.1}", x(point.0), y(point.1))).collect();
            let _ = writeln!(
                svg,
                "<path d=\"M{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
                path.join("L")
            );
            for point in points {
                let _ = writeln!(
                    svg,
                    "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\" fill=\"{colour}\"><title>{}: {}</title></circle>",
                    x(point.0),
                    y(point.1),
                    number(Some(point.0)),
                    number(Some(point.1))
                );
            }
        }
        svg + "</svg>\n"
    }
}

/// Short: 20k.
fn label(value: f64) -> String {
    match value {
        value if value >= 1e6 => format!("{}M", value / 1e6),
        value if value >= 1e4 => format!("{}k", value / 1e3),
        value => format!("{}", (value * 1e6).round() / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_have_round_ticks() {
        let axis = |values: &[f64], is_log| Axis::over(values.iter().copied(), is_log).ticks();
        assert_eq!(axis(&[3.0, 95.0], false), [0.0, 20.0, 40.0, 60.0, 80.0]);
        assert_eq!(axis(&[2.0, 300.0], true), [1.0, 10.0, 100.0, 1000.0]);
    }
}
