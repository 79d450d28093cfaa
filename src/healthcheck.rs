//! `atelier healthcheck`: asks a running server whether it is ready, for images that have no shell and no curl.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use crate::config::Settings;

/// How long each step of the question may take.
const LIMIT: Duration = Duration::from_secs(3);
/// More than the head of any answer of ours.
const MAX_ANSWER: u64 = 64 * 1024;

/// Why a server is not known to be ready.
#[derive(Debug, thiserror::Error)]
pub enum HealthcheckError {
    /// Nobody answers there.
    #[error("no server answers at {host}:{port} (settings host and port)")]
    NoAnswer {
        /// The setting.
        host: String,
        /// The setting.
        port: u16,
        /// What the system says.
        source: io::Error,
    },
    /// It answers, but is not ready.
    #[error("the server is not ready: {0}")]
    NotReady(String),
}

/// Asks the server that runs with these settings on this machine.
pub fn healthcheck(settings: &Settings) -> Result<(), HealthcheckError> {
    let answer = ask(&settings.host, settings.port).map_err(|source| HealthcheckError::NoAnswer {
        host: settings.host.clone(),
        port: settings.port,
        source,
    })?;
    let status = answer.lines().next().unwrap_or_default();
    if status.starts_with("HTTP/1.1 200 ") {
        Ok(())
    } else {
        Err(HealthcheckError::NotReady(status.to_owned()))
    }
}

fn ask(host: &str, port: u16) -> io::Result<String> {
    let address = (host, port).to_socket_addrs()?.next().ok_or(io::ErrorKind::NotFound)?;
    let mut stream = TcpStream::connect_timeout(&reachable(address), LIMIT)?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_write_timeout(Some(LIMIT))?;
    stream.write_all(b"GET /health/ready HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(MAX_ANSWER).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Where one reaches a server that listens on `address`: on loopback, if it listens everywhere.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        });
    }
    address
}
