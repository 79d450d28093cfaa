//! Votes through the service, against pgbench with the service's own statement.

use super::group::Group;
use crate::bench::Bench;
use crate::data::ids_without_gap;
use crate::error::Result;
use crate::pgbench;
use crate::row::{Figure, Row};
use crate::sample::{Sample, in_turn, per_second};
use crate::series::Series;
use crate::servers::Server;
use crate::service::QUESTION_HELPFUL;
use crate::wrk::Load;

const RATE: Figure = Figure::at_least("13", "votes (PUT helpful) through the app", 0.5, 0.8);
pub(super) const GROUP: Group = Group { figures: &[RATE], measure, writes: true };

/// A part of the service's statement that no other has, and its parameters for one vote.
const STATEMENT: &str = "update questions q";
const PARAMETERS: [(&str, &str); 2] = [("$1", "array[:id]::bigint[]"), ("$2", "'{f}'")];

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let server = Server::atelier(bench, "votes", &[])?;
    let questions = ids_without_gap(&bench.data.url, "questions", "id")?;
    let statement = pgbench::statement_of_service(bench, STATEMENT, &PARAMETERS)?;
    let load = Load::new(bench, QUESTION_HELPFUL, (1, questions)).with("method=PUT");
    load.clone().seconds(1).run(bench, &server)?;
    let [ours, theirs] = in_turn(
        bench,
        [
            ("votes", Box::new(|| load.measure(bench, &server))),
            ("pgbench, the same update", Box::new(|| pgbench::measure(bench, "vote", &statement, questions))),
        ],
    )?;
    let anchor = "pgbench -M prepared, c=8, the same update a vote";
    let row = RATE.compared("votes/s", &per_second(&ours), anchor, &per_second(&theirs));
    let cpu_us = |samples: &[Sample]| Series::each(samples, Sample::all_us).median();
    let note = format!(
        "64 connections; CPU time a vote {:.0} µs against {:.0} µs; random questions of {questions}",
        cpu_us(&ours),
        cpu_us(&theirs)
    );
    Ok(vec![row.from(&[&ours, &theirs]).note(note)])
}
