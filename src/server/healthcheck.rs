//! `atelier healthcheck`: requests the readiness of a running server, for images without a shell and curl.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use crate::config::Settings;

/// Timeout of each step: connect, write, read.
const TIMEOUT: Duration = Duration::from_secs(3);
/// More than any response to this request, in bytes.
const MAX_RESPONSE: u64 = 64 * 1024;

/// Why the server does not count as ready.
#[derive(Debug, thiserror::Error)]
pub enum HealthcheckError {
    /// No server answers.
    #[error("no server answers at {host}:{port} (settings host and port)")]
    NoAnswer {
        /// The setting.
        host: String,
        /// The setting.
        port: u16,
        /// The error of the system.
        source: io::Error,
    },
    /// It answers, but is not ready.
    #[error("the server is not ready: {0}")]
    NotReady(String),
}

/// Requests the readiness of the server that runs with these settings on this machine.
pub fn healthcheck(settings: &Settings) -> Result<(), HealthcheckError> {
    let response = request(&settings.host, settings.port).map_err(|source| HealthcheckError::NoAnswer {
        host: settings.host.clone(),
        port: settings.port,
        source,
    })?;
    let status = response.lines().next().unwrap_or_default();
    if status.starts_with("HTTP/1.1 200 ") {
        Ok(())
    } else {
        Err(HealthcheckError::NotReady(status.to_owned()))
    }
}

fn request(host: &str, port: u16) -> io::Result<String> {
    let address = (host, port).to_socket_addrs()?.next().ok_or(io::ErrorKind::NotFound)?;
    let mut stream = TcpStream::connect_timeout(&reachable(address), TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    stream.write_all(b"GET /health/ready HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
    let mut response = Vec::new();
    stream.take(MAX_RESPONSE).read_to_end(&mut response)?;
    Ok(String::from_utf8_lossy(&response).into_owned())
}

/// The address of a server that listens on `address`: loopback, if it listens on all interfaces.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        });
    }
    address
}
