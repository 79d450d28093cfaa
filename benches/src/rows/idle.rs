//! What a server takes that has nothing to do: alone, and with ten thousand connections.

use super::hot::take;
use crate::accounts::{memory, open_files};
use crate::client::Client;
use crate::error::{Result, error};
use crate::report::Row;
use crate::series::Series;
use crate::servers::Server;
use crate::{Bench, STYLES};

const CONNECTIONS: usize = 10_000;

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::at_most("17", "resident size of an idle server", 30.0, 20.0),
        Row::at_most("18", "more of it with 10,000 idle connections", 150.0, 100.0),
    ]
}

pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    // Long enough for the last connection to come while the first one idles.
    let settings = [("ATELIER_HEADER_TIMEOUT_MS", "600000"), ("ATELIER_MAX_CONNECTIONS", "20000")];
    let server = Server::atelier(&bench.places, "atelier-idle", &bench.data.url, &settings)?;
    let resident = || memory(server.pid(), "VmRSS").ok_or_else(|| error("the server has gone"));
    let idle = resident()?;
    let path = STYLES.replace("%d", "1");
    let (full, files) = bench.runtime.block_on(async {
        let mut clients = Vec::new();
        for number in 0..CONNECTIONS {
            let client = Client::connect(server.address).await;
            let mut client =
                client.map_err(|err| error(format!("connection {number}: {err} (ulimit -n?)")))?;
            // Each has asked once, as those that are kept open have.
            client.get(&path).await?;
            clients.push(client);
        }
        Ok::<_, crate::error::Error>((resident()?, open_files(server.pid())))
    })?;
    let [alone, with] = take(rows())?;
    let more = (full - idle) / 1e6;
    Ok(vec![
        alone.value("MB", &Series::one(idle / 1e6)).note("ready, and not asked anything but that"),
        with.value("MB", &Series::one(more))
            .note(format!("{files} files open; each connection has asked once")),
    ])
}
