//! The last pages of a list against the first ones, all of them cache misses.

use super::group::Group;
use crate::bench::Bench;
use crate::error::Result;
use crate::row::{Figure, Row};
use crate::sample::{Sample, in_turn};
use crate::series::Series;
use crate::servers::Server;
use crate::service::{PRODUCTS, SMALLEST_CACHE};
use crate::wrk::Load;

const LATENCY: Figure = Figure::at_most("12", "page 200,000 of /products / page 1, latency", 1.2, 1.0);
pub(super) const GROUP: Group = Group { figures: &[LATENCY], measure, writes: false };

const COUNT: u64 = 5;
/// Pages at either end, in sequence: more than the cache holds when they repeat.
const PAGES: u64 = 5_000;

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let server = Server::atelier(bench, "pages", SMALLEST_CACHE)?;
    let last = (bench.data.products / COUNT).clamp(2, 200_000);
    let pages = PAGES.min(last / 2);
    let first_far = last - pages + 1;
    let load = |pages| Load::new(bench, PRODUCTS, pages).with("order=sequence").connections(1);
    let (far, near) = (load((first_far, last)), load((1, pages)));
    let [far, near] = in_turn(
        bench,
        [
            ("the last pages", Box::new(|| far.measure(bench, &server))),
            ("the first pages", Box::new(|| near.measure(bench, &server))),
        ],
    )?;
    let ms = |samples: &[Sample]| Series::each(samples, |sample| sample.p50_ms);
    let row = LATENCY.compared("ms", &ms(&far), "pages from 1 on", &ms(&near)).from(&[&far, &near]);
    let note = format!(
        "Median of one connection, pages {first_far} to {last} against 1 to {pages}, none from the cache"
    );
    Ok(vec![row.note(note)])
}
