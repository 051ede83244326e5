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
mod postgres;
mod process;
mod report;
mod rest;
mod revocation;
mod scenario;
mod served;
mod site;
mod statistics;
mod table;
mod wrk;

use std::env;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Result, ensure};
use clap::{Args, ValueEnum};

use crate::terminal;
use report::Report;
use site::Workshop;

/// What is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum What {
    /// Every scenario against the reference and the store alone (about 30 min).
    #[default]
    Http,
    /// The same for what is written, with 2 ms more for each flush (about 20 min).
    Flush,
    /// At 10^3, 10^5 and 10^7 keys (about 8 min; the first time 15 more, to seed 6 GB).
    Growth,
    /// Five times what the server can do (about 7 min).
    Overload,
    /// The steps of a verification by themselves (about 2 min).
    Micro,
    /// One server on PostgreSQL, beside PostgreSQL's driver alone and a server on SQLite (about 10 min).
    Postgres,
    /// Four servers on one PostgreSQL: from a revocation at one until the others refuse (about 2 min).
    Revocation,
}

impl What {
    fn word(self) -> String {
        let value = self.to_possible_value().expect("no value is skipped");
        value.get_name().to_owned()
    }
}

/// What is measured, and how much of it. Each builds what it needs first, as a release is built, which takes minutes
/// when something has changed.
#[derive(Clone, Debug, Args)]
pub(crate) struct Flags {
    /// What is measured.
    #[arg(value_enum, default_value_t)]
    what: What,
    #[command(flatten)]
    options: Options,
}

/// How much is measured.
#[derive(Clone, Debug, Args)]
pub(crate) struct Options {
    /// Slices of one second that are counted.
    #[arg(long, default_value_t = 15, value_parser = slices)]
    slices: usize,
    /// These scenarios only.
    #[arg(long, value_delimiter = ',', value_name = "A,B")]
    only: Vec<String>,
    /// At these numbers of connections only.
    #[arg(long, value_delimiter = ',', value_name = "N,M", default_values_t = [1, 32, 256], value_parser = connections)]
    connections: Vec<usize>,
    /// growth: databases of these sizes.
    #[arg(long, value_delimiter = ',', value_name = "N,M", default_values_t = [1_000, 100_000, 10_000_000])]
    keys: Vec<usize>,
    /// overload: how long the flood lasts.
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// revocation: so many keys are revoked, once while the servers have nothing else to do, and once under load.
    #[arg(long, default_value_t = 1000)]
    rounds: usize,
    /// http: only beside the build of an earlier checkout in this folder.
    #[arg(long, value_name = "FOLDER", conflicts_with = "keep")]
    against: Option<PathBuf>,
    /// The profile of the build that is measured; that of an earlier checkout is always what releases are built with.
    #[arg(long, default_value = site::DIST, conflicts_with = "keep")]
    profile: String,
    /// Put the report into server/docs/benchmarks/, too.
    #[arg(long)]
    keep: bool,
}

/// Measures, prints and writes down.
///
/// # Errors
/// When a program cannot be had, or any answer is not as it should be.
pub(crate) fn run(flags: &Flags) -> Result<()> {
    let Flags { what, options } = flags;
    ensure!(
        options.against.is_none() || *what == What::Http,
        "--against goes with `http` alone"
    );
    let started = Instant::now();
    let workshop = Workshop::open(&options.profile)?;
    if *what != What::Micro {
        workshop.build()?;
    }
    let part = options
        .against
        .as_ref()
        .map_or_else(|| what.word(), |_| "against".to_owned());
    let mut report = Report::new(workshop.folder(), &part)?;
    match (&options.against, what) {
        (Some(earlier), _) => against::measure(&workshop, earlier, options, &mut report)?,
        (None, What::Http) => http::measure(&workshop, options, &mut report)?,
        (None, What::Flush) => http::measure_slow_flush(&workshop, options, &mut report)?,
        (None, What::Growth) => growth::measure(&workshop, options, &mut report)?,
        (None, What::Overload) => overload::measure(&workshop, options, &mut report)?,
        (None, What::Micro) => micro::measure(&workshop, options, &mut report)?,
        (None, What::Postgres) => postgres::measure(&workshop, options, &mut report)?,
        (None, What::Revocation) => revocation::measure(&workshop, options, &mut report)?,
    }
    let words: Vec<String> = env::args().skip(2).collect();
    report.keep(started.elapsed(), &words, options.keep)?;
    terminal::success(&format!(
        "bench {}: {:.0} s; see {}",
        what.word(),
        started.elapsed().as_secs_f64(),
        workshop.folder().join("report.md").display()
    ));
    Ok(())
}

impl Options {
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

fn slices(text: &str) -> Result<usize, String> {
    within(text, 1..=usize::MAX)
}

fn connections(text: &str) -> Result<usize, String> {
    within(text, 1..=256)
}

fn within(text: &str, range: RangeInclusive<usize>) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| format!("must be {} to {}", range.start(), range.end()))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::{Flags, Options};

    #[derive(Parser)]
    struct Arguments {
        #[command(flatten)]
        flags: Flags,
    }

    fn read(words: &str) -> Result<Options, clap::Error> {
        let words = ["bench"].into_iter().chain(words.split(' '));
        Arguments::try_parse_from(words).map(|arguments| arguments.flags.options)
    }

    #[test]
    fn flags_shorten_what_is_measured() {
        let options = read("http --slices 2 --connections 1,32").unwrap();
        assert_eq!((options.slices, options.connections), (2, vec![1, 32]));
        for refused in ["--slices 0", "--connections 257", "--loud 1", "warp"] {
            assert!(read(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn a_scenario_that_is_not_there_is_not_left_out_in_silence() {
        let options = read("http --only list,mint").unwrap();
        assert_eq!(
            options.choose(&["mint", "list", "rotate"]).unwrap(),
            ["mint", "list"]
        );
        assert!(options.choose(&["mint"]).is_err());
    }
}
