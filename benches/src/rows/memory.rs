//! The memory of a full cache, against the bytes of the cached bodies.

use std::net::SocketAddr;

use tokio::task::JoinSet;

use super::group::Group;
use crate::bench::Bench;
use crate::client::Client;
use crate::error::{Error, Result, error};
use crate::procfs::resident_bytes;
use crate::row::{Figure, Row};
use crate::series::Series;
use crate::servers::Server;
use crate::service::{CACHE_ENTRIES, STYLES, path};

const MEMORY: Figure = Figure::at_most("8b", "server's resident size / cached body bytes", 1.25, 1.1);
pub(super) const GROUP: Group = Group { figures: &[MEMORY], measure, writes: false };

/// Cached responses at most: some 250 MB.
const KEYS: u64 = 100_000;
const CLIENTS: u64 = 8;
/// Room for all, so that every body that was received is cached.
const SETTINGS: &[(&str, &str)] = &[("ATELIER_CACHE_MIB", "4096")];

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let server = Server::atelier(bench, "memory", SETTINGS)?;
    let resident = || resident_bytes(server.pid()).ok_or_else(|| error("the server has ended"));
    let idle = resident()?;
    let keys = KEYS.min(bench.data.products);
    let bytes = bench.runtime.block_on(async {
        let mut clients = JoinSet::new();
        for number in 0..CLIENTS {
            clients.spawn(get_every_eighth(server.address, 1 + number, keys));
        }
        let mut bytes = 0;
        while let Some(client) = clients.join_next().await {
            bytes += client??;
        }
        Ok::<_, Error>(bytes)
    })?;
    let entries = server.metric(CACHE_ENTRIES)?;
    let note = format!(
        "{entries:.0} responses with bodies of {:.0} bytes in the mean, not compressed; idle it had {:.1} MB",
        bytes as f64 / entries.max(1.0),
        idle / 1e6
    );
    let (resident, bytes) = (Series::one(resident()? / 1e6), Series::one(bytes as f64 / 1e6));
    Ok(vec![MEMORY.compared("MB", &resident, "bytes of the bodies, MB", &bytes).note(note)])
}

/// Requests every eighth key from this one on: the bytes of the bodies.
async fn get_every_eighth(address: SocketAddr, first: u64, keys: u64) -> Result<u64> {
    let mut client = Client::connect(address).await?;
    let mut bytes = 0;
    for id in (first..=keys).step_by(CLIENTS as usize) {
        bytes += client.get(&path(STYLES, id)).await?.len() as u64;
    }
    Ok(bytes)
}
