//! Several replicas over one database: how soon they show what another has written, and how often they read the same.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::Method;
use tokio::time::{interval, sleep};

use super::hot::take;
use crate::ask::metric;
use crate::client::Client;
use crate::data::psql;
use crate::error::{Result, error};
use crate::report::Row;
use crate::series::Series;
use crate::servers::Server;
use crate::wrk::Load;
use crate::{Bench, JOBS, STYLES};

const REPLICAS: usize = 4;
/// Of votes that are only there to be written, and of those that are looked for.
const WRITES_PER_SECOND: u64 = 500;
const WATCHERS: u64 = 20;
/// Asked for this often each, by which every replica is asked for each.
const TIMES: u32 = 16;

pub(super) fn rows_of_writes() -> Vec<Row> {
    vec![Row::at_most("14", "a write on one replica seen on another, p99", 250.0, 50.0)]
}

pub(super) fn rows_of_reads() -> Vec<Row> {
    vec![Row::at_most("16", "reads of the database at 4 replicas / at 1, same keys", 1.5, 1.1)]
}

fn start(bench: &Bench, count: usize) -> Result<Vec<Server>> {
    let names = ["atelier-replica-1", "atelier-replica-2", "atelier-replica-3", "atelier-replica-4"];
    names.iter().take(count).map(|name| Server::atelier(&bench.places, name, &bench.data.url, &[])).collect()
}

/// Watchers vote on one replica and ask another until it shows the vote, while others vote 500 times a second.
pub(super) fn measure_writes(bench: &Bench) -> Result<Vec<Row>> {
    let replicas = start(bench, REPLICAS)?;
    let addresses: Arc<[_]> = replicas.iter().map(|replica| replica.address).collect();
    let few = format!(
        "select id || ' ' || product_id from questions where not is_reported order by id limit {WATCHERS}"
    );
    let watched: Vec<(u64, u64)> = psql(&bench.data.url, &few)?
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter_map(|(question, product)| Some((question.parse().ok()?, product.parse().ok()?)))
        .collect();
    let voted = psql(
        &bench.data.url,
        &format!(
            "select string_agg(id::text, ',') from (select id from questions order by id offset {} limit 10000) it",
            10 * WATCHERS
        ),
    )?;
    let voted: Arc<[u64]> = voted.split(',').filter_map(|id| id.parse().ok()).collect();
    if watched.is_empty() || voted.is_empty() {
        return Err(error("there are too few questions"));
    }
    let length = Duration::from_secs(u64::from(bench.seconds * bench.rounds).max(6));
    let (delays, writes) = bench.runtime.block_on(async {
        let started = Instant::now();
        let mut watchers = Vec::new();
        for (number, (question, product)) in watched.into_iter().enumerate() {
            let addresses = Arc::clone(&addresses);
            watchers.push(tokio::spawn(async move {
                let (here, there) =
                    (number % REPLICAS, (number + 1 + number / REPLICAS % (REPLICAS - 1)) % REPLICAS);
                watch(addresses[here], addresses[there], question, product, started + length).await
            }));
        }
        let mut writers = Vec::new();
        for number in 0..REPLICAS {
            let (address, voted) = (addresses[number], Arc::clone(&voted));
            writers.push(tokio::spawn(write(address, voted, number, started + length)));
        }
        let (mut delays, mut written) = (Vec::new(), 0);
        for watcher in watchers {
            delays.extend(watcher.await??);
        }
        for writer in writers {
            written += writer.await??;
        }
        Ok::<_, crate::error::Error>((Series(delays), written))
    })?;
    let [row] = take(rows_of_writes())?;
    let note = format!(
        "{} writes were looked for, at {:.0} writes/s in all; from the answer to the write until the other shows it: median {:.1} ms, largest {:.0} ms",
        delays.0.len(),
        (f64::from(writes) + delays.0.len() as f64) / length.as_secs_f64(),
        delays.median(),
        delays.max()
    );
    Ok(vec![row.value("ms", &Series::one(delays.percentile(99.0))).note(note)])
}

