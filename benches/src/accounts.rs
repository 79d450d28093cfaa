//! CPU time and memory as the operating system accounts for them, by process: /proc.
//!
//! A process's account holds its own time and that of its children that have ended; those that live have accounts of
//! their own. So the time of PostgreSQL is its postmaster's account and those of its backends, whoever has gone since.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::time::Instant;

/// The kernel tells times in hundredths of a second, whatever it counts in.
const TICK_US: u64 = 10_000;

/// The accounts of all processes at one time.
pub(crate) struct Accounts {
    at: Instant,
    processes: HashMap<u32, Process>,
    /// Of all CPUs: time in which anything ran, or was kept from running by the machine below this one.
    busy_us: u64,
    stolen_us: u64,
}

struct Process {
    parent: u32,
    own_us: u64,
    of_ended_children_us: u64,
}

impl Accounts {
    /// As they stand now.
    pub(crate) fn now() -> Self {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let processes = entries
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            // One that has ended meanwhile is in its parent's account.
            .filter_map(|pid| Some((pid, Process::read(pid)?)))
            .collect();
        let (busy_us, stolen_us) = machine();
        Self { at: Instant::now(), processes, busy_us, stolen_us }
    }

    /// The CPU time, in microseconds, of these processes with all their descendants.
    fn of(&self, pids: &[u32]) -> u64 {
        let mut family: HashSet<u32> = pids.iter().copied().collect();
        loop {
            let children: Vec<_> = self
                .processes
                .iter()
                .filter(|(pid, process)| !family.contains(pid) && family.contains(&process.parent))
                .map(|(pid, _)| *pid)
                .collect();
            if children.is_empty() {
                break;
            }
            family.extend(children);
        }
        let all = family.iter().filter_map(|pid| self.processes.get(pid));
        all.map(|process| process.own_us + process.of_ended_children_us).sum()
    }

    /// The CPU time that these processes have used since `before`, in microseconds.
    pub(crate) fn used_since(&self, before: &Self, pids: &[u32]) -> f64 {
        self.of(pids).saturating_sub(before.of(pids)) as f64
    }

    /// The share of all CPUs, from 0 to 1, that others than these processes had since `before`, the machine below
    /// this one included.
    pub(crate) fn others_since(&self, before: &Self, pids: &[u32]) -> f64 {
        let elapsed_us = (self.at - before.at).as_micros() as f64 * cpus();
        let stolen_us = self.stolen_us.saturating_sub(before.stolen_us) as f64;
        let busy_us = self.busy_us.saturating_sub(before.busy_us) as f64 + stolen_us;
        ((busy_us - self.used_since(before, pids)) / elapsed_us).max(0.0)
    }
}

impl Process {
    fn read(pid: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // Behind the name, which may hold anything: state, parent, … (proc(5) counts from 1, with pid and name).
        let fields: Vec<&str> = stat[stat.rfind(')')? + 1..].split_whitespace().collect();
        let number = |place: usize| fields.get(place - 3)?.parse::<u64>().ok();
        Some(Self {
            parent: u32::try_from(number(4)?).ok()?,
            own_us: (number(14)? + number(15)?) * TICK_US,
            of_ended_children_us: (number(16)? + number(17)?) * TICK_US,
        })
    }
}

/// What all CPUs have worked, and what was stolen from them.
fn machine() -> (u64, u64) {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let ticks: Vec<u64> = stat
        .lines()
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .filter_map(|field| field.parse().ok())
        .collect();
    // user, nice, system, idle, iowait, irq, softirq, steal
    let of = |places: &[usize]| places.iter().filter_map(|place| ticks.get(*place)).sum::<u64>() * TICK_US;
    (of(&[0, 1, 2, 5, 6]), of(&[7]))
}

/// How many CPUs there are.
pub(crate) fn cpus() -> f64 {
    std::thread::available_parallelism().map_or(1.0, |cpus| cpus.get() as f64)
}

/// A line of /proc/PID/status in bytes: `VmRSS`, `VmHWM`. None where the process has gone.
pub(crate) fn memory(pid: u32, line: &str) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let value = status.lines().find_map(|it| it.strip_prefix(line)?.strip_prefix(':'))?;
    let kib: f64 = value.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024.0)
}

/// How many files a process has open.
pub(crate) fn open_files(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, Iterator::count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_accounted_for_with_its_ended_children() {
        let this = [std::process::id()];
        let before = Accounts::now();
        let spin = "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done";
        assert!(std::process::Command::new("sh").args(["-c", spin]).status().unwrap().success());
        let after = Accounts::now();
        assert!(after.used_since(&before, &this) > 0.0);
        assert!(after.others_since(&before, &[]) >= after.others_since(&before, &this));
        assert!(memory(this[0], "VmRSS").unwrap() > 0.0 && open_files(this[0]) > 0);
    }
}
