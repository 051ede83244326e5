//! Owns the wait until the machine is quiet enough to measure on.
//! Leaves what is measured then to the benchmarks.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::Result;

/// Waits until the machine has little else to do, at most for a while, and says how busy it still is.
pub(crate) fn wait_for_rest() -> Result<f64> {
    const REST: f64 = 0.08;
    const WAIT: Duration = Duration::from_secs(20);
    let asked = Instant::now();
    loop {
        let before = machine()?;
        std::thread::sleep(Duration::from_millis(500));
        let after = machine()?;
        let share = (after.0 - before.0) / (after.1 - before.1).max(1.0);
        if share < REST || asked.elapsed() > WAIT {
            return Ok(share);
        }
    }
}

/// Ticks in which the machine was busy, and all ticks.
fn machine() -> Result<(f64, f64)> {
    let stat = fs::read_to_string("/proc/stat")?;
    let line = stat.lines().next().unwrap_or_default();
    let ticks = line.split_ascii_whitespace().skip(1).take(8);
    let ticks: Vec<f64> = ticks.filter_map(|ticks| ticks.parse().ok()).collect();
    let all: f64 = ticks.iter().sum();
    let idle: f64 = ticks.iter().skip(3).take(2).sum();
    Ok((all - idle, all))
}
