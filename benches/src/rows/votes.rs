//! Votes through the service, against pgbench with the statement that the service runs for them.

use super::hot::take;
use crate::Bench;
use crate::data::psql;
use crate::error::Result;
use crate::pgbench::{run, statement_of_program};
use crate::report::Row;
use crate::sample::{Sample, in_turn, measure as account};
use crate::series::Series;
use crate::servers::Server;
use crate::wrk::Load;

const STATEMENT: &str = "update questions q";
const PARAMETERS: [(&str, &str); 2] = [("$1", "array[:id]::bigint[]"), ("$2", "'{f}'")];

/// Up to which id none is missing: lines that could not be loaded leave gaps.
const WITHOUT_GAPS: &str = "select count(*) from (select id, row_number() over (order by id) as place from questions) it where id = place";

pub(super) fn rows() -> Vec<Row> {
    vec![Row::at_least("13", "votes (PUT helpful) through the app", 0.5, 0.8)]
}

pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let server = Server::atelier(&bench.places, "atelier-votes", &bench.data.url, &[])?;
    let questions: u64 = psql(&bench.data.url, WITHOUT_GAPS)?.parse()?;
    let statement = statement_of_program(bench, STATEMENT, &PARAMETERS)?;
    let load = Load::of(bench, "/qa/questions/%d/helpful", (1, questions)).with("method=PUT");
    load.clone().for_seconds(1).run(bench, &server)?;
    let [ours, theirs] = in_turn(
        bench,
        [
            ("votes", Box::new(|| account(bench, &[server.pid()], || load.run(bench, &server)))),
            (
                "pgbench, the same update",
                Box::new(|| account(bench, &[], || run(bench, "vote", &statement, questions))),
            ),
        ],
    )?;
    let per_second = |samples: &[Sample]| Series::each(samples, |sample| sample.per_second);
    let [row] = take(rows())?;
    let row = row.value("votes/s", &per_second(&ours)).anchor(
        "pgbench -M prepared, c=8, the same update a vote",
        &per_second(&theirs),
        &per_second(&ours).over(&per_second(&theirs)),
    );
    let us =
        |samples: &[Sample]| Series::each(samples, |sample| sample.server_us + sample.database_us).median();
    let note = format!(
        "64 clients; CPU a vote {:.0} µs against {:.0} µs; random questions of {questions}",
        us(&ours),
        us(&theirs)
    );
    Ok(vec![row.from(&[&ours, &theirs]).note(note)])
}
