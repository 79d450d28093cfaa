//! Answers from memory: of one product, of 50,000 at random, and compressed ones; against hyper with the same bytes.

use crate::ask::{get, metric};
use crate::error::{Result, error};
use crate::report::Row;
use crate::sample::{Sample, in_turn, measure as account};
use crate::series::Series;
use crate::servers::Server;
use crate::wrk::Load;
use crate::{Bench, STYLES};

const KEYS: u64 = 50_000;
/// How many bodies tell how large one is.
const LOOKED_AT: u64 = 500;

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::at_least("1", "hot read, everything on", 0.80, 0.90),
        Row::at_least("2", "hot read over 50,000 random keys", 0.75, 0.88),
        Row::at_most("10a", "gzip hit", 1.1, 1.0),
        Row::at_most("10b", "brotli hit", 1.1, 1.0),
    ]
}

pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let keys = KEYS.min(bench.data.products);
    let server = Server::atelier(&bench.places, "atelier-hot", &bench.data.url, &[])?;
    let (id, body) = typical(&server, keys)?;
    let bare = Server::bare(&bench.places, &body)?;

    let path = STYLES.replace("%d", &id.to_string());
    let one = Load::of(bench, &path, (1, 1));
    let many = Load::of(bench, STYLES, (1, keys));
    // Until each key is in memory.
    while metric(server.address, "atelier_cache_entries")? < keys as f64 {
        many.clone().with("order=sequence").for_seconds(2).run(bench, &server)?;
    }
    let ask = |server: &Server, load: Load| {
        let pid = [server.pid()];
        account(bench, &pid, || load.run(bench, server))
    };
    let missed_before = metric(server.address, "atelier_cache_misses_total")?;
    let [ours, random, gzip, brotli, theirs] = in_turn(
        bench,
        [
            ("one key", Box::new(|| ask(&server, one.clone()))),
            ("50,000 keys", Box::new(|| ask(&server, many.clone()))),
            ("one key, gzip", Box::new(|| ask(&server, one.clone().with("accept-encoding=gzip")))),
            ("one key, brotli", Box::new(|| ask(&server, one.clone().with("accept-encoding=br")))),
            ("bare hyper", Box::new(|| ask(&bare, one.clone()))),
        ],
    )?;
    let missed = metric(server.address, "atelier_cache_misses_total")? - missed_before;

    let us = |samples: &[Sample]| Series::each(samples, |sample| sample.server_us);
    let note = |samples: &[Sample]| {
        let per_second = |samples: &[Sample]| Series::each(samples, |sample| sample.per_second).median();
        format!(
            "{} bytes, product {id}; {:.0} requests/s, hyper {:.0}; wrk -t1 -c64",
            body.len(),
            per_second(samples),
            per_second(&theirs)
        )
    };
    let against_hyper = |row: Row, samples: &[Sample]| {
        let row = row.value("µs", &us(samples));
        row.anchor("bare hyper, same bytes", &us(&theirs), &us(&theirs).over(&us(samples)))
            .from(&[samples, &theirs])
    };
    let against_plain = |row: Row, samples: &[Sample]| {
        let row = row.value("µs", &us(samples));
        row.anchor("the same hit, identity", &us(&ours), &us(samples).over(&us(&ours)))
            .from(&[samples, &ours])
            .note(format!(
                "{:.0} bytes on the wire, head included",
                Series::each(samples, |it| it.bytes).median()
            ))
    };
    let [first, second, tenth_a, tenth_b] = take(rows())?;
    Ok(vec![
        against_hyper(first, &ours).note(note(&ours)),
        against_hyper(second, &random).note(format!("{}; {missed:.0} misses in all", note(&random))),
        against_plain(tenth_a, &gzip),
        against_plain(tenth_b, &brotli),
    ])
}

/// The rows that a group has, by number.
pub(super) fn take<const N: usize>(rows: Vec<Row>) -> Result<[Row; N]> {
    rows.try_into().map_err(|_| error("a group has another number of rows"))
}

/// The product whose answer is the nearest to the mean size, and that answer.
pub(super) fn typical(server: &Server, keys: u64) -> Result<(u64, Vec<u8>)> {
    let looked_at = LOOKED_AT.min(keys);
    let mut bodies = Vec::new();
    for number in 0..looked_at {
        let id = 1 + number * keys / looked_at;
        let answer = get(server.address, &STYLES.replace("%d", &id.to_string()))?;
        if answer.status == 200 {
            bodies.push((id, answer.body));
        }
    }
    let mean = bodies.iter().map(|(_, body)| body.len()).sum::<usize>() / bodies.len().max(1);
    let nearest = bodies.into_iter().min_by_key(|(_, body)| body.len().abs_diff(mean));
    nearest.ok_or_else(|| error("there are no products"))
}
