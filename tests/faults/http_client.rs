//! An HTTP client, of a replica or of NGINX.

use std::net::SocketAddr;

use bytes::Bytes;
use http::request::Builder;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// A connection of a client.
pub(crate) type Client = SendRequest<Full<Bytes>>;

/// Connects a client; None if the server does not accept the connection.
pub(crate) async fn connect(address: SocketAddr) -> Option<Client> {
    let stream = TcpStream::connect(address).await.ok()?;
    let (client, connection) = handshake(TokioIo::new(stream)).await.ok()?;
    // The task ends with the connection. Its errors fail the request too.
    tokio::spawn(connection);
    Some(client)
}

/// The response to a request; None if the connection ends without one.
pub(crate) async fn exchange(client: &mut Client, request: Request<Full<Bytes>>) -> Option<Response<Bytes>> {
    // The end of the previous response may not have been processed yet.
    client.ready().await.ok()?;
    let (head, body) = client.send_request(request).await.ok()?.into_parts();
    Some(Response::from_parts(head, body.collect().await.ok()?.to_bytes()))
}

/// The status and body of the response to a request with this body; None if the connection ends without one.
pub(crate) async fn send(client: &mut Client, request: Builder, body: &str) -> Option<(StatusCode, Bytes)> {
    let body = Full::from(body.to_owned());
    let request = request.header("host", "localhost").body(body).expect("a request");
    let response = exchange(client, request).await?;
    Some((response.status(), response.into_body()))
}

/// The same for a GET request.
pub(crate) async fn get(client: &mut Client, path: &str) -> Option<(StatusCode, Bytes)> {
    send(client, Request::get(path), "").await
}

/// The same for a PUT request.
pub(crate) async fn put(client: &mut Client, path: &str) -> Option<(StatusCode, Bytes)> {
    send(client, Request::put(path), "").await
}

/// The same for a POST request with this JSON.
pub(crate) async fn post(client: &mut Client, path: &str, json: &str) -> Option<(StatusCode, Bytes)> {
    send(client, Request::post(path).header("content-type", "application/json"), json).await
}
