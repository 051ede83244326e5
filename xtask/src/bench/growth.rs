//! The same work on databases of different sizes, in alternating slices.

use std::fs::File;
use std::io;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::Options;
use super::lists::Lists;
use super::plot::Lines;
use super::report::Report;
use super::rest::wait_for_rest;
use super::scenario::{self, Request, chains};
use super::served::Server;
use super::site::{Manner, Size, Workshop};
use super::statistics::Spread;
use super::table::{Table, figure, milliseconds};
use super::wrk::{Measured, Wrk};

const SCENARIOS: [&str; 6] = [
    "verify_valid",
    "verify_database",
    "verify_cold",
    "list",
    "mint",
    "rotate",
];
const CONNECTIONS: usize = 32;
/// What is measured at one connection: how long one look-up takes, not how many there can be.
const ONE_CONNECTION: &str = "verify_cold";
/// Databases up to this size are copied, and begin each slice that writes as they were: it would change
/// their size. Larger ones are used as they are, and grow by the little that a run adds.
const SMALL: usize = 500_000;
/// How often a server is started to see how long that takes.
const STARTS: usize = 5;
/// Rotations and cold keys that a run may use.
const ROTATIONS: usize = 100_000;
const COLD: usize = 1_500_000;
/// Cold keys that are kept for reading them from the database again and again.
const SOME: usize = 10_000;
/// Cold keys for one slice: more than it needs, where there are enough.
const ONCE_MAX: usize = 40_000;

/// One size, and its server.
struct Site {
    keys: usize,
    seed: PathBuf,
    server: Server,
    lists: Lists,
    starts: Vec<f64>,
    started_mib: f64,
    copies: usize,
}

/// One scenario at one size.
struct Outcome {
    scenario: &'static str,
    keys: usize,
    slices: Vec<(Measured, f64)>,
}

/// All scenarios at all sizes.
pub(crate) fn measure(workshop: &Workshop, options: &Options, report: &mut Report) -> Result<()> {
    ensure!(!options.keys.is_empty(), "--keys must name a size");
    let names = options.choose(&SCENARIOS)?;
    let mut sites = Vec::new();
    for &keys in &options.keys {
        sites.push(Site::open(workshop, keys, options.slices)?);
    }
    let largest = sites.iter().map(|site| site.keys).max().unwrap_or(0);
    let once_len = (cold(largest) / (options.slices + 1)).min(ONCE_MAX);
    let wrk = Wrk::new(&workshop.folder().join("run"), 1, once_len)?;
    let mut outcomes = Vec::new();
    for name in names {
        for outcome in measure_scenario(workshop, &wrk, &mut sites, name, options.slices)? {
            println!("{}", outcome.line());
            outcome.keep(report)?;
            outcomes.push(outcome);
        }
    }
    tell(report, &outcomes);
    tell_of_starts(report, &sites)?;
    for site in sites {
        if site.keys <= SMALL {
            site.server.discard()?;
        } else {
            site.server.process.stop()?;
        }
    }
    Ok(())
}

/// Keys that are verified once each, in a database of a given size.
fn cold(keys: usize) -> usize {
    COLD.min(keys / 2)
}

fn measure_scenario(
    workshop: &Workshop,
    wrk: &Wrk,
    sites: &mut [Site],
    name: &'static str,
    slices: usize,
) -> Result<Vec<Outcome>> {
    wait_for_rest()?;
    // Only the largest has keys enough to verify each but once.
    let largest = sites.iter().map(|site| site.keys).max().unwrap_or(0);
    let takes_part = |site: &Site| name != "verify_cold" || site.keys == largest;
    let mut outcomes: Vec<Outcome> = sites
        .iter()
        .filter(|site| takes_part(site))
        .map(|site| Outcome {
            scenario: name,
            keys: site.keys,
            slices: Vec::new(),
        })
        .collect();
    for slice in 0..=slices {
        for (site, outcome) in sites
            .iter_mut()
            .filter(|site| takes_part(site))
            .zip(&mut outcomes)
        {
            let taken = site
                .slice(workshop, wrk, name)
                .with_context(|| format!("{name} at {} keys", site.keys))?;
            // The first slice warms up.
            outcome.slices.extend((slice > 0).then_some(taken));
        }
    }
    Ok(outcomes)
}

