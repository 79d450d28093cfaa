//! docs/performance.md and its plots.

use std::borrow::Borrow;

use askama::Template;

use super::capacity;
use super::figures::Figures;
use super::point::{self, Point};
use crate::error::Result;
use crate::plot::{Line, Plot};
use crate::row::number;

const RATES: [f64; 4] = [1e3, 1e4, 1e5, 1e6];

#[derive(Template)]
#[template(path = "performance.md", escape = "none")]
struct Page<'a> {
    figures: &'a Figures,
}

/// The page in Markdown.
pub(super) fn markdown(figures: &Figures) -> Result<String> {
    Ok(Page { figures }.render()?)
}

impl Page<'_> {
    /// Templates pass fields by reference and other expressions by value.
    fn number(value: impl Borrow<f64>) -> String {
        number(*value.borrow())
    }

    fn percent(share: f64) -> String {
        format!("{:.0}", share * 100.0)
    }

    /// The largest p99 up to 70 % of the capacity.
    fn p99_below_capacity(points: &[Point]) -> f64 {
        let capacity = point::capacity(points);
        let below = points.iter().filter(|point| point.at <= 0.71 * capacity);
        below.map(|point| point.sample.p99_ms).fold(0.0, f64::max)
    }
}

/// The plots by file name.
pub(super) fn plots(figures: &Figures) -> [(&'static str, Plot); 6] {
    let Figures { hot_load, mixed_load, sizes, hits, replicas, .. } = figures;
    let load = |y: fn(&Point) -> f64| vec![line("all hits", hot_load, y), line("hardly any", mixed_load, y)];
    let tiers = |points| {
        let app = line("the app", points, |point| point.sample.server_us);
        vec![app, line("PostgreSQL", points, |point| point.sample.database_us)]
    };
    let mut with_nginx = tiers(replicas);
    with_nginx.push(line("NGINX", replicas, |point| point.proxy_us));
    let throughput = load(|point| point.sample.per_second);
    let p99 = load(|point| point.sample.p99_ms);
    let by_hits = hits.iter().map(|point| (point.hits, point.sample.per_second)).collect();
    let offered = "requests/s offered";
    let throughput = Plot::new("Throughput over offered load", offered, "answered/s", throughput);
    let p99 = Plot::new("p99 over offered load", offered, "ms", p99).log_y();
    let sizes =
        Plot::new("CPU time of a cold read over the data set", "products", "µs", tiers(sizes)).log_x();
    let by_hits = Plot::new("Throughput over hits", "share of hits", "requests/s", vec![("styles", by_hits)]);
    let cpu = Plot::new("CPU time over hot requests", "share for few products", "µs a request", tiers(hits));
    let replicas = Plot::new("CPU time over replicas", "replicas", "µs a request", with_nginx);
    [
        ("load-throughput.svg", throughput),
        ("load-p99.svg", p99),
        ("sizes.svg", sizes),
        ("hits.svg", by_hits),
        ("hits-cpu.svg", cpu),
        ("replicas.svg", replicas),
    ]
}

fn line(name: &'static str, points: &[Point], y: fn(&Point) -> f64) -> Line {
    (name, points.iter().map(|point| (point.at, y(point))).collect())
}
