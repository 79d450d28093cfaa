//! Through NGINX as it is shipped, against what NGINX and the service take each for itself.

use super::hot::{take, typical};
use crate::error::Result;
use crate::report::Row;
use crate::sample::{Sample, in_turn, measure as account};
use crate::series::Series;
use crate::servers::Server;
use crate::wrk::Load;
use crate::{Bench, STYLES};

const KEYS: u64 = 1_000;

pub(super) fn rows() -> Vec<Row> {
    vec![Row::at_most("11", "hot read through nginx / (nginx return + the app direct)", 1.8, 1.5)]
}

pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let server = Server::atelier(&bench.places, "atelier-proxied", &bench.data.url, &[])?;
    let (id, body) = typical(&server, KEYS.min(bench.data.products))?;
    let through = Server::nginx(&bench.places, &[server.address])?;
    let alone = Server::nginx_return(&bench.places, body.len())?;
    let load = Load::of(bench, &STYLES.replace("%d", &id.to_string()), (1, 1));
    load.clone().for_seconds(1).run(bench, &through)?;
    let [ours, direct, nginx] = in_turn(
        bench,
        [
            (
                "through nginx",
                Box::new(|| account(bench, &[through.pid(), server.pid()], || load.run(bench, &through))),
            ),
            ("the app direct", Box::new(|| account(bench, &[server.pid()], || load.run(bench, &server)))),
            ("nginx return", Box::new(|| account(bench, &[alone.pid()], || load.run(bench, &alone)))),
        ],
    )?;
    let us = |samples: &[Sample]| Series::each(samples, |sample| sample.server_us);
    let sum = us(&nginx).plus(&us(&direct));
    let [row] = take(rows())?;
    let note = format!(
        "nginx return {:.1} µs, the app {:.1} µs; nginx with its cache, which asks the app each time (304); access logs off",
        us(&nginx).median(),
        us(&direct).median()
    );
    let row =
        row.value("µs", &us(&ours)).anchor("nginx return + the app direct", &sum, &us(&ours).over(&sum));
    Ok(vec![row.from(&[&ours, &direct, &nginx]).note(note)])
}
