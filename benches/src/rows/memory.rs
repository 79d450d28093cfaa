//! What the service takes in memory for what it keeps.

use super::hot::take;
use crate::accounts::memory;
use crate::ask::metric;
use crate::client::Client;
use crate::error::{Result, error};
use crate::report::Row;
use crate::series::Series;
use crate::servers::Server;
use crate::{Bench, STYLES};

/// Answers kept at most: some 250 MB of them.
const KEYS: u64 = 100_000;
const CLIENTS: u64 = 8;

pub(super) fn rows() -> Vec<Row> {
    vec![Row::at_most("8b", "server's resident size / cached body bytes", 1.25, 1.1)]
}

pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    // Room for all, so that what was sent is what is kept.
    let settings = [("ATELIER_CACHE_MIB", "4096")];
    let server = Server::atelier(&bench.places, "atelier-memory", &bench.data.url, &settings)?;
    let idle = memory(server.pid(), "VmRSS").unwrap_or_default();
    let keys = KEYS.min(bench.data.products);
    let bytes = bench.runtime.block_on(async {
        let clients: Vec<_> =
            (0..CLIENTS).map(|number| tokio::spawn(fill(server.address, number, keys))).collect();
        let mut bytes = 0;
        for client in clients {
            bytes += client.await??;
        }
        Ok::<_, crate::error::Error>(bytes)
    })?;
    let entries = metric(server.address, "atelier_cache_entries")?;
    let resident = memory(server.pid(), "VmRSS").ok_or_else(|| error("the server has gone"))?;
    let [row] = take(rows())?;
    let (resident, bytes) = (Series::one(resident / 1e6), Series::one(bytes as f64 / 1e6));
    let note = format!(
        "{entries:.0} answers of {:.0} bytes in the mean, all of their keys' bodies in identity; idle it was {:.1} MB",
        bytes.median() * 1e6 / entries.max(1.0),
        idle / 1e6
    );
    Ok(vec![
        row.value("MB", &resident)
            .anchor("bytes of the bodies, MB", &bytes, &resident.over(&bytes))
            .note(note),
    ])
}

/// Asks for every eighth key, and says how many bytes came.
async fn fill(address: std::net::SocketAddr, number: u64, keys: u64) -> Result<u64> {
    let mut client = Client::connect(address).await?;
    let mut bytes = 0;
    let mut id = 1 + number;
    while id <= keys {
        bytes += client.get(&STYLES.replace("%d", &id.to_string())).await?.len() as u64;
        id += CLIENTS;
    }
    Ok(bytes)
}
