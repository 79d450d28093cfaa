//! A client on one connection: for contents and metrics, and for connections that stay open. Load comes from wrk and oha.

use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::error::{Result, error};

/// A connection to a server.
pub(crate) struct Client {
    sender: SendRequest<Empty<Bytes>>,
    host: String,
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // It ends with the connection; the request returns its errors.
        tokio::spawn(connection);
        Ok(Self { sender, host: address.to_string() })
    }

    /// The body of a successful response; any other is an error.
    pub(crate) async fn send(&mut self, method: Method, path: &str) -> Result<Bytes> {
        let request = Request::builder().method(method).uri(path).header("host", &self.host);
        self.sender.ready().await?;
        let response = self.sender.send_request(request.body(Empty::new())?).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        if status.is_success() { Ok(body) } else { Err(error(format!("{path}: {status}"))) }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Result<Bytes> {
        self.send(Method::GET, path).await
    }

    /// The sum of a metric over all its labels.
    pub(crate) async fn metric(&mut self, name: &str) -> Result<f64> {
        Ok(sum(&String::from_utf8_lossy(&self.get("/metrics").await?), name))
    }
}

fn sum(text: &str, name: &str) -> f64 {
    let values = text.lines().filter_map(|line| {
        let rest = line.strip_prefix(name)?;
        // Not a longer name with this prefix.
        rest.starts_with(['{', ' ']).then(|| line.rsplit(' ').next()?.parse::<f64>().ok()).flatten()
    });
    values.sum()
}

#[cfg(test)]
mod tests {
    use super::sum;

    #[test]
    fn a_metric_is_summed_over_its_labels() {
        let text = "# HELP jobs x\njobs{kind=\"a\"} 3\njobs{kind=\"b c\"} 4\njobs_sum 9\n";
        assert_eq!((sum(text, "jobs"), sum(text, "jobs_sum"), sum(text, "none")), (7.0, 9.0, 0.0));
    }
}
