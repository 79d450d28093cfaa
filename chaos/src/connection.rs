//! An HTTP client on one connection, which it opens again when that is closed.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long a response may take. Longer than any timeout of the system.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A request as it is sent.
pub(crate) type HttpRequest = Request<Full<Bytes>>;

/// How a request ended.
pub(crate) enum Reply {
    /// A complete response.
    Response(Response<Bytes>),
    /// No complete response, for this reason.
    Lost(&'static str),
    /// No connection, so nothing was sent.
    NotSent,
}

/// A client on one connection.
pub(crate) struct Connection {
    address: SocketAddr,
    sender: Option<SendRequest<Full<Bytes>>>,
}

/// A request without a response.
struct Failed {
    /// The request, if not a byte of it was sent.
    unsent: Option<HttpRequest>,
    reason: &'static str,
}

impl Connection {
    pub(crate) fn to(address: SocketAddr) -> Self {
        Self { address, sender: None }
    }

    /// Sends a request. As browsers do, a request on a connection that the server has just closed is sent again on a new
    /// one, if it is a GET or was not sent at all.
    pub(crate) async fn send(&mut self, request: HttpRequest) -> Reply {
        timeout(TIMEOUT, self.exchange(request)).await.unwrap_or(Reply::Lost("timeout"))
    }

    async fn exchange(&mut self, mut request: HttpRequest) -> Reply {
        if let Some(sender) = self.sender.take() {
            let retried = (request.method() == Method::GET).then(|| request.clone());
            match self.send_on(sender, request).await {
                Ok(response) => return Reply::Response(response),
                Err(Failed { unsent, reason }) => match unsent.or(retried) {
                    Some(unsent) => request = unsent,
                    None => return Reply::Lost(reason),
                },
            }
        }
        let Ok(stream) = TcpStream::connect(self.address).await else { return Reply::NotSent };
        let _ = stream.set_nodelay(true);
        let Ok((sender, connection)) = handshake(TokioIo::new(stream)).await else { return Reply::NotSent };
        // It ends with the connection. Its errors fail the request too.
        tokio::spawn(connection);
        match self.send_on(sender, request).await {
            Ok(response) => Reply::Response(response),
            Err(Failed { reason, .. }) => Reply::Lost(reason),
        }
    }

    /// Sends a request on this connection, which is kept if it still works.
    async fn send_on(
        &mut self,
        mut sender: SendRequest<Full<Bytes>>,
        request: HttpRequest,
    ) -> Result<Response<Bytes>, Failed> {
        if sender.ready().await.is_err() {
            return Err(Failed { unsent: Some(request), reason: "the connection was closed" });
        }
        let response = sender
            .try_send_request(request)
            .await
            .map_err(|mut err| Failed { unsent: err.take_message(), reason: "the connection was closed" })?;
        let (head, body) = response.into_parts();
        let body = body.collect().await;
        let body = body.map_err(|_| Failed { unsent: None, reason: "the response ended early" })?;
        self.sender = Some(sender);
        Ok(Response::from_parts(head, body.to_bytes()))
    }
}

/// Whether the server at this address says that it is ready.
pub(crate) async fn is_ready(address: SocketAddr) -> bool {
    let request = Request::get("/health/ready").header("host", "localhost").body(Full::default());
    let request = request.expect("a valid request");
    let reply = timeout(Duration::from_secs(1), Connection::to(address).send(request)).await;
    matches!(reply, Ok(Reply::Response(response)) if response.status() == 200)
}
