//! Starts postgres on a prepared data directory, and waits until it accepts connections.

use std::ffi::OsString;
use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{Connection, PgConnection};

use crate::error::PrivateServerError;
use crate::programs::Programs;
use crate::server_dir::ServerDir;
use crate::watchdog::{POLL_INTERVAL, Watchdog};

/// How long to wait until the server accepts connections. Long, because a server that was killed during a load recovers
/// first; a server that cannot start ends, which is noticed at once.
const READY_TIMEOUT: Duration = Duration::from_mins(2);
/// The number of attempts to start. Another process may take the port before the server does.
const PORT_ATTEMPTS: usize = 5;

/// Starts postgres, and waits until it accepts connections. The port is `first_port` unless another process has it.
pub(super) async fn launch(
    dir: &ServerDir,
    programs: &Programs,
    settings: &[&str],
    lock: &File,
    first_port: u16,
) -> Result<(Watchdog, u16), PrivateServerError> {
    let mut port = first_port;
    let mut attempts = 1..PORT_ATTEMPTS;
    loop {
        let mut watchdog = Watchdog::run(&postgres(dir, programs, settings, port), dir, lock)?;
        if becomes_ready(&mut watchdog, dir, port).await? {
            return Ok((watchdog, port));
        }
        if is_free(port) || attempts.next().is_none() {
            return Err(dir.ended("postgres"));
        }
        port = free_port()?;
    }
}

/// A loopback port that no process listens on at the moment.
pub(super) fn free_port() -> Result<u16, PrivateServerError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(PrivateServerError::io("listen on", "127.0.0.1"))
}

/// Options to connect over the socket. They ignore PGHOST and the like.
pub(super) fn connect_options(dir: &ServerDir, port: u16) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .socket(&dir.sockets)
        .port(port)
        .username("postgres")
        .database("postgres")
        .ssl_mode(PgSslMode::Disable)
}

fn postgres(dir: &ServerDir, programs: &Programs, settings: &[&str], port: u16) -> Command {
    let mut postgres = Command::new(programs.bin_dir.join("postgres"));
    postgres.arg("-D").arg(dir.data()).arg("-p").arg(port.to_string());
    let mut sockets = OsString::from("unix_socket_directories=\"");
    sockets.push(&dir.sockets);
    sockets.push("\"");
    postgres.arg("-c").arg(sockets);
    for setting in settings {
        postgres.args(["-c", setting]);
    }
    postgres
}

/// True when the server accepts connections, false if it ends before.
async fn becomes_ready(
    watchdog: &mut Watchdog,
    dir: &ServerDir,
    port: u16,
) -> Result<bool, PrivateServerError> {
    let options = connect_options(dir, port);
    let deadline = Instant::now() + READY_TIMEOUT;
    while Instant::now() < deadline {
        if let Ok(connection) = PgConnection::connect_with(&options).await {
            let _ = connection.close().await;
            return Ok(true);
        }
        if watchdog.status()?.is_some() {
            return Ok(false);
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
    Err(PrivateServerError::TooSlow {
        timeout_s: READY_TIMEOUT.as_secs(),
        log: dir.log(),
        tail: dir.log_tail(),
    })
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster;
    use crate::settings::Purpose;

    #[tokio::test]
    async fn a_taken_port_is_replaced_by_another() {
        let dir = ServerDir::throwaway().unwrap();
        let programs = Programs::find(&dir.account).unwrap();
        let lock = dir.lock().await.unwrap();
        cluster::prepare(&dir, &programs, Purpose::Throwaway, &lock).await.unwrap();
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let taken_port = taken.local_addr().unwrap().port();

        let (_watchdog, port) =
            launch(&dir, &programs, &Purpose::Throwaway.settings(&[]), &lock, taken_port).await.unwrap();

        assert_ne!(port, taken_port);
        PgConnection::connect_with(&connect_options(&dir, port)).await.unwrap();
    }
}
