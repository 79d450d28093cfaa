//! The machine and the versions of a run, which its figures are read with.

use std::fmt;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use procfs_core::{CpuInfo, FromRead as _, LoadAverage};
use serde::Serialize;

use crate::bench::Bench;
use crate::data::psql;
use crate::paths::output;
use crate::procfs::{CpuTimes, cpus, memory_bytes};

/// The circumstances of a run.
#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    date: String,
    command: String,
    commit: String,
    cpu: String,
    cpus: f64,
    memory_gib: f64,
    kernel: String,
    /// The load average of one minute before the first measurement.
    load_before: f64,
    /// The share of the CPUs that was busy in the second before the first measurement.
    busy_before: f64,
    versions: Vec<String>,
    products: u64,
    rounds: u32,
    seconds: u32,
}

impl Machine {
    /// Reads it, which takes a second.
    pub(crate) fn read(bench: &Bench) -> Self {
        let before = CpuTimes::now();
        sleep(Duration::from_secs(1));
        let busy_before = CpuTimes::now().others_since(&before, &[]);
        let cpu = CpuInfo::from_file("/proc/cpuinfo").ok();
        let cpu = cpu.and_then(|cpu| cpu.model_name(0).map(ToOwned::to_owned));
        let load = LoadAverage::from_file("/proc/loadavg");
        Self {
            date: stdout("date", &["-u", "+%Y-%m-%d %H:%M UTC"]),
            command: std::env::args().skip(1).collect::<Vec<_>>().join(" "),
            commit: stdout("git", &["describe", "--always", "--dirty"]),
            cpu: cpu.unwrap_or_default(),
            cpus: cpus(),
            memory_gib: (memory_bytes() / f64::from(1 << 30)).round(),
            // Without the distributor's suffix.
            kernel: stdout("uname", &["-sr"]).split('-').next().unwrap_or_default().to_owned(),
            load_before: load.map_or(0.0, |load| f64::from(load.one)),
            busy_before,
            versions: vec![
                format!("PostgreSQL {}", psql(&bench.data.url, "show server_version").unwrap_or_default()),
                stdout("rustc", &["--version"]),
                stdout("pgbench", &["--version"]),
                // These two print their version to standard error.
                stdout("sh", &["-c", "PATH=$PATH:/usr/sbin; nginx -v 2>&1"]),
                stdout("sh", &["-c", "wrk -v 2>&1 | head -1 | cut -d[ -f1"]),
                format!("Node {}", stdout("node", &["--version"])),
            ],
            products: bench.data.products,
            rounds: bench.rounds,
            seconds: bench.seconds,
        }
    }
}

/// One line.
impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
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

fn stdout(program: &str, arguments: &[&str]) -> String {
    output(Command::new(program).args(arguments)).unwrap_or_default().trim().to_owned()
}