impl Site {
    fn open(workshop: &Workshop, keys: usize, slices: usize) -> Result<Self> {
        let size = Size {
            keys,
            users: 1000,
            rotations: ROTATIONS.min(keys / 4),
            cold: cold(keys) + SOME,
        };
        let seed = workshop.seed(size)?;
        let mut starts = Vec::new();
        let mut lists = Lists::of(&seed);
        let folder = if keys <= SMALL {
            workshop.copy(&seed, &format!("growth-{keys}"))?
        } else {
            // What this run rotates, no other run may rotate again.
            lists.reserve("rotations", chains(CONNECTIONS) * (slices + 1))?;
            seed.clone()
        };
        for _ in 1..STARTS {
            let server = workshop.serve(folder.clone(), Manner::default())?;
            starts.push(server.process.started_in.as_secs_f64());
            server.process.stop()?;
        }
        let server = workshop.serve(folder, Manner::default())?;
        starts.push(server.process.started_in.as_secs_f64());
        println!(
            "{keys} keys: started in {:.3} s",
            Spread::of(starts.clone()).median
        );
        Ok(Self {
            keys,
            lists,
            started_mib: server.process.usage()?.resident_mib,
            seed,
            server,
            starts,
            copies: 0,
        })
    }

    /// One slice, and the CPU time for each of its requests.
    fn slice(&mut self, workshop: &Workshop, wrk: &Wrk, name: &str) -> Result<(Measured, f64)> {
        let is_write = matches!(name, "mint" | "rotate");
        if is_write && self.keys <= SMALL {
            self.begin_anew(workshop, wrk)?;
        }
        if self.keys > SMALL {
            self.bring_to_memory()?;
        }
        let connections = if name == ONE_CONNECTION {
            1
        } else {
            CONNECTIONS
        };
        let before = self.server.process.usage()?;
        let measured = self.drive(wrk, name, connections)?;
        let cpu_us = self.server.process.usage()?.cpu_us - before.cpu_us;
        Ok((measured, cpu_us / measured.requests))
    }

    /// Reads the database through: some systems take from memory what was not asked for in a minute, and then
    /// it is the disk that is measured.
    fn bring_to_memory(&self) -> Result<()> {
        let mut database = File::open(self.seed.join("keys.db"))?;
        io::copy(&mut database, &mut io::sink())?;
        Ok(())
    }

    /// The database as it was, served by a server that is warm.
    fn begin_anew(&mut self, workshop: &Workshop, wrk: &Wrk) -> Result<()> {
        self.copies += 1;
        let name = format!("growth-{}-{}", self.keys, self.copies);
        let fresh = workshop.copy(&self.seed, &name)?;
        let server = workshop.serve(fresh, Manner::default())?;
        let before = std::mem::replace(&mut self.server, server);
        before.discard()?;
        // What was used up is there again.
        self.lists = Lists::of(&self.seed);
        self.drive(wrk, "verify_valid", CONNECTIONS)?;
        Ok(())
    }

    fn drive(&mut self, wrk: &Wrk, name: &str, connections: usize) -> Result<Measured> {
        let callers = self.lists.callers()?;
        let scenario = scenario::named(&callers, &[name])?;
        let requests: Vec<Request> = scenario.into_iter().flat_map(|one| one.requests).collect();
        wrk.drive(
            self.server.address(),
            &requests,
            connections,
            &mut self.lists,
        )
    }
}

impl Outcome {
    fn cpu_us(&self) -> f64 {
        Spread::of(self.slices.iter().map(|(_, cpu_us)| *cpu_us)).median
    }

