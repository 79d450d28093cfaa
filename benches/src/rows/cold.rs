//! Answers that are not in memory: the whole way to PostgreSQL, against pgbench with the statement that the service runs.

use super::hot::take;
use crate::ask::metric;
use crate::error::Result;
use crate::pgbench::{run, statement_of_program};
use crate::report::Row;
use crate::sample::{Sample, in_turn, measure as account};
use crate::series::Series;
use crate::servers::Server;
use crate::wrk::Load;
use crate::{Bench, NO_CACHE, STYLES};

/// What the read of a document is recognised by, and its parameters for one product.
const STATEMENT: &str = "join product_documents";
const PARAMETERS: [(&str, &str); 3] = [("$1", "'{0}'"), ("$2", "array[:id]"), ("$3", "'{styles}'")];
/// The least that can be asked by key.
const PLAIN: &str = "select styles from product_documents where product_id = :id";

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::at_least("3a", "cold random reads, c=64", 0.60, 0.90),
        Row::at_least("3b", "the same against the plainest read by key", 0.60, 0.90),
        Row::at_most("4a", "PostgreSQL's CPU a cold read", 1.0, 0.5),
        Row::at_most("4b", "the same against the plainest read by key", 1.0, 0.5),
    ]
}

pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let products = bench.data.products;
    let server = Server::atelier(&bench.places, "atelier-cold", &bench.data.url, NO_CACHE)?;
    let statement = statement_of_program(bench, STATEMENT, &PARAMETERS)?;
    let load = Load::of(bench, STYLES, (1, products));
    let count = || -> Result<(f64, f64)> {
        Ok((
            metric(server.address, "atelier_cache_hits_total")?,
            metric(server.address, "atelier_cache_misses_total")?,
        ))
    };
    // What both read lies in memory afterwards.
    load.run(bench, &server)?;
    let before = count()?;
    let [ours, theirs, plain] = in_turn(
        bench,
        [
            (
                "cold styles, cache of 1 MiB",
                Box::new(|| account(bench, &[server.pid()], || load.run(bench, &server))),
            ),
            (
                "pgbench, our statement",
                Box::new(|| account(bench, &[], || run(bench, "read", &statement, products))),
            ),
            (
                "pgbench, select styles by key",
                Box::new(|| account(bench, &[], || run(bench, "read-plain", PLAIN, products))),
            ),
        ],
    )?;
    let after = count()?;
    let hits = (after.0 - before.0) / (after.0 - before.0 + after.1 - before.1);

    let per_second = |samples: &[Sample]| Series::each(samples, |sample| sample.per_second);
    let us = |samples: &[Sample]| Series::each(samples, |sample| sample.database_us);
    let [third_a, third_b, fourth_a, fourth_b] = take(rows())?;
    let faster = |row: Row, anchor: &[Sample], name| {
        let row = row.value("reads/s", &per_second(&ours)).from(&[&ours, anchor]);
        row.anchor(name, &per_second(anchor), &per_second(&ours).over(&per_second(anchor)))
    };
    let cheaper = |row: Row, anchor: &[Sample], name| {
        let row = row.value("µs", &us(&ours)).from(&[&ours, anchor]);
        row.anchor(name, &us(anchor), &us(&ours).over(&us(anchor)))
    };
    let app_us = Series::each(&ours, |sample| sample.server_us).median();
    let note = format!(
        "the least cache that can be set, {:.1} % hits; the service's own CPU {app_us:.1} µs a read",
        hits * 100.0
    );
    Ok(vec![
        faster(third_a, &theirs, "pgbench -M prepared, c=8, our statement").note(&note),
        faster(third_b, &plain, "pgbench -M prepared, c=8, select by key").note(&note),
        cheaper(fourth_a, &theirs, "pgbench, our statement"),
        cheaper(fourth_b, &plain, "pgbench, select by key"),
    ])
}
