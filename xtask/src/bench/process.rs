//! A process that is measured: how it starts and ends, and what it takes.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

/// What a process says before its address.
const LISTENING: &str = "listening on http://";
/// How long a process may take to end; longer than keywright gives running requests.
const END_WITHIN: Duration = Duration::from_secs(40);
const MIB: f64 = 1024.0;

/// A process that runs until it is stopped.
pub(crate) struct Process {
    child: Child,
    output: BufReader<ChildStdout>,
    /// Its address, or what else it has said of being ready.
    pub(crate) address: String,
    /// From its start to the line that says it is ready.
    pub(crate) started_in: Duration,
}

/// What a process has used so far, and holds now.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    pub(crate) cpu_us: f64,
    pub(crate) resident_mib: f64,
    pub(crate) proportional_mib: f64,
}

impl Process {
    /// Starts it and waits for the line that says where it listens, or that it `is ready`.
    ///
    /// # Errors
    /// When it ends before, with what it said.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let program = command.get_program().to_string_lossy().into_owned();
        let started = Instant::now();
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {program}"))?;
        let output = child.stdout.take().context("its output is piped")?;
        let mut process = Self {
            child,
            output: BufReader::new(output),
            address: String::new(),
            started_in: Duration::ZERO,
        };
        loop {
            let line = process
                .line()
                .with_context(|| format!("{program} ended before it was ready"))?;
            if let Some((_, address)) = line.split_once(LISTENING) {
                address.trim().clone_into(&mut process.address);
            }
            if line.contains(LISTENING) || line.ends_with("is ready") {
                process.started_in = started.elapsed();
                return Ok(process);
            }
        }
    }

    /// Its next line of output.
    pub(crate) fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        ensure!(
            self.output.read_line(&mut line)? > 0,
            "its output has ended"
        );
        Ok(line.trim_end().to_owned())
    }

    /// Says a line to it.
    pub(crate) fn tell(&mut self, line: &str) -> Result<()> {
        let input = self.child.stdin.as_mut().context("its input is piped")?;
        writeln!(input, "{line}")?;
        Ok(input.flush()?)
    }

    pub(crate) fn usage(&self) -> Result<Usage> {
        usage(self.child.id())
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end, and waits until it has.
    pub(crate) fn stop(mut self) -> Result<()> {
        // One that reads its orders ends with them; a server ends when it is told.
        drop(self.child.stdin.take());
        signal(self.child.id())?;
        let asked = Instant::now();
        while self.child.try_wait()?.is_none() {
            if asked.elapsed() > END_WITHIN {
                self.child.kill()?;
                bail!("a process did not end when it was told");
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // After an error nothing may be left running; one that has ended already cannot be killed.
        if matches!(self.child.try_wait(), Ok(None)) && self.child.kill().is_ok() {
            self.child.wait().ok();
        }
    }
}

fn signal(pid: u32) -> Result<()> {
    let status = Command::new("kill").arg(pid.to_string()).status()?;
    ensure!(status.success(), "cannot end process {pid}");
    Ok(())
}

/// What a process has used so far, with all its threads.
pub(crate) fn usage(pid: u32) -> Result<Usage> {
    let folder = Path::new("/proc").join(pid.to_string());
    let stat = fs::read_to_string(folder.join("stat"))
        .with_context(|| format!("process {pid} has ended"))?;
    let memory = fs::read_to_string(folder.join("smaps_rollup"))?;
    Ok(Usage {
        cpu_us: cpu_us(&stat).context("/proc/PID/stat is not as expected")?,
        resident_mib: field(&memory, "Rss:") / MIB,
        proportional_mib: field(&memory, "Pss:") / MIB,
    })
}

/// User and system time, which stand behind the name; a tick is 10 ms on every Linux that Rust runs on.
fn cpu_us(stat: &str) -> Option<f64> {
    const TICK_US: f64 = 10_000.0;
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) * TICK_US)
}

fn field(text: &str, name: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_ascii_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::{cpu_us, field};

    #[test]
    fn the_time_of_a_process_is_found_whatever_its_name() {
        let stat = "42 (a) b (c)) S 1 42 42 0 -1 4194304 100 0 0 0 7 5 0 0 20 0 9 0 100 1 2";
        assert_eq!(cpu_us(stat), Some(120_000.0));
        assert_eq!(cpu_us("42 no name"), None);
    }

    #[test]
    fn a_field_is_read_by_its_whole_name() {
        let memory = "Rss:    2048 kB\nPss:    1024 kB\nPss_Anon: 5 kB\n";
        assert!((field(memory, "Pss:") - 1024.0).abs() < f64::EPSILON);
        assert!(field(memory, "Swap:").abs() < f64::EPSILON);
    }
}
