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
    let hit_rate = hits.iter().map(|point| (point.hits, point.sample.per_second)).collect();
    let throughput = load(|point| point.sample.per_second);
    let p99 = load(|point| point.sample.p99_ms);
    let offered = "requests/s offered";
    let (by_load, by_size) =
        ("p99 over offered load", "CPU time of a cold read over the size of the data set");
    let by_share = "CPU time a request over the share of requests for few products";
    [
        (
            "load-throughput.svg",
            Plot::linear("Throughput over offered load", offered, "answered/s", throughput),
        ),
        ("load-p99.svg", Plot { log_y: true, ..Plot::linear(by_load, offered, "ms", p99) }),
        ("sizes.svg", Plot { log_x: true, ..Plot::linear(by_size, "products", "µs", tiers(sizes)) }),
        (
            "hits.svg",
            Plot::linear(
                "Throughput over the share of hits",
                "hits",
                "requests/s",
                vec![("styles", hit_rate)],
            ),
        ),
        ("hits-cpu.svg", Plot::linear(by_share, "share", "µs", tiers(hits))),
        ("replicas.svg", Plot::linear("CPU time a request by replicas", "replicas", "µs", with_nginx)),
    ]
}

fn line(name: &'static str, points: &[Point], y: fn(&Point) -> f64) -> Line {
    (name, points.iter().map(|point| (point.at, y(point))).collect())
}
