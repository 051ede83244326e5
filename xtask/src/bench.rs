//! Owns `cargo xtask bench`: what can be measured, and how much of it is.
//!
//! Everything runs on this machine, over loopback, what is compared in alternating slices of one run.
//! The programs that need the server's code are in `tests/bench`; this only starts and reads them.

mod against;
mod growth;
mod http;
mod lists;
mod micro;
mod overload;
mod plot;
mod process;
mod report;
mod scenario;
mod site;
mod statistics;
mod table;
mod wrk;

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

use crate::terminal;
use report::Report;
use site::Workshop;

pub(crate) const HELP: &str = "\
cargo xtask bench [http|flush|growth|overload|micro] [flags]

  http       every scenario against the reference and the store alone (about 30 min)
  flush      the same for what is written, with 2 ms more for each flush (about 20 min)
  growth     at 10^3, 10^5 and 10^7 keys (about 8 min; the first time 15 more, to seed 6 GB)
  overload   five times what the server can do (about 7 min)
  micro      the steps of a verification by themselves (about 2 min)

Each builds what it needs with the release profile first, which takes minutes when something has changed.

  --slices N            slices of one second that are counted (15)
  --against FOLDER      http: only beside the build of an earlier checkout in this folder
  --only A,B            these scenarios only
  --connections N,M     at these numbers of connections only (1,32,256)
  --keys N,M            growth: databases of these sizes (1000,100000,10000000)
  --seconds N           overload: how long the flood lasts (30)
  --keep                put the report into server/docs/benchmarks/, too";

/// How much is measured.
pub(crate) struct Options {
    slices: usize,
    only: Vec<String>,
    connections: Vec<usize>,
    keys: Vec<usize>,
    seconds: u64,
    against: Option<PathBuf>,
    keep: bool,
}

/// Measures, prints and writes down.
///
/// # Errors
/// When the words are no flags, a program cannot be had, or any answer is not as it should be.
pub(crate) fn run(words: &[&str]) -> Result<()> {
    let (what, flags) = match words.split_first() {
        Some((what, flags)) if !what.starts_with("--") => (*what, flags),
        _ => ("http", words),
    };
    let options = Options::read(flags)?;
    let measure = match what {
        "http" => http::measure,
        "flush" => http::measure_slow_flush,
        "growth" => growth::measure,
        "overload" => overload::measure,
        "micro" => micro::measure,
        _ => bail!("`{what}` cannot be measured\n\n{HELP}"),
    };
    ensure!(
        options.against.is_none() || (what == "http" && !options.keep),
        "--against goes with `http` alone, and its report is not kept"
    );
    let started = Instant::now();
    let workshop = Workshop::open()?;
    if what != "micro" {
        workshop.build()?;
    }
    let part = options.against.as_ref().map_or(what, |_| "against");
    let mut report = Report::new(workshop.folder(), part)?;
    match &options.against {
        Some(earlier) => against::measure(&workshop, earlier, &options, &mut report)?,
        None => measure(&workshop, &options, &mut report)?,
    }
    report.keep(started.elapsed(), words, options.keep)?;
    terminal::success(&format!(
        "bench {what}: {:.0} s; see {}",
        started.elapsed().as_secs_f64(),
        workshop.folder().join("report.md").display()
    ));
    Ok(())
}

impl Options {
    fn read(flags: &[&str]) -> Result<Self> {
        let mut options = Self {
            slices: 15,
            only: Vec::new(),
            connections: vec![1, 32, 256],
            keys: vec![1_000, 100_000, 10_000_000],
            seconds: 30,
            against: None,
            keep: false,
        };
        let mut flags = flags.iter();
        while let Some(flag) = flags.next() {
            if *flag == "--keep" {
                options.keep = true;
                continue;
            }
            let value = flags.next();
            let value = value.with_context(|| format!("{flag} needs a value\n\n{HELP}"))?;
            match *flag {
                "--slices" => options.slices = number(flag, value)?,
                "--seconds" => options.seconds = number(flag, value)?,
                "--against" => options.against = Some(value.into()),
                "--only" => options.only = value.split(',').map(str::to_owned).collect(),
                "--connections" => options.connections = numbers(flag, value)?,
                "--keys" => options.keys = numbers(flag, value)?,
                _ => bail!("`{flag}` is no flag\n\n{HELP}"),
            }
        }
        ensure!(options.slices > 0, "--slices must be at least 1");
        let connections = 1..=256;
        ensure!(
            options
                .connections
                .iter()
                .all(|count| connections.contains(count)),
            "--connections must be 1 to 256"
        );
        Ok(options)
    }

    /// Of these names, those that are wanted.
    fn choose(&self, names: &[&'static str]) -> Result<Vec<&'static str>> {
        for wanted in &self.only {
            ensure!(
                names.contains(&wanted.as_str()),
                "there is no scenario `{wanted}` here; there are {}",
                names.join(", ")
            );
        }
        let is_wanted =
            |name: &&&str| self.only.is_empty() || self.only.iter().any(|only| only == **name);
        Ok(names.iter().filter(is_wanted).copied().collect())
    }
}

fn number<T: FromStr>(flag: &str, value: &str) -> Result<T> {
    value
        .parse()
        .ok()
        .with_context(|| format!("{flag} must be a whole number, got `{value}`"))
}

fn numbers(flag: &str, value: &str) -> Result<Vec<usize>> {
    value.split(',').map(|value| number(flag, value)).collect()
}

#[cfg(test)]
mod tests {
    use super::Options;

    #[test]
    fn flags_shorten_what_is_measured() {
        let options = Options::read(&["--slices", "2", "--connections", "1,32"]).unwrap();
        assert_eq!((options.slices, options.connections), (2, vec![1, 32]));
        assert!(Options::read(&["--slices"]).is_err());
        assert!(Options::read(&["--slices", "0"]).is_err());
        assert!(Options::read(&["--connections", "257"]).is_err());
        assert!(Options::read(&["--loud", "1"]).is_err());
    }

    #[test]
    fn a_scenario_that_is_not_there_is_not_left_out_in_silence() {
        let options = Options::read(&["--only", "list,mint"]).unwrap();
        assert_eq!(
            options.choose(&["mint", "list", "rotate"]).unwrap(),
            ["mint", "list"]
        );
        assert!(options.choose(&["mint"]).is_err());
    }
}
