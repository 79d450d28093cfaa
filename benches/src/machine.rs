//! What a run ran on, and with.

use std::fs;
use std::process::Command;

use serde::Serialize;

use crate::Bench;
use crate::accounts::Accounts;
use crate::data::psql;
use crate::places::output;

/// What has to stand beside figures.
#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    pub(crate) date: String,
    pub(crate) command: String,
    pub(crate) commit: String,
    pub(crate) cpu: String,
    pub(crate) cpus: f64,
    pub(crate) memory_gib: f64,
    pub(crate) kernel: String,
    /// The mean number of processes that wanted to run, over a minute, before anything was measured.
    pub(crate) load_before: f64,
    /// The share of the CPUs that was busy in the second before anything was measured.
    pub(crate) busy_before: f64,
    pub(crate) versions: Vec<String>,
    pub(crate) products: u64,
    pub(crate) rounds: u32,
    pub(crate) seconds: u32,
}

impl Machine {
    /// Looks at it for a second.
    pub(crate) fn look(bench: &Bench) -> Self {
        let before = Accounts::now();
        std::thread::sleep(std::time::Duration::from_secs(1));
        let busy_before = Accounts::now().others_since(&before, &[]);
        let cpu = told("/proc/cpuinfo", "model name");
        let memory_kib: f64 =
            told("/proc/meminfo", "MemTotal").trim_end_matches(" kB").parse().unwrap_or(0.0);
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        Self {
            date: said("date", &["-u", "+%Y-%m-%d %H:%M UTC"]),
            command: std::env::args().skip(1).collect::<Vec<_>>().join(" "),
            commit: said("git", &["describe", "--always", "--dirty"]),
            cpu,
            cpus: crate::accounts::cpus(),
            memory_gib: (memory_kib / 1024.0 / 1024.0).round(),
            // Without what its distributor calls it.
            kernel: said("uname", &["-sr"]).split('-').next().unwrap_or_default().to_owned(),
            load_before: load.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or(0.0),
            busy_before,
            versions: vec![
                format!("PostgreSQL {}", psql(&bench.data.url, "show server_version").unwrap_or_default()),
                said("rustc", &["--version"]),
                said("pgbench", &["--version"]),
                // Both say it where errors go.
                said("sh", &["-c", "PATH=$PATH:/usr/sbin; nginx -v 2>&1"]),
                said("sh", &["-c", "wrk -v 2>&1 | head -1 | cut -d[ -f1"]),
                format!("Node {}", said("node", &["--version"])),
            ],
            products: bench.data.products,
            rounds: bench.rounds,
            seconds: bench.seconds,
        }
    }

    /// In one line.
    pub(crate) fn line(&self) -> String {
        format!(
            "{} · {} × {} · {} GiB · {} · {} products · {} rounds of {} s · load before {:.2}, {:.0} % busy · {} · {}",
            self.date,
            self.cpus,
            self.cpu,
            self.memory_gib,
            self.kernel,
            self.products,
            self.rounds,
            self.seconds,
            self.load_before,
            self.busy_before * 100.0,
            self.commit,
            self.versions.join(", ")
        )
    }
}

fn told(file: &str, name: &str) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.split_once(':'));
    line.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
}

fn said(program: &str, arguments: &[&str]) -> String {
    output(Command::new(program).args(arguments)).unwrap_or_default().trim().to_owned()
}
