//! Styles against Express and pg, written as a good Node engineer would (benches/express).

use std::process::Command;

use super::hot::{take, typical};
use crate::ask::get;
use crate::error::{Result, error};
use crate::places::output;
use crate::report::Row;
use crate::sample::{Sample, in_turn, measure as account};
use crate::series::Series;
use crate::servers::Server;
use crate::wrk::Load;
use crate::{Bench, NO_CACHE, STYLES};

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::at_least("5", "cold styles against Express + pg", 8.0, 14.0),
        Row::at_least("6", "hot styles against Express + Map", 8.0, 12.0),
    ]
}

pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let (places, url, products) = (&bench.places, &bench.data.url, bench.data.products);
    if !places.file("express/node_modules/pg").exists() {
        let mut install = Command::new("npm");
        install.args(["ci", "--no-audit", "--no-fund"]).current_dir(places.file("express"));
        output(&mut install)?;
    }
    let cold = Server::atelier(places, "atelier-cold", url, NO_CACHE)?;
    let hot = Server::atelier(places, "atelier-hot", url, &[])?;
    let express = Server::express(places, url, false)?;
    let express_cached = Server::express(places, url, true)?;
    let (id, body) = typical(&cold, products)?;
    let path = STYLES.replace("%d", &id.to_string());
    compare(&body, &get(express.address, &path)?.body)?;

    let any = Load::of(bench, STYLES, (1, products));
    let one = Load::of(bench, &path, (1, 1));
    let ask = |server: &Server, load: &Load| account(bench, &[server.pid()], || load.run(bench, server));
    for (server, load) in [(&express, &any), (&express_cached, &one), (&hot, &one)] {
        // V8 compiles what is hot, and the caches are filled.
        load.clone().for_seconds(2).run(bench, server)?;
    }
    let [ours, theirs, ours_hot, theirs_hot] = in_turn(
        bench,
        [
            ("cold styles", Box::new(|| ask(&cold, &any))),
            ("Express, cold", Box::new(|| ask(&express, &any))),
            ("hot styles", Box::new(|| ask(&hot, &one))),
            ("Express, Map", Box::new(|| ask(&express_cached, &one))),
        ],
    )?;
    let per_second = |samples: &[Sample]| Series::each(samples, |sample| sample.per_second);
    let row = |row: Row, ours: &[Sample], theirs: &[Sample], name| {
        let cpu = |samples: &[Sample]| Series::each(samples, |it| it.server_us + it.database_us).median();
        row.value("requests/s", &per_second(ours))
            .anchor(name, &per_second(theirs), &per_second(ours).over(&per_second(theirs)))
            .from(&[ours, theirs])
            .note(format!(
                "CPU a request with PostgreSQL's: {:.0} µs against {:.0} µs; Express runs a process a CPU",
                cpu(ours),
                cpu(theirs)
            ))
    };
    let [fifth, sixth] = take(rows())?;
    Ok(vec![
        row(fifth, &ours, &theirs, "Express 5 + pg 8, json_agg"),
        row(sixth, &ours_hot, &theirs_hot, "Express 5, Map cache"),
    ])
}

/// Both must answer the same, as far as JSON goes.
fn compare(ours: &[u8], theirs: &[u8]) -> Result<()> {
    let parse = serde_json::from_slice::<serde_json::Value>;
    let is_same = parse(ours).ok().zip(parse(theirs).ok()).is_some_and(|(ours, theirs)| ours == theirs);
    is_same.then_some(()).ok_or_else(|| error("Express answers something else than the service"))
}
