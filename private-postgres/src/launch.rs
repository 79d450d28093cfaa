//! From a directory to a server that answers: port, settings, waiting.

use std::{
    ffi::OsString,
    fs::File,
    net::{Ipv4Addr, TcpListener},
    process::Command,
    time::{Duration, Instant},
};

use sqlx::{
    Connection, PgConnection,
    postgres::{PgConnectOptions, PgSslMode},
};

use crate::{Keep, POLL, PrivateServerError, Programs, Site, Watchdog};

/// Long, as a server that was killed while it loaded data has to recover first; one that cannot
/// start ends, which is noticed at once.
const READY_LIMIT: Duration = Duration::from_mins(2);
/// How many ports may be snatched away before the start fails.
const PORT_ATTEMPTS: usize = 5;

/// For all: few checkpoints, no compiling of queries that take milliseconds.
const ALWAYS: &[&str] = &[
    "listen_addresses=127.0.0.1",
    "unix_socket_permissions=0700",
    "max_wal_size=4GB",
    "checkpoint_timeout=30min",
    "jit=off",
    "timezone=UTC",
];
/// Bulk loads that skip the write-ahead log.
const LASTING: &[&str] =
    &["shared_buffers=256MB", "max_connections=100", "wal_level=minimal", "max_wal_senders=0"];
/// No durability, and connections for many tests at once.
const THROWAWAY: &[&str] = &[
    "shared_buffers=128MB",
    "max_connections=200",
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "wal_level=minimal",
    "max_wal_senders=0",
];
/// No durability either, but a log that others follow, with what is committed in it at once. It is kept for those who
/// are late on a busy machine, and a query whose client hangs does not keep a standby from following.
const REPLICATED: &[&str] = &[
    "shared_buffers=32MB",
    "max_connections=100",
    "fsync=off",
    "wal_level=replica",
    "max_wal_senders=10",
    "wal_keep_size=1GB",
    "max_standby_streaming_delay=1s",
    "wal_retrieve_retry_interval=100ms",
];

/// Starts postgres and waits until it answers. The port is `first_port` unless that is taken.
pub(super) async fn launch(
    site: &Site,
    programs: &Programs,
    keep: Keep,
    lock: &File,
    first_port: u16,
) -> Result<(Watchdog, u16), PrivateServerError> {
    let mut port = first_port;
    let mut attempts = 1..PORT_ATTEMPTS;
    loop {
        let mut watchdog = Watchdog::run(&postgres(site, programs, keep, port), site, lock)?;
        if becomes_ready(&mut watchdog, site, port).await? {
            return Ok((watchdog, port));
        }
        if is_free(port) || attempts.next().is_none() {
            return Err(site.ended("postgres"));
        }
        port = free_port()?;
    }
}

/// A loopback port that nobody listens on, at this moment.
pub(super) fn free_port() -> Result<u16, PrivateServerError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(PrivateServerError::io("listen on", "127.0.0.1"))
}

/// Options to connect over the socket; independent of PGHOST and the like.
pub(super) fn connect_options(site: &Site, port: u16) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .socket(&site.sockets)
        .port(port)
        .username("postgres")
        .database("postgres")
        .ssl_mode(PgSslMode::Disable)
}

fn postgres(site: &Site, programs: &Programs, keep: Keep, port: u16) -> Command {
    let mut postgres = Command::new(programs.bin_dir.join("postgres"));
    postgres.arg("-D").arg(site.data()).arg("-p").arg(port.to_string());
    let mut sockets = OsString::from("unix_socket_directories=\"");
    sockets.push(&site.sockets);
    sockets.push("\"");
    postgres.arg("-c").arg(sockets);
    let own = match keep {
        Keep::Data => LASTING,
        Keep::Nothing => THROWAWAY,
        Keep::Log => REPLICATED,
    };
    for setting in ALWAYS.iter().chain(own) {
        postgres.args(["-c", setting]);
    }
    postgres
}

/// True when it answers, false if it ends before it does.
async fn becomes_ready(watchdog: &mut Watchdog, site: &Site, port: u16) -> Result<bool, PrivateServerError> {
    let options = connect_options(site, port);
    let deadline = Instant::now() + READY_LIMIT;
    while Instant::now() < deadline {
        if let Ok(connection) = PgConnection::connect_with(&options).await {
            let _ = connection.close().await;
            return Ok(true);
        }
        if watchdog.status()?.is_some() {
            return Ok(false);
        }
        tokio::time::sleep(POLL).await;
    }
    Err(PrivateServerError::TooSlow {
        limit_s: READY_LIMIT.as_secs(),
        log: site.log(),
        tail: site.log_tail(),
    })
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster;

    #[tokio::test]
    async fn a_taken_port_is_replaced_by_another() {
        let site = Site::throwaway().unwrap();
        let programs = Programs::find(&site.account).unwrap();
        let lock = site.lock().await.unwrap();
        cluster::prepare(&site, &programs, Keep::Nothing, &lock).await.unwrap();
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let taken_port = taken.local_addr().unwrap().port();

        let (_watchdog, port) = launch(&site, &programs, Keep::Nothing, &lock, taken_port).await.unwrap();

        assert_ne!(port, taken_port);
        PgConnection::connect_with(&connect_options(&site, port)).await.unwrap();
    }
}
