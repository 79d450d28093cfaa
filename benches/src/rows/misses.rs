//! Concurrent misses of one key: the number of database reads for them (request coalescing).

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;

use super::group::Group;
use crate::bench::Bench;
use crate::client::Client;
use crate::data::psql;
use crate::error::{Result, error};
use crate::row::{Figure, Row};
use crate::series::Series;
use crate::servers::Server;
use crate::service::{BATCH_JOBS, CACHE_MISSES, STYLES, path};

const READS: Figure = Figure::at_most("9", "database reads for 1,000 concurrent misses of one key", 1.0, 1.0);
pub(super) const GROUP: Group = Group { figures: &[READS], measure, writes: false };

const CLIENTS: usize = 1_000;
/// Longer than the table is locked.
const SETTINGS: &[(&str, &str)] = &[("ATELIER_DATABASE_TIMEOUT_MS", "60000")];
/// Locks the table of the read model, if that takes less than 5 s.
const LOCK: &str = "set lock_timeout = '5s'; begin; lock table product_documents in access exclusive mode;";
const LOCKED: &str = "select count(*) from pg_locks
    where relation = 'product_documents'::regclass and mode = 'AccessExclusiveLock' and granted";

/// Sends all requests while the table is locked, so that none is answered before the last is sent.
fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let server = Server::atelier(bench, "misses", SETTINGS)?;
    let reads = server.metric(BATCH_JOBS)?;
    let mut session = Command::new("psql");
    session.args(["-X", "-q", "-d", &bench.data.url]).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut session = session.spawn()?;
    let mut statements = session.stdin.take().ok_or_else(|| error("psql has no standard input"))?;
    let misses = bench.runtime.block_on(async {
        let mut clients = Vec::new();
        for _ in 0..CLIENTS {
            clients.push(Client::connect(server.address).await?);
        }
        writeln!(statements, "{LOCK}")?;
        statements.flush()?;
        until_locked(bench).await?;
        let mut requests = JoinSet::new();
        for mut client in clients {
            requests.spawn(async move { client.get(&path(STYLES, 1)).await });
        }
        let mut client = Client::connect(server.address).await?;
        while client.metric(CACHE_MISSES).await? < CLIENTS as f64 {
            sleep(Duration::from_millis(5)).await;
        }
        writeln!(statements, "commit;")?;
        drop(statements);
        while let Some(response) = requests.join_next().await {
            response??;
        }
        client.metric(CACHE_MISSES).await
    });
    session.wait()?;
    let reads = Series::one(server.metric(BATCH_JOBS)? - reads);
    let note = format!("{:.0} requests waited for it; the table was locked until the last was sent", misses?);
    Ok(vec![READS.value("reads", &reads).note(note)])
}

async fn until_locked(bench: &Bench) -> Result<()> {
    for _ in 0..200 {
        if psql(&bench.data.url, LOCKED)? == "1" {
            return Ok(());
        }
        sleep(Duration::from_millis(25)).await;
    }
    Err(error("the table could not be locked"))
}
