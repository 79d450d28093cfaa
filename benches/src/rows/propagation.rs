//! The delay after which a write on one replica is visible on another, whose list is cached.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::Method;
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::{interval, sleep};

use super::group::Group;
use crate::bench::Bench;
use crate::client::Client;
use crate::data::psql;
use crate::error::{Error, Result, error};
use crate::row::{Figure, Row};
use crate::series::Series;
use crate::servers::Server;
use crate::service::{QUESTION_HELPFUL, path};

const DELAY: Figure = Figure::at_most("14", "a write on one replica seen on another, p99", 250.0, 50.0);
pub(super) const GROUP: Group = Group { figures: &[DELAY], measure, writes: true };

const REPLICAS: usize = 4;
/// Votes that are only background load.
const WRITES_PER_SECOND: u64 = 500;
/// Questions whose votes are watched.
const WATCHED: u64 = 20;
const TIMEOUT: Duration = Duration::from_secs(10);

/// Watchers vote on one replica and read another until it shows the vote; writers add background load.
fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let replicas = Server::replicas(bench, REPLICAS)?;
    let addresses: Vec<_> = replicas.iter().map(|replica| replica.address).collect();
    let (watched, voted) = questions(&bench.data.url)?;
    let length = Duration::from_secs(u64::from(bench.seconds * bench.rounds).max(6));
    let (delays, writes) = bench.runtime.block_on(async {
        let end = Instant::now() + length;
        let (mut watchers, mut writers) = (JoinSet::new(), JoinSet::new());
        for (number, question) in watched.into_iter().enumerate() {
            let (here, there) =
                (number % REPLICAS, (number + 1 + number / REPLICAS % (REPLICAS - 1)) % REPLICAS);
            watchers.spawn(watch(addresses[here], addresses[there], question, end));
        }
        for (number, address) in addresses.iter().enumerate() {
            writers.spawn(write(*address, Arc::clone(&voted), number, end));
        }
        let (mut delays, mut total) = (Vec::new(), 0);
        while let Some(watcher) = watchers.join_next().await {
            delays.extend(watcher??);
        }
        while let Some(writer) = writers.join_next().await {
            total += writer??;
        }
        Ok::<_, Error>((Series(delays), total))
    })?;
    let note = format!(
        "{} writes were watched, among {:.0} writes/s; from the response to the write until the other replica shows it: median {:.1} ms, largest {:.0} ms",
        delays.0.len(),
        (f64::from(writes) + delays.0.len() as f64) / length.as_secs_f64(),
        delays.median(),
        delays.max()
    );
    Ok(vec![DELAY.value("ms", &Series::one(delays.percentile(99.0))).note(note)])
}

/// A question and its product.
struct Question {
    id: u64,
    product: u64,
}

/// The questions that are watched, and the ids of those that only get votes.
fn questions(url: &str) -> Result<(Vec<Question>, Arc<[u64]>)> {
    let few = format!(
        "select id || ' ' || product_id from questions where not is_reported order by id limit {WATCHED}"
    );
    let rows = psql(url, &few)?;
    let parse = |row: &str| {
        let (id, product) = row.split_once(' ')?;
        Some(Question { id: id.parse().ok()?, product: product.parse().ok()? })
    };
    let watched: Vec<_> = rows.lines().filter_map(parse).collect();
    let others = format!("select id from questions order by id offset {} limit 10000", 10 * WATCHED);
    let voted: Arc<[_]> = psql(url, &others)?.lines().filter_map(|id| id.parse().ok()).collect();
    if watched.is_empty() || voted.is_empty() {
        return Err(error("there are too few questions"));
    }
    Ok((watched, voted))
}

/// Votes at this replica's share of the rate, each question once in turn: the number of votes.
async fn write(address: SocketAddr, voted: Arc<[u64]>, number: usize, end: Instant) -> Result<u32> {
    let mut ticks = interval(Duration::from_micros(1_000_000 * REPLICAS as u64 / WRITES_PER_SECOND));
    let mut client = Client::connect(address).await?;
    let mut writes = 0;
    for id in voted.iter().cycle().skip(number).step_by(REPLICAS) {
        if Instant::now() >= end {
            break;
        }
        ticks.tick().await;
        client.send(Method::PUT, &path(QUESTION_HELPFUL, *id)).await?;
        writes += 1;
    }
    Ok(writes)
}

/// Votes here and reads there until it shows the vote: the delays in milliseconds.
async fn watch(here: SocketAddr, there: SocketAddr, question: Question, end: Instant) -> Result<Vec<f64>> {
    let (mut here, mut there) = (Client::connect(here).await?, Client::connect(there).await?);
    let list = format!("/qa/questions?product_id={}&count=1000", question.product);
    let vote = path(QUESTION_HELPFUL, question.id);
    let mut delays = Vec::new();
    // Afterwards the list is cached.
    let mut shown = helpfulness(&there.get(&list).await?, question.id)?;
    while Instant::now() < end {
        here.send(Method::PUT, &vote).await?;
        let voted = Instant::now();
        loop {
            let now = helpfulness(&there.get(&list).await?, question.id)?;
            if now > shown {
                shown = now;
                break;
            }
            if voted.elapsed() > TIMEOUT {
                return Err(error("a write was not visible after 10 s"));
            }
            sleep(Duration::from_millis(1)).await;
        }
        delays.push(voted.elapsed().as_secs_f64() * 1e3);
        sleep(Duration::from_millis(100)).await;
    }
    Ok(delays)
}

fn helpfulness(list: &[u8], question: u64) -> Result<u64> {
    let list: Value = serde_json::from_slice(list)?;
    let mut results = list["results"].as_array().into_iter().flatten();
    let found = results.find(|result| result["question_id"] == question);
    let votes = found.and_then(|found| found["question_helpfulness"].as_u64());
    votes.ok_or_else(|| error("a question is missing"))
}
