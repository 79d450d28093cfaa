//! Processes: ports, logs, signals and children.

use std::fs::OpenOptions;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::Result;

/// The ports for servers: below those that the kernel gives to outgoing connections, since a server that is restarted must
/// get its port again.
const PORTS: std::ops::Range<u16> = 12_000..32_000;
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// A loopback address with a port that is free at the moment.
pub(super) fn free_address() -> Result<SocketAddr> {
    (0..1000)
        .map(|_| SocketAddr::from((Ipv4Addr::LOCALHOST, fastrand::u16(PORTS))))
        .find(|address| TcpListener::bind(address).is_ok())
        .ok_or_else(|| "no port is free".into())
}

/// Starts a command with its output appended to a log. It gets no Ctrl-C from the terminal.
pub(super) fn spawn(command: &mut Command, log: &Path) -> Result<Child> {
    let log = OpenOptions::new().create(true).append(true).open(log)?;
    let program = command.get_program().display().to_string();
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).process_group(0);
    command.spawn().map_err(|err| format!("can't start {program}: {err}").into())
}

/// Sends a signal; nothing happens if the process has ended.
pub(super) fn send(pid: u32, signal: Signal) {
    let _ = kill(Pid::from_raw(pid.cast_signed()), signal);
}

/// Waits until the process has ended; false if it does not within `timeout`.
pub(super) async fn ended(child: &mut Child, timeout: Duration) -> bool {
    let started = Instant::now();
    while matches!(child.try_wait(), Ok(None)) {
        if started.elapsed() > timeout {
            return false;
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
    true
}

/// The children of a process.
pub(super) fn children(parent: u32) -> Vec<u32> {
    let Ok(output) = Command::new("ps").args(["-A", "-o", "pid=,ppid="]).output() else { return Vec::new() };
    let text = String::from_utf8_lossy(&output.stdout);
    let pairs = text.lines().filter_map(|line| {
        let mut numbers = line.split_whitespace().map(str::parse);
        Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
    });
    pairs.filter(|(_, of): &(u32, u32)| *of == parent).map(|(pid, _)| pid).collect()
}
