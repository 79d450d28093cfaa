//! Cold reads, answered by PostgreSQL, against pgbench with the service's own statement.

use super::group::Group;
use crate::bench::Bench;
use crate::error::Result;
use crate::pgbench;
use crate::row::{Figure, Row};
use crate::sample::{Sample, in_turn, per_second, server_us};
use crate::series::Series;
use crate::servers::Server;
use crate::service::{SMALLEST_CACHE, STYLES};
use crate::wrk::Load;

const RATE: Figure = Figure::at_least("3a", "cold random reads, c=64", 0.60, 0.90);
const RATE_PLAIN: Figure = Figure::at_least("3b", "the same against the plainest read by key", 0.60, 0.90);
const CPU: Figure = Figure::at_most("4a", "PostgreSQL's CPU a cold read", 1.0, 0.5);
const CPU_PLAIN: Figure = Figure::at_most("4b", "the same against the plainest read by key", 1.0, 0.5);
const FIGURES: &[Figure] = &[RATE, RATE_PLAIN, CPU, CPU_PLAIN];
pub(super) const GROUP: Group = Group { figures: FIGURES, measure, writes: false };

/// A part of the service's statement that no other has, and its parameters for one product.
const STATEMENT: &str = "join product_documents";
const PARAMETERS: [(&str, &str); 2] = [("$1", "array[:id]"), ("$2", "'{styles}'")];
/// The smallest read by key.
const PLAIN: &str = "select styles from product_documents where product_id = :id";

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let products = bench.data.products;
    let server = Server::atelier(bench, "cold", SMALLEST_CACHE)?;
    let statement = pgbench::statement_of_service(bench, STATEMENT, &PARAMETERS)?;
    let load = Load::new(bench, STYLES, (1, products));
    // Afterwards the pages that all contenders read are in PostgreSQL's memory.
    load.run(bench, &server)?;
    let (hits, [ours, theirs, plain]) = server.hit_ratio(|| {
        in_turn(
            bench,
            [
                ("cold styles, cache of 1 MiB", Box::new(|| load.measure(bench, &server))),
                (
                    "pgbench, our statement",
                    Box::new(|| pgbench::measure(bench, "read", &statement, products)),
                ),
                (
                    "pgbench, select styles by key",
                    Box::new(|| pgbench::measure(bench, "read-plain", PLAIN, products)),
                ),
            ],
        )
    })?;
    let note = format!(
        "The smallest cache, {:.1} % hits; the service's own CPU time {:.1} µs a read",
        hits * 100.0,
        server_us(&ours).median()
    );
    let database_us = |samples: &[Sample]| Series::each(samples, |sample| sample.database_us);
    let rate = |figure: Figure, name, anchor: &[Sample]| {
        figure.compared("reads/s", &per_second(&ours), name, &per_second(anchor)).from(&[&ours, anchor])
    };
    let cpu = |figure: Figure, name, anchor: &[Sample]| {
        figure.compared("µs", &database_us(&ours), name, &database_us(anchor)).from(&[&ours, anchor])
    };
    Ok(vec![
        rate(RATE, "pgbench -M prepared, c=8, our statement", &theirs).note(&note),
        rate(RATE_PLAIN, "pgbench -M prepared, c=8, select by key", &plain).note(&note),
        cpu(CPU, "pgbench, our statement", &theirs),
        cpu(CPU_PLAIN, "pgbench, select by key", &plain),
    ])
}
