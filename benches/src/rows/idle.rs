//! The memory of an idle server: alone, and with ten thousand connections.

use super::group::Group;
use crate::bench::Bench;
use crate::client::Client;
use crate::error::{Error, Result, error};
use crate::procfs::{open_files, resident_bytes};
use crate::row::{Figure, Row};
use crate::series::Series;
use crate::servers::Server;
use crate::service::{STYLES, path};

const IDLE: Figure = Figure::at_most("17", "resident size of an idle server", 30.0, 20.0);
const CONNECTED: Figure = Figure::at_most("18", "more of it with 10,000 idle connections", 150.0, 100.0);
const FIGURES: &[Figure] = &[IDLE, CONNECTED];
pub(super) const GROUP: Group = Group { figures: FIGURES, measure, writes: false };

const CONNECTIONS: usize = 10_000;
/// Connections stay open until the last one is made.
const SETTINGS: &[(&str, &str)] =
    &[("ATELIER_HEADER_TIMEOUT_MS", "600000"), ("ATELIER_MAX_CONNECTIONS", "20000")];

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let server = Server::atelier(bench, "idle", SETTINGS)?;
    let resident = || resident_bytes(server.pid()).ok_or_else(|| error("the server has ended"));
    let idle = resident()?;
    let path = path(STYLES, 1);
    let (connected, files) = bench.runtime.block_on(async {
        let mut clients = Vec::new();
        for number in 0..CONNECTIONS {
            let client = Client::connect(server.address).await;
            let mut client =
                client.map_err(|err| error(format!("connection {number}: {err} (ulimit -n?)")))?;
            // Each sends a request, as connections that are kept open have done.
            client.get(&path).await?;
            clients.push(client);
        }
        Ok::<_, Error>((resident()?, open_files(server.pid())))
    })?;
    Ok(vec![
        IDLE.value("MB", &Series::one(idle / 1e6)).note("Ready, without any other request"),
        CONNECTED
            .value("MB", &Series::one((connected - idle) / 1e6))
            .note(format!("{files} open files; each connection has sent one request")),
    ])
}
