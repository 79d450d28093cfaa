//! A server in a process of its own, and a client that asks it.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::databases::eventually;

/// How long a process may take for what it does at once.
const DEADLINE: Duration = Duration::from_secs(20);

/// `atelier` with nothing of this process's environment that would change what it does.
pub(crate) fn atelier(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_atelier"));
    command.args(arguments).env_remove("DATABASE_URL").env_remove("HOST").env_remove("PORT");
    command
}

/// A server that runs. Dropping it kills it.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
    log: Receiver<String>,
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended as it should.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    /// Starts a server over the database of this URL, with these variables, and waits until it is ready.
    pub(crate) async fn ready(url: &str, variables: &[(&str, &str)]) -> Self {
        let process = Self::start(url, variables);
        eventually("the server is ready", async || process.status("/health/ready").await == Some(200)).await;
        process
    }

    /// Starts a server, and waits until it listens.
    pub(crate) fn start(url: &str, variables: &[(&str, &str)]) -> Self {
        let mut command = atelier(&["serve"]);
        command.env("DATABASE_URL", url).env("PORT", "0").envs(variables.iter().copied());
        let mut child = command.stderr(Stdio::piped()).spawn().expect("atelier runs");
        let log = lines(child.stderr.take().expect("it is piped"));
        let address = loop {
            let line = log.recv_timeout(DEADLINE).expect("the server says where it listens");
            let event: Value = serde_json::from_str(&line).unwrap_or_else(|err| panic!("{err}: {line}"));
            if event["message"] == "listening" {
                break event["address"].as_str().expect("an address").parse().expect("an address");
            }
        };
        Self { child, address, log }
    }

    /// Connects to it.
    pub(crate) async fn connect(&self) -> SendRequest<Empty<Bytes>> {
        connect(self.address).await.expect("the server takes connections")
    }

    /// The status of an answer on a connection of its own; None where there is no answer.
    pub(crate) async fn status(&self, path: &str) -> Option<u16> {
        let mut connection = connect(self.address).await?;
        Some(get(&mut connection, path).await?.0.as_u16())
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().try_into().expect("a process id"));
        kill(pid, signal).expect("the process is there");
    }

    /// Waits for its end.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let child = &mut self.child;
        let mut status = None;
        eventually("the server ends", async || {
            status = child.try_wait().expect("it is our child");
            status.is_some()
        })
        .await;
        status.expect("it has ended")
    }

    /// What it has logged since this was asked last.
    pub(crate) fn logged(&self) -> Vec<String> {
        self.log.try_iter().collect()
    }
}

async fn connect(address: SocketAddr) -> Option<SendRequest<Empty<Bytes>>> {
    let stream = TcpStream::connect(address).await.ok()?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await.ok()?;
    // It ends with the connection; what went wrong with it, the request tells.
    tokio::spawn(connection);
    Some(sender)
}

/// The status and body of an answer; None where the connection ends without one.
pub(crate) async fn get(
    connection: &mut SendRequest<Empty<Bytes>>,
    path: &str,
) -> Option<(StatusCode, Bytes)> {
    let request = Request::get(path).header("host", "localhost").body(Empty::new()).expect("a request");
    // The end of the answer before may not have been noticed yet.
    connection.ready().await.ok()?;
    let response = connection.send_request(request).await.ok()?;
    let status = response.status();
    Some((status, response.into_body().collect().await.ok()?.to_bytes()))
}

/// The lines of a stream, read by a thread, so that the writer never has to wait.
fn lines(stream: ChildStderr) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            // The test may have ended.
            let _ = sender.send(line);
        }
    });
    receiver
}

/// Runs a command to its end: its status, and all that it printed.
pub(crate) fn output(command: &mut Command) -> (ExitStatus, String) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    let mut text = String::new();
    child.stdout.take().expect("it is piped").read_to_string(&mut text).expect("UTF-8");
    child.stderr.take().expect("it is piped").read_to_string(&mut text).expect("UTF-8");
    (child.wait().expect("it is our child"), text)
}
