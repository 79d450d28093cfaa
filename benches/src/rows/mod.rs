//! The figures, a file a group: each brings what it measures and what that is compared with.

mod cold;
mod hot;
mod idle;
mod load;
mod memory;
mod misses;
mod mixed;
mod node;
mod pages;
mod proxy;
mod replicas;
mod start;
mod votes;

use crate::accounts::Accounts;
use crate::error::Result;
use crate::report::Row;
use crate::{Bench, say};

/// Some rows that are measured together.
pub(crate) struct Group {
    /// The rows, as they stand where one could not be measured.
    pub(crate) rows: fn() -> Vec<Row>,
    pub(crate) measure: fn(&Bench) -> Result<Vec<Row>>,
    /// Whether it writes to the database.
    pub(crate) writes: bool,
}

/// All of them, in an order that leaves the heavy ones for the end.
const GROUPS: [Group; 14] = [
    Group { rows: hot::rows, measure: hot::measure, writes: false },
    Group { rows: cold::rows, measure: cold::measure, writes: false },
    Group { rows: node::rows, measure: node::measure, writes: false },
    Group { rows: memory::rows, measure: memory::measure, writes: false },
    Group { rows: misses::rows, measure: misses::measure, writes: false },
    Group { rows: proxy::rows, measure: proxy::measure, writes: false },
    Group { rows: pages::rows, measure: pages::measure, writes: false },
    Group { rows: votes::rows, measure: votes::measure, writes: true },
    Group { rows: replicas::rows_of_writes, measure: replicas::measure_writes, writes: true },
    Group { rows: mixed::rows, measure: mixed::measure, writes: false },
    Group { rows: replicas::rows_of_reads, measure: replicas::measure_reads, writes: false },
    Group { rows: idle::rows, measure: idle::measure, writes: false },
    Group { rows: start::rows, measure: start::measure, writes: false },
    Group { rows: load::rows, measure: load::measure, writes: true },
];

/// Measures those of these ids, or all where none is named; in the order of their ids.
pub(crate) fn measure(bench: &Bench, only: &[String]) -> Vec<Row> {
    let mut rows = Vec::new();
    for group in GROUPS {
        let planned = (group.rows)();
        // 8 means 8a and 8b.
        let is_wanted = |row: &Row| {
            only.iter().any(|id| id == row.id || id == row.id.trim_end_matches(char::is_alphabetic))
        };
        if !only.is_empty() && !planned.iter().any(is_wanted) {
            continue;
        }
        let ids: Vec<_> = planned.iter().map(|row| row.id).collect();
        say(&format!(
            "{}: {}",
            ids.join(", "),
            planned.iter().map(|row| row.name).collect::<Vec<_>>().join("; ")
        ));
        let before = Accounts::now();
        let measured = if group.writes && !bench.data.may_write {
            Err("it writes to the database: --writes permits it".into())
        } else {
            (group.measure)(bench)
        };
        let others = Accounts::now().others_since(&before, &[std::process::id(), bench.data.postmaster]);
        let measured = measured.unwrap_or_else(|err| {
            say(&format!("  not measured: {err}"));
            planned.into_iter().map(|row| row.note(format!("not measured: {err}"))).collect()
        });
        // Those that are no samples of something are told who else was there all the time.
        rows.extend(measured.into_iter().map(|row| if row.others > 0.0 { row } else { row.beside(others) }));
    }
    rows.sort_by_key(|row| place(row.id));
    rows
}

/// 2 stands before 10, and 8a before 8b.
fn place(id: &str) -> (u32, &str) {
    let digits = id.find(|it: char| !it.is_ascii_digit()).unwrap_or(id.len());
    (id[..digits].parse().unwrap_or(0), &id[digits..])
}
