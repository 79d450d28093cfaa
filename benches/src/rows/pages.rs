//! A page far behind against the first ones, none of which is in memory.

use super::hot::take;
use crate::error::Result;
use crate::report::Row;
use crate::sample::{Sample, in_turn, measure as account};
use crate::series::Series;
use crate::servers::Server;
use crate::wrk::Load;
use crate::{Bench, NO_CACHE};

const PATH: &str = "/products?page=%d&count=5";
/// Pages asked for around each end, one after the other: more than the cache holds when they come again.
const PAGES: u64 = 5_000;

pub(super) fn rows() -> Vec<Row> {
    vec![Row::at_most("12", "page 200,000 of /products / page 1, latency", 1.2, 1.0)]
}

pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let server = Server::atelier(&bench.places, "atelier-pages", &bench.data.url, NO_CACHE)?;
    let last = (bench.data.products / 5).clamp(2, 200_000);
    let pages = PAGES.min(last / 2);
    let ask = |ids: (u64, u64)| {
        let load = Load::of(bench, PATH, ids).with("order=sequence").by(1);
        account(bench, &[server.pid()], || load.run(bench, &server))
    };
    let [far, near] = in_turn(
        bench,
        [
            ("the last pages", Box::new(|| ask((last - pages + 1, last)))),
            ("the first pages", Box::new(|| ask((1, pages)))),
        ],
    )?;
    let ms = |samples: &[Sample]| Series::each(samples, |sample| sample.p50_ms);
    let [row] = take(rows())?;
    let row = row.value("ms", &ms(&far)).anchor("pages from 1 on", &ms(&near), &ms(&far).over(&ms(&near)));
    let note = format!(
        "median of one client, pages {} to {last} against 1 to {pages}, none from memory",
        last - pages + 1
    );
    Ok(vec![row.from(&[&far, &near]).note(note)])
}
