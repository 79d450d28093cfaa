//! CPU time and memory, of this machine and by process, from /proc.
//!
//! A process's entry holds its own time and that of its children that have ended and been waited for; running children have
//! entries of their own. So the CPU time of PostgreSQL is that of its postmaster and of its backends, ended ones included.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::time::Instant;

use procfs_core::process::{Stat, Status};
use procfs_core::{ExplicitSystemInfo, FromRead as _, FromReadSI as _, KernelStats, Meminfo};

/// Linux reports CPU time in hundredths of a second on every platform (`USER_HZ`).
const TICK_US: u64 = 10_000;
/// What [`KernelStats`] needs to parse; nothing read here depends on it.
const SYSTEM: ExplicitSystemInfo =
    ExplicitSystemInfo { boot_time_secs: 0, ticks_per_second: 100, page_size: 4096, is_little_endian: true };

/// The CPU time of all processes up to one moment.
pub(crate) struct CpuTimes {
    at: Instant,
    processes: HashMap<u32, Process>,
    /// Of all CPUs: busy, with the time that the hypervisor took from this machine.
    busy_us: u64,
}

struct Process {
    parent: u32,
    us: u64,
}

impl CpuTimes {
    pub(crate) fn now() -> Self {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let processes = entries
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            // One that has ended meanwhile is in its parent's entry.
            .filter_map(|pid| Some((pid, Process::read(pid)?)))
            .collect();
        let total = KernelStats::from_file("/proc/stat", &SYSTEM).ok().map(|stat| stat.total);
        let busy_us = total.map_or(0, |cpu| {
            let kernel = [cpu.irq, cpu.softirq, cpu.steal].into_iter().flatten().sum::<u64>();
            (cpu.user + cpu.nice + cpu.system + kernel) * TICK_US
        });
        Self { at: Instant::now(), processes, busy_us }
    }

    /// The CPU time, in microseconds, of these processes and all their descendants.
    fn of(&self, pids: &[u32]) -> u64 {
        let mut family: HashSet<u32> = pids.iter().copied().collect();
        loop {
            let is_child =
                |(pid, process): &(&u32, &Process)| !family.contains(pid) && family.contains(&process.parent);
            let children: Vec<_> = self.processes.iter().filter(is_child).map(|(pid, _)| *pid).collect();
            if children.is_empty() {
                return family.iter().filter_map(|pid| self.processes.get(pid)).map(|it| it.us).sum();
            }
            family.extend(children);
        }
    }

    /// The CPU time of these processes since `before`, in microseconds.
    pub(crate) fn used_since(&self, before: &Self, pids: &[u32]) -> f64 {
        self.of(pids).saturating_sub(before.of(pids)) as f64
    }

    /// The share of all CPUs, from 0 to 1, that other processes than these used since `before`, the hypervisor included.
    pub(crate) fn others_since(&self, before: &Self, pids: &[u32]) -> f64 {
        let elapsed_us = (self.at - before.at).as_micros() as f64 * cpus();
        let busy_us = self.busy_us.saturating_sub(before.busy_us) as f64;
        ((busy_us - self.used_since(before, pids)) / elapsed_us).max(0.0)
    }
}

impl Process {
    fn read(pid: u32) -> Option<Self> {
        let stat = Stat::from_file(format!("/proc/{pid}/stat")).ok()?;
        let of_ended_children = u64::try_from(stat.cutime + stat.cstime).ok()?;
        let us = (stat.utime + stat.stime + of_ended_children) * TICK_US;
        Some(Self { parent: stat.ppid.try_into().ok()?, us })
    }
}

/// The number of CPUs.
pub(crate) fn cpus() -> f64 {
    std::thread::available_parallelism().map_or(1.0, |cpus| cpus.get() as f64)
}

/// The memory of this machine.
pub(crate) fn memory_bytes() -> f64 {
    Meminfo::from_file("/proc/meminfo").map_or(2e9, |memory| memory.mem_total as f64)
}

/// The resident size of a process in bytes. None if it has ended.
pub(crate) fn resident_bytes(pid: u32) -> Option<f64> {
    status(pid)?.vmrss.map(|kib| kib as f64 * 1024.0)
}

/// The largest resident size that a process has had, in bytes. None if it has ended.
pub(crate) fn peak_resident_bytes(pid: u32) -> Option<f64> {
    status(pid)?.vmhwm.map(|kib| kib as f64 * 1024.0)
}

fn status(pid: u32) -> Option<Status> {
    Status::from_file(format!("/proc/{pid}/status")).ok()
}

/// The number of files that a process has open.
pub(crate) fn open_files(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, Iterator::count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ended_children_count_for_their_parent() {
        let this = [std::process::id()];
        let before = CpuTimes::now();
        let spin = "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done";
        assert!(std::process::Command::new("sh").args(["-c", spin]).status().unwrap().success());
        let after = CpuTimes::now();
        assert!(after.used_since(&before, &this) > 0.0);
        assert!(after.others_since(&before, &[]) >= after.others_since(&before, &this));
        assert!(resident_bytes(this[0]).unwrap() > 0.0 && open_files(this[0]) > 0);
    }
}
