//! A replica of the service in a process of its own.

use std::cell::RefCell;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use sqlx::ConnectOptions as _;

use crate::databases::{TestDatabase, eventually};
use crate::http_client::{Client, connect, get};

/// How long a replica may take to listen.
const START_TIMEOUT: Duration = Duration::from_secs(20);

/// The command `atelier`, without the variables of this environment that are settings.
pub(crate) fn atelier(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_atelier"));
    command.args(arguments).env_remove("DATABASE_URL").env_remove("HOST").env_remove("PORT");
    command
}

/// A running replica. Dropping it kills it.
pub(crate) struct Replica {
    child: Child,
    pub(crate) address: SocketAddr,
    log: Receiver<String>,
    /// The lines from before it listened.
    first_lines: RefCell<Vec<String>>,
}

impl Drop for Replica {
    fn drop(&mut self) {
        // Both fail if it has already ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Replica {
    /// Starts a replica with these variables for the database at `url`, and waits until it is ready.
    pub(crate) async fn ready(url: &str, variables: &[(&str, &str)]) -> Self {
        let replica = Self::start(url, variables);
        eventually("the replica is ready", async || replica.is_ready().await).await;
        replica
    }

    /// Starts a replica with these variables over a database with the rows of `fixture`, and waits until it is ready.
    pub(crate) async fn over(fixture: &str, variables: &[(&str, &str)]) -> (TestDatabase, Self) {
        let database = TestDatabase::filled(fixture).await;
        let replica = Self::ready(database.options().to_url_lossy().as_str(), variables).await;
        (database, replica)
    }

    /// Starts a replica, and waits until it listens.
    pub(crate) fn start(url: &str, variables: &[(&str, &str)]) -> Self {
        Self::start_by(atelier(&["serve"]), url, variables)
    }

    /// The same by a command that becomes a replica.
    pub(crate) fn start_by(mut command: Command, url: &str, variables: &[(&str, &str)]) -> Self {
        command.env("DATABASE_URL", url).env("PORT", "0").envs(variables.iter().copied());
        let mut child = command.stderr(Stdio::piped()).spawn().expect("atelier can be started");
        let log = lines(child.stderr.take().expect("stderr is piped"));
        let mut first_lines = Vec::new();
        let address = loop {
            let line = log.recv_timeout(START_TIMEOUT).expect("the replica logs its address");
            let event: Value = serde_json::from_str(&line).unwrap_or_else(|err| panic!("{err}: {line}"));
            if event["message"] == "listening" {
                break event["address"].as_str().expect("an address").parse().expect("an address");
            }
            first_lines.push(line);
        };
        Self { child, address, log, first_lines: RefCell::new(first_lines) }
    }

    /// Connects a client.
    pub(crate) async fn connect(&self) -> Client {
        connect(self.address).await.expect("the replica accepts connections")
    }

    /// The status of a response on a new connection; None if there is no response.
    pub(crate) async fn status(&self, path: &str) -> Option<u16> {
        let mut client = connect(self.address).await?;
        Some(get(&mut client, path).await?.0.as_u16())
    }

    /// Whether it reports that it is ready.
    pub(crate) async fn is_ready(&self) -> bool {
        self.status("/health/ready").await == Some(200)
    }

    /// The text of its file `/proc/PID/name`, which the system makes.
    pub(crate) fn proc(&self, name: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{name}", self.child.id())).expect("the process exists")
    }

    /// The value of one of its metrics.
    pub(crate) async fn metric(&self, name: &str) -> f64 {
        let (_, text) = get(&mut self.connect().await, "/metrics").await.expect("a response");
        let text = String::from_utf8(text.to_vec()).expect("UTF-8");
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
        value.unwrap_or_else(|| panic!("{name} in {text}"))
    }

    /// Changes its soft limit of open files.
    pub(crate) fn limit_open_files(&self, soft: u32) {
        let mut command = Command::new("prlimit");
        command.args([format!("--pid={}", self.child.id()), format!("--nofile={soft}:")]);
        let (status, text) = output(&mut command);
        assert!(status.success(), "{text}");
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().try_into().expect("a process id"));
        kill(pid, signal).expect("the process exists");
    }

    /// Waits until it has ended.
    pub(crate) async fn wait(&mut self) -> ExitStatus {
        let child = &mut self.child;
        let mut status = None;
        eventually("the replica ends", async || {
            status = child.try_wait().expect("it is our child");
            status.is_some()
        })
        .await;
        status.expect("it has ended")
    }

    /// The most memory that it has taken, in bytes.
    pub(crate) fn peak_memory(&self) -> u64 {
        let status = self.proc("status");
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux tells it");
        let kib: u64 = peak.trim().trim_end_matches(" kB").parse().expect("a number of KiB");
        kib * 1024
    }

    /// Takes the lines that it has logged since the last call.
    pub(crate) fn take_log(&self) -> Vec<String> {
        self.first_lines.take().into_iter().chain(self.log.try_iter()).collect()
    }
}

/// The lines of a stream. A thread reads them, so that the writer never blocks.
fn lines(stream: ChildStderr) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            // It fails once the test has ended.
            let _ = sender.send(line);
        }
    });
    receiver
}

/// Runs a command to its end. Returns its status and everything that it printed.
pub(crate) fn output(command: &mut Command) -> (ExitStatus, String) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it can be started");
    let mut text = String::new();
    child.stdout.take().expect("stdout is piped").read_to_string(&mut text).expect("UTF-8");
    child.stderr.take().expect("stderr is piped").read_to_string(&mut text).expect("UTF-8");
    (child.wait().expect("it is our child"), text)
}