    fn median(&self, what: fn(&Measured) -> f64) -> f64 {
        Spread::of(self.slices.iter().map(|(measured, _)| what(measured))).median
    }

    fn line(&self) -> String {
        format!(
            "{:<16} {:>9} keys {:>7} µs of CPU, {:>7}/s, p99 {} ms",
            self.scenario,
            self.keys,
            figure(self.cpu_us()),
            figure(self.median(Measured::per_second)),
            milliseconds(self.median(|measured| measured.p99_us)),
        )
    }

    fn keep(&self, report: &mut Report) -> Result<()> {
        for (number, (measured, cpu_us)) in self.slices.iter().enumerate() {
            report.raw(&json!({
                "scenario": self.scenario,
                "keys": self.keys,
                "slice": number,
                "requests": measured.requests,
                "seconds": measured.seconds,
                "p50_us": measured.p50_us,
                "p99_us": measured.p99_us,
                "cpu_us_per_request": cpu_us,
            }))?;
        }
        Ok(())
    }
}

fn tell(report: &mut Report, outcomes: &[Outcome]) {
    report.say(
        "32 connections, but `verify_cold` at one: keys of the largest database, each for the first time. \
         `verify_database` reads the database for each request (`Cache-Control: no-cache`). The database \
         files are in the memory of the operating system: the largest is read through before each slice. An \
         owner has 1000 keys, and what is rotated belongs to 100 owners at each size: all of one owner is \
         cheaper, for it lies together. The ratio is that of CPU time to the smallest database's, slice by slice.\n\n",
    );
    let mut table = Table::new(&[
        "scenario",
        "keys",
        "CPU µs",
        "ratio",
        "requests/s",
        "p50 ms",
        "p99 ms",
    ]);
    for outcome in outcomes {
        let same = outcomes
            .iter()
            .filter(|other| other.scenario == outcome.scenario);
        let smallest = same.min_by_key(|other| other.keys);
        let pairs = smallest.into_iter().flat_map(|smallest| {
            let pairs = outcome.slices.iter().zip(&smallest.slices);
            pairs.map(|(ours, theirs)| (ours.1, theirs.1))
        });
        let ratio = Spread::of_ratios(pairs);
        table.push(vec![
            outcome.scenario.to_owned(),
            outcome.keys.to_string(),
            figure(outcome.cpu_us()),
            format!(
                "{:.2} ({:.2} to {:.2})",
                ratio.median, ratio.low, ratio.high
            ),
            figure(outcome.median(Measured::per_second)),
            milliseconds(outcome.median(|measured| measured.p50_us)),
            milliseconds(outcome.median(|measured| measured.p99_us)),
        ]);
    }
    report.table(&table);
    let mut lines: Vec<(String, Vec<(f64, f64)>)> = Vec::new();
    for outcome in outcomes {
        let keys = u32::try_from(outcome.keys).unwrap_or(u32::MAX);
        let point = (f64::from(keys), outcome.cpu_us());
        match lines.iter_mut().find(|(name, _)| name == outcome.scenario) {
            Some((_, points)) => points.push(point),
            None => lines.push((outcome.scenario.to_owned(), vec![point])),
        }
    }
    let lines = Lines {
        title: "CPU microseconds for a request, by the number of keys".to_owned(),
        lines,
    };
    report.plot("cpu", &lines.to_svg());
}

fn tell_of_starts(report: &mut Report, sites: &[Site]) -> Result<()> {
    let mut table = Table::new(&[
        "keys",
        "start s",
        "resident MiB after it",
        "resident MiB at the end",
        "PSS MiB at the end",
    ]);
    for site in sites {
        let usage = site.server.process.usage()?;
        table.push(vec![
            site.keys.to_string(),
            format!("{:.3}", Spread::of(site.starts.clone()).median),
            figure(site.started_mib),
            figure(usage.resident_mib),
            figure(usage.proportional_mib),
        ]);
    }
    report.table(&table);
    Ok(())
}
