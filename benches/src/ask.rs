//! One request and its answer, where it doesn't matter how long that takes.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::error::{Result, error};

const LIMIT: Duration = Duration::from_secs(10);

/// What was answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

/// GET on a connection of its own.
pub(crate) fn get(address: SocketAddr, path: &str) -> Result<Answer> {
    let mut stream = TcpStream::connect_timeout(&address, LIMIT)?;
    stream.set_read_timeout(Some(LIMIT))?;
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let body = end.map(|end| bytes.split_off(end + 4)).ok_or_else(|| error("an answer without an end"))?;
    let head = String::from_utf8_lossy(&bytes);
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    Ok(Answer { status: status.ok_or_else(|| error("an answer without a status"))?, body })
}

/// The sum of a measure over all its labels, as this server shows it at /metrics.
pub(crate) fn metric(address: SocketAddr, name: &str) -> Result<f64> {
    let text = String::from_utf8(get(address, "/metrics")?.body)?;
    Ok(sum(&text, name))
}

fn sum(text: &str, name: &str) -> f64 {
    let values = text.lines().filter_map(|line| {
        let rest = line.strip_prefix(name)?;
        // Not a longer name that begins so.
        rest.starts_with(['{', ' ']).then(|| line.rsplit(' ').next()?.parse::<f64>().ok()).flatten()
    });
    values.sum()
}

#[cfg(test)]
mod tests {
    use super::sum;

    #[test]
    fn a_measure_is_the_sum_of_its_labels() {
        let text = "# HELP jobs x\njobs{kind=\"a\"} 3\njobs{kind=\"b c\"} 4\njobs_sum 9\n";
        assert_eq!((sum(text, "jobs"), sum(text, "jobs_sum"), sum(text, "none")), (7.0, 9.0, 0.0));
    }
}
