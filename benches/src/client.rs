//! A connection that is kept, for what wrk can't do: to wait for what an answer says, or to wait and do nothing.

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
        // It ends with the connection; what went wrong with it, the request tells.
        tokio::spawn(connection);
        Ok(Self { sender, host: address.to_string() })
    }

    /// The body of an answer, which has to be a success.
    pub(crate) async fn ask(&mut self, method: Method, path: &str) -> Result<Bytes> {
        let request = Request::builder().method(method).uri(path).header("host", &self.host);
        self.sender.ready().await?;
        let response = self.sender.send_request(request.body(Empty::new())?).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        if status.is_success() { Ok(body) } else { Err(error(format!("{path} was answered {status}"))) }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Result<Bytes> {
        self.ask(Method::GET, path).await
    }
}
