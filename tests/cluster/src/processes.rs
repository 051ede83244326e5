//! Owns signals to a server's processes. All of them are children of its first.
//! Leaves which signal means what to the server.

use std::process::Command;

use anyhow::{Context as _, Result};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};

use crate::programs::run;

/// A line of the kernel's table of processes.
struct Process {
    pid: Pid,
    parent: Option<Pid>,
    /// It has ended, and its parent has not asked how.
    is_zombie: bool,
}

/// Sends a signal to one process.
pub(crate) fn send(pid: Pid, signal: Signal) -> Result<()> {
    kill_process(pid, signal).context("cannot send a signal to postgres")
}

/// Sends a signal to processes, of which some may have ended meanwhile.
pub(crate) fn send_all(pids: &[Pid], signal: Signal) -> Result<()> {
    for pid in pids {
        match kill_process(*pid, signal) {
            Ok(()) | Err(Errno::SRCH) => {}
            Err(error) => return Err(error).context("cannot send a signal to postgres"),
        }
    }
    Ok(())
}

/// Stops a process and its children, which are returned.
pub(crate) fn stop(pid: Pid) -> Result<Vec<Pid>> {
    send(pid, Signal::STOP)?;
    let mut stopped = Vec::new();
    // It may have made another before the signal had reached it.
    loop {
        let others = children(pid)?;
        if others.iter().all(|other| stopped.contains(other)) {
            return Ok(stopped);
        }
        send_all(&others, Signal::STOP)?;
        stopped = others;
    }
}

/// Lets a process and its children go on.
pub(crate) fn resume(pid: Pid) -> Result<()> {
    send_all(&children(pid)?, Signal::CONT)?;
    send(pid, Signal::CONT)
}

/// Whether none of these runs any more.
pub(crate) fn have_ended(pids: &[Pid]) -> Result<bool> {
    let table = table()?;
    let mut running = table.iter().filter(|process| !process.is_zombie);
    Ok(!running.any(|process| pids.contains(&process.pid)))
}

fn children(parent: Pid) -> Result<Vec<Pid>> {
    let children = table()?
        .into_iter()
        .filter(|process| process.parent == Some(parent));
    Ok(children.map(|process| process.pid).collect())
}

fn table() -> Result<Vec<Process>> {
    let columns = ["-A", "-o", "pid=", "-o", "ppid=", "-o", "stat="];
    let table = run(Command::new("ps").args(columns))?;
    let processes = table.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let mut pid = || Pid::from_raw(words.next()?.parse().ok()?);
        let (process, parent) = (pid()?, pid());
        Some(Process {
            pid: process,
            parent,
            is_zombie: words.next()?.starts_with('Z'),
        })
    });
    Ok(processes.collect())
}
