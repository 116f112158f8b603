//! Processes that are measured: what they have cost in CPU time and what they hold in memory.

use anyhow::Context;
use std::process::Child;

/// A child that is killed when it is no longer needed.
pub struct Process(pub Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself, and then there is nothing left to do.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// User and system time of processes so far, in microseconds. Linux counts it in hundredths of a second on every machine.
pub fn cpu(pids: &[u32]) -> f64 {
    let of = |pid: &u32| -> Option<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name may hold blanks and brackets; it ends at the last one.
        let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
        let ticks: f64 = [11, 12].iter().filter_map(|n| fields.get(*n)?.parse::<f64>().ok()).sum();
        Some(ticks * 10_000.0)
    };
    pids.iter().filter_map(of).sum()
}

/// Memory of a process that belongs to no file, in millions of bytes.
pub fn own_memory(pid: u32) -> anyhow::Result<f64> {
    memory(pid, "RssAnon:")
}

/// The most memory that a process has had so far, in millions of bytes.
pub fn peak_memory(pid: u32) -> anyhow::Result<f64> {
    memory(pid, "VmHWM:")
}

fn memory(pid: u32, kind: &str) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(kind));
    let line = line.with_context(|| format!("no {kind} in /proc"))?;
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes * 1024.0 / 1e6)
}