/// Votes here at its share of the rate, whatever the answers do.
async fn write(address: std::net::SocketAddr, voted: Arc<[u64]>, number: usize, end: Instant) -> Result<u32> {
    let mut ticks = interval(Duration::from_micros(1_000_000 * REPLICAS as u64 / WRITES_PER_SECOND));
    let mut client = Client::connect(address).await?;
    let mut writes = 0;
    for id in voted.iter().cycle().skip(number).step_by(REPLICAS) {
        if Instant::now() >= end {
            break;
        }
        ticks.tick().await;
        client.ask(Method::PUT, &format!("/qa/questions/{id}/helpful")).await?;
        writes += 1;
    }
    Ok(writes)
}

/// Votes here, and looks there until it shows: how long each took, in milliseconds.
async fn watch(
    here: std::net::SocketAddr,
    there: std::net::SocketAddr,
    question: u64,
    product: u64,
    end: Instant,
) -> Result<Vec<f64>> {
    let (mut here, mut there) = (Client::connect(here).await?, Client::connect(there).await?);
    let list = format!("/qa/questions?product_id={product}&count=1000");
    let vote = format!("/qa/questions/{question}/helpful");
    let mut delays = Vec::new();
    // What it shows now is in its memory afterwards.
    let mut shown = helpfulness(&there.get(&list).await?, question)?;
    while Instant::now() < end {
        here.ask(Method::PUT, &vote).await?;
        let voted = Instant::now();
        loop {
            let now = helpfulness(&there.get(&list).await?, question)?;
            if now > shown {
                shown = now;
                break;
            }
            if voted.elapsed() > Duration::from_secs(10) {
                return Err(error("a write was not seen for 10 s"));
            }
            sleep(Duration::from_millis(1)).await;
        }
        delays.push(voted.elapsed().as_secs_f64() * 1e3);
        sleep(Duration::from_millis(100)).await;
    }
    Ok(delays)
}

fn helpfulness(list: &[u8], question: u64) -> Result<u64> {
    let list: serde_json::Value = serde_json::from_slice(list)?;
    let results = list["results"].as_array().map(Vec::as_slice).unwrap_or_default();
    let found = results.iter().find(|result| result["question_id"] == question);
    found.and_then(|found| found["question_helpfulness"].as_u64()).ok_or_else(|| error("a question is gone"))
}

/// The same keys through NGINX as it is shipped, with four replicas and with one.
pub(super) fn measure_reads(bench: &Bench) -> Result<Vec<Row>> {
    let keys = if bench.quick { 2_000 } else { 10_000 }.min(bench.data.products);
    let reads = |count| -> Result<f64> {
        let replicas = start(bench, count)?;
        let nginx = Server::nginx(&bench.places, &replicas.iter().map(|it| it.address).collect::<Vec<_>>())?;
        let all = |name| replicas.iter().map(|it| metric(it.address, name)).sum::<Result<f64>>();
        let before = all(JOBS)?;
        let load = Load::of(bench, STYLES, (1, keys)).for_seconds(1);
        let mut asked = 0.0;
        while asked < keys as f64 * f64::from(TIMES) {
            asked += load.run(bench, &nginx)?.requests;
        }
        // What chance has left out.
        load.clone().with("order=sequence").for_seconds(2).run(bench, &nginx)?;
        Ok(all(JOBS)? - before)
    };
    let (one, four) = (Series::one(reads(1)?), Series::one(reads(REPLICAS)?));
    let [row] = take(rows_of_reads())?;
    let note =
        format!("{keys} keys, each asked for some {TIMES} times or more, through nginx as it is shipped");
    Ok(vec![row.value("reads", &four).anchor("reads at 1 replica", &one, &four.over(&one)).note(note)])
}
