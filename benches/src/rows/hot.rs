//! Cache hits: of one key, of 50,000 random keys, and compressed; against hyper with the same body.

use super::document;
use super::group::Group;
use crate::bench::Bench;
use crate::error::Result;
use crate::row::{Figure, Row};
use crate::sample::{Sample, in_turn, per_second, server_us};
use crate::series::Series;
use crate::servers::Server;
use crate::service::{CACHE_ENTRIES, CACHE_MISSES, STYLES, path};
use crate::wrk::Load;

const ONE_KEY: Figure = Figure::at_least("1", "hot read, everything on", 0.80, 0.90);
const RANDOM_KEYS: Figure = Figure::at_least("2", "hot read over 50,000 random keys", 0.75, 0.88);
const GZIP: Figure = Figure::at_most("10a", "gzip hit", 1.1, 1.0);
const BROTLI: Figure = Figure::at_most("10b", "brotli hit", 1.1, 1.0);
const FIGURES: &[Figure] = &[ONE_KEY, RANDOM_KEYS, GZIP, BROTLI];
pub(super) const GROUP: Group = Group { figures: FIGURES, measure, writes: false };

const KEYS: u64 = 50_000;

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let keys = KEYS.min(bench.data.products);
    let server = Server::atelier(bench, "hot", &[])?;
    let (id, body) = document::of_mean_size(&server, keys)?;
    let bare = Server::bare(bench, &body)?;

    let one = Load::new(bench, &path(STYLES, id), (1, 1));
    let many = Load::new(bench, STYLES, (1, keys));
    let (with_gzip, with_brotli) =
        (one.clone().with("accept-encoding=gzip"), one.clone().with("accept-encoding=br"));
    // Until all keys are cached.
    while server.metric(CACHE_ENTRIES)? < keys as f64 {
        many.clone().with("order=sequence").seconds(2).run(bench, &server)?;
    }
    let misses_before = server.metric(CACHE_MISSES)?;
    let [ours, random, gzip, brotli, theirs] = in_turn(
        bench,
        [
            ("one key", Box::new(|| one.measure(bench, &server))),
            ("50,000 keys", Box::new(|| many.measure(bench, &server))),
            ("one key, gzip", Box::new(|| with_gzip.measure(bench, &server))),
            ("one key, brotli", Box::new(|| with_brotli.measure(bench, &server))),
            ("bare hyper", Box::new(|| one.measure(bench, &bare))),
        ],
    )?;
    let misses = server.metric(CACHE_MISSES)? - misses_before;

    let against_hyper = |figure: Figure, samples: &[Sample]| {
        let (ours, theirs_us) = (server_us(samples), server_us(&theirs));
        let note = format!(
            "{} bytes, product {id}; {:.0} requests/s, hyper {:.0}; wrk -t1 -c64; {misses:.0} misses in rows 1, 2 and 10",
            body.len(),
            per_second(samples).median(),
            per_second(&theirs).median()
        );
        figure
            .value("µs", &ours)
            .anchor("bare hyper, same bytes", &theirs_us, &theirs_us.over(&ours))
            .from(&[samples, &theirs])
            .note(note)
    };
    let against_identity = |figure: Figure, samples: &[Sample]| {
        let bytes = Series::each(samples, |sample| sample.bytes).median();
        figure
            .compared("µs", &server_us(samples), "the same hit, identity", &server_us(&ours))
            .from(&[samples, &ours])
            .note(format!("{bytes:.0} bytes on the wire, head included"))
    };
    Ok(vec![
        against_hyper(ONE_KEY, &ours),
        against_hyper(RANDOM_KEYS, &random),
        against_identity(GZIP, &gzip),
        against_identity(BROTLI, &brotli),
    ])
}
