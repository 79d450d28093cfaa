//! Many who ask for one thing that is not in memory: how many reads of the database that is.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::hot::take;
use crate::ask::metric;
use crate::client::Client;
use crate::error::{Result, error};
use crate::report::Row;
use crate::series::Series;
use crate::servers::Server;
use crate::{Bench, JOBS, STYLES};

const CLIENTS: usize = 1_000;

pub(super) fn rows() -> Vec<Row> {
    vec![Row::at_most("9", "database reads for 1,000 concurrent misses of one key", 1.0, 1.0)]
}

/// While the table is locked, so that none of them can be answered before all of them have asked.
pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    // Patient, for the lock is held as long as it takes.
    let patient = [("ATELIER_DATABASE_TIMEOUT_MS", "60000")];
    let server = Server::atelier(&bench.places, "atelier-misses", &bench.data.url, &patient)?;
    let reads = metric(server.address, JOBS)?;
    let mut psql = Command::new("psql");
    psql.args(["-X", "-q", "-d", &bench.data.url]).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut holder = psql.spawn()?;
    let mut words = holder.stdin.take().ok_or_else(|| error("psql has no ears"))?;
    let waited: Result<f64> = bench.runtime.block_on(async {
        let mut clients = Vec::new();
        for _ in 0..CLIENTS {
            clients.push(Client::connect(server.address).await?);
        }
        // Of all tables the one that the answer is read from; it waits for nobody longer than that.
        writeln!(
            words,
            "set lock_timeout = '5s'; begin; lock table product_documents in access exclusive mode;"
        )?;
        words.flush()?;
        until_locked(bench).await?;
        let path = STYLES.replace("%d", "1");
        let asking: Vec<_> = clients
            .into_iter()
            .map(|mut client| {
                let path = path.clone();
                tokio::spawn(async move { client.get(&path).await.map(|body| body.len()) })
            })
            .collect();
        while metric(server.address, "atelier_cache_misses_total")? < CLIENTS as f64 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        writeln!(words, "commit;")?;
        drop(words);
        for one in asking {
            one.await??;
        }
        metric(server.address, "atelier_cache_misses_total")
    });
    holder.wait()?;
    let waited = waited?;
    let reads = Series::one(metric(server.address, JOBS)? - reads);
    let [row] = take(rows())?;
    let note =
        format!("all {waited:.0} waited for it together: the table was locked until the last had asked");
    Ok(vec![row.value("reads", &reads).note(note)])
}

async fn until_locked(bench: &Bench) -> Result<()> {
    const HELD: &str = "select count(*) from pg_locks
        where relation = 'product_documents'::regclass and mode = 'AccessExclusiveLock' and granted";
    for _ in 0..200 {
        if crate::data::psql(&bench.data.url, HELD)? == "1" {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    Err(error("the table could not be locked"))
}
