//! The rows, a file a group: each has its figures, their targets, and how they are measured.

mod cold;
mod document;
mod far_pages;
mod group;
mod hot;
mod idle;
mod load;
mod memory;
mod misses;
mod mixed;
mod node;
mod propagation;
mod proxy;
mod replicas;
mod start;
mod votes;

use crate::bench::Bench;
use crate::error::error;
use crate::procfs::CpuTimes;
use crate::row::{Figure, Row};
use group::Group;

/// All groups; the heaviest is last.
const GROUPS: [Group; 14] = [
    hot::GROUP,
    cold::GROUP,
    node::GROUP,
    memory::GROUP,
    misses::GROUP,
    proxy::GROUP,
    far_pages::GROUP,
    votes::GROUP,
    propagation::GROUP,
    mixed::GROUP,
    replicas::GROUP,
    idle::GROUP,
    start::GROUP,
    load::GROUP,
];

/// Measures the groups of these rows, or all if none is named, and returns the rows by id.
pub(crate) fn measure(bench: &Bench, only: &[String]) -> Vec<Row> {
    // 8 stands for 8a and 8b.
    let is_named =
        |figure: &Figure| only.iter().any(|id| [figure.id, digits(figure.id)].contains(&id.as_str()));
    let wanted = |group: &Group| only.is_empty() || group.figures.iter().any(is_named);
    let groups = GROUPS.iter().filter(|group| wanted(group));
    let mut rows: Vec<_> = groups.flat_map(|group| measure_group(bench, group)).collect();
    // 2 before 10, and 8a before 8b.
    rows.sort_by_key(|row| (digits(row.figure.id).parse().unwrap_or(0), row.figure.id));
    rows
}

fn measure_group(bench: &Bench, group: &Group) -> Vec<Row> {
    let list = |of: fn(&Figure) -> &str| group.figures.iter().map(of).collect::<Vec<_>>();
    eprintln!("{}: {}", list(|figure| figure.id).join(", "), list(|figure| figure.name).join("; "));
    let before = CpuTimes::now();
    let measured = if group.writes && !bench.data.may_write {
        Err(error("it writes to the database, which needs --writes"))
    } else {
        (group.measure)(bench)
    };
    let others = CpuTimes::now().others_since(&before, &[std::process::id(), bench.data.postmaster]);
    let measured = measured.unwrap_or_else(|err| {
        eprintln!("  not measured: {err}");
        group.figures.iter().map(|figure| figure.not_measured(&err.to_string())).collect()
    });
    // Rows that are not made of samples get the whole time's share of other processes.
    measured.into_iter().map(|row| if row.others > 0.0 { row } else { row.with_others(others) }).collect()
}

fn digits(id: &str) -> &str {
    id.trim_end_matches(char::is_alphabetic)
}
