//! The page, and its plots.

use super::Growth;
use super::capacity::{self, limits, need};
use super::curves::Point;
use crate::plot::Plot;
use crate::report::number;

const TEMPLATE: &str = include_str!("page.md");
const RATES: [f64; 4] = [1e3, 1e4, 1e5, 1e6];

/// What a line of a chart shows of a point.
type Of = fn(&Point) -> f64;

fn line(name: &str, points: &[Point], of: Of) -> (String, Vec<(f64, f64)>) {
    (name.to_owned(), points.iter().map(|point| (point.at, of(point))).collect())
}

/// The plots by the names of their files.
pub(super) fn plots(growth: &Growth) -> Vec<(&'static str, Plot<'static>)> {
    let plot = |title, x, y, lines| Plot { title, x, y, log_x: false, log_y: false, lines };
    let Growth { hot_load, mixed_load, sizes, hits, replicas, .. } = growth;
    let load = |of: Of| vec![line("all in memory", hot_load, of), line("hardly any", mixed_load, of)];
    let tiers = |points: &[Point]| {
        vec![
            line("the app", points, |point| point.sample.server_us),
            line("PostgreSQL", points, |point| point.sample.database_us),
        ]
    };
    let mut with_nginx = tiers(replicas);
    with_nginx.push(line("NGINX", replicas, |point| point.proxy_us));
    vec![
        (
            "load-throughput.svg",
            plot(
                "Throughput over offered load",
                "requests/s offered",
                "answered/s",
                load(|it| it.sample.per_second),
            ),
        ),
        (
            "load-p99.svg",
            Plot {
                log_y: true,
                ..plot("p99 over offered load", "requests/s offered", "ms", load(|it| it.sample.p99_ms))
            },
        ),
        (
            "sizes.svg",
            Plot {
                log_x: true,
                ..plot(
                    "CPU time of a cold read over the size of the data set",
                    "products",
                    "µs",
                    tiers(sizes),
                )
            },
        ),
        (
            "hits.svg",
            plot(
                "Throughput over the share of hits",
                "share of requests that were answered from memory",
                "requests/s",
                vec![(
                    "styles".to_owned(),
                    hits.iter().map(|point| (point.hits, point.sample.per_second)).collect(),
                )],
            ),
        ),
        (
            "hits-cpu.svg",
            plot(
                "CPU time a request over the share of requests for few products",
                "share",
                "µs",
                tiers(hits),
            ),
        ),
        ("replicas.svg", plot("CPU time a request by replicas", "replicas", "µs", with_nginx)),
    ]
}

/// The page in Markdown.
pub(super) fn page(growth: &Growth) -> String {
    let tiers = &growth.tiers;
    let told = |value: f64| number(Some(value));
    let percent = |value: f64| format!("{:.0}", value * 100.0);
    let disturbed = if growth.others > 0.05 {
        format!("**The machine was not quiet**: others had up to {} % of the CPUs.\n", percent(growth.others))
    } else {
        String::new()
    };
    let mut page = TEMPLATE.to_owned();
    for (name, value) in [
        ("machine", growth.machine.line()),
        ("disturbed", disturbed),
        ("hot_capacity", told(capacity_of(&growth.hot_load))),
        ("cold_capacity", told(capacity_of(&growth.mixed_load))),
        ("hot_p99", told(calm_p99(&growth.hot_load))),
        ("cold_p99", told(calm_p99(&growth.mixed_load))),
        ("sizes", table("products", &growth.sizes)),
        ("replicas", table("replicas", &growth.replicas)),
        ("hot_us", told(tiers.hot_us)),
        ("cold_us", told(tiers.cold_us)),
        ("database_us", told(tiers.database_us)),
        ("nginx_us", told(tiers.nginx_us)),
        ("behind_nginx_us", told(tiers.behind_nginx_us)),
        ("wrk_us", told(tiers.wrk_us)),
        ("oha_us", told(tiers.oha_us)),
        ("k6_us", told(tiers.k6_us)),
        ("database_gb", told(tiers.database_gb)),
        ("hot_ms", told(tiers.hot_ms)),
        ("bytes", told(tiers.bytes)),
        ("bytes_compressed", told(tiers.bytes_compressed)),
        ("idle_mb", told(tiers.idle_mb)),
        ("connections_mb", told(tiers.mb_for_10k_connections)),
        ("cached", told(tiers.mb_for_mb_cached)),
        ("hits_percent", percent(capacity::HITS)),
        ("planned_percent", percent(capacity::PLANNED)),
        ("replica_cores", format!("{:.0}", capacity::CORES_OF_A_REPLICA)),
        ("cache_mb", format!("{:.0}", capacity::CACHE_MB)),
        ("replica_connections", format!("{:.0}", capacity::CONNECTIONS_OF_A_REPLICA)),
        ("machine_cores", format!("{:.0}", capacity::CORES_OF_A_MACHINE)),
        ("connections", format!("{:.0}", capacity::CONNECTIONS)),
        ("capacity", capacity_table(growth)),
        (
            "limits",
            lines(limits(tiers).into_iter().map(|(name, rate)| format!("| {name} | {} |", told(rate)))),
        ),
    ] {
        page = page.replace(&format!("{{{{{name}}}}}"), &value);
    }
    page
}

fn lines(lines: impl Iterator<Item = String>) -> String {
    lines.collect::<Vec<_>>().join("\n")
}

/// The most that was answered a second.
fn capacity_of(points: &[Point]) -> f64 {
    points.iter().map(|point| point.sample.per_second).fold(0.0, f64::max)
}

/// The largest p99 at up to 70 % of what is possible.
fn calm_p99(points: &[Point]) -> f64 {
    let possible = capacity_of(points);
    let calm = points.iter().filter(|point| point.at <= 0.71 * possible);
    calm.map(|point| point.sample.p99_ms).fold(0.0, f64::max)
}

fn table(what: &str, points: &[Point]) -> String {
    let rows = points.iter().map(|point| {
        let Point { at, sample, proxy_us, .. } = point;
        let told = |value: f64| number(Some(value));
        format!(
            "| {at:.0} | {} | {} | {} | {} | {} |",
            told(sample.per_second),
            told(sample.p99_ms),
            told(sample.server_us),
            told(sample.database_us),
            told(*proxy_us)
        )
    });
    format!(
        "| {what} | requests/s | p99, ms | app, µs | PostgreSQL, µs | NGINX, µs |\n|---|---|---|---|---|---|\n{}",
        lines(rows)
    )
}

fn capacity_table(growth: &Growth) -> String {
    let told = |value: f64| number(Some(value));
    lines(RATES.into_iter().map(|rate| {
        let need = need(&growth.tiers, rate);
        let beyond = if need.beyond.is_empty() { "–".to_owned() } else { need.beyond.join(", ") };
        let next =
            need.next.map_or_else(|| "–".to_owned(), |(name, rate)| format!("{name}, at {}", told(rate)));
        format!(
            "| {} | {} | {} | {:.0} | {} GB | {} | {:.0} | {} Gbit/s | {beyond} | {next} |",
            told(need.rate),
            told(need.nginx_cores),
            told(need.app_cores),
            need.replicas,
            told(need.app_gb),
            told(need.database_cores),
            need.database_connections,
            told(need.gbit)
        )
    }))
}
