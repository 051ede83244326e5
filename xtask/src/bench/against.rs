//! keywright beside an earlier build of itself, in alternating slices.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::json;

use super::Options;
use super::http::{KEYS, Slice, cpu, p99, rate, ratios, spread};
use super::lists::Lists;
use super::report::Report;
use super::rest::wait_for_rest;
use super::scenario::{self, Scenario, chains};
use super::served::Server;
use super::site::{Manner, Size, Workshop};
use super::statistics::Spread;
use super::table::{Table, figure};
use super::wrk::Wrk;

const SCENARIOS: [&str; 8] = [
    "verify_valid",
    "verify_unknown",
    "authorize",
    "list",
    "mint",
    "mint_named_keys",
    "mint_client_keys",
    "rotate",
];

/// One of the two builds, with a database of its own.
struct Side {
    name: &'static str,
    server: Server,
    lists: Lists,
    scenarios: Vec<Scenario>,
}

/// Every scenario, by this build and by that of the checkout in `earlier`, on copies of one database. The
/// earlier build makes the database, which this one brings up to date.
pub(crate) fn measure(
    workshop: &Workshop,
    earlier: &Path,
    options: &Options,
    report: &mut Report,
) -> Result<()> {
    let names = options.choose(&SCENARIOS)?;
    let before = workshop.of_checkout(earlier)?;
    let seed = before.seed(size(options))?;
    let wrk = Wrk::new(&workshop.folder().join("run"), 1, 0)?;
    let open = |name, workshop: &Workshop| {
        let folder = workshop.copy(&seed, name)?;
        Side::open(name, workshop, folder, &seed, &names)
    };
    let mut sides = [open("before", &before)?, open("now", workshop)?];
    let mut table = Table::new(&[
        "scenario",
        "connections",
        "before/s",
        "now/s",
        "now of before",
        "CPU of before",
        "p99 of before",
    ]);
    for &connections in &options.connections {
        for (index, name) in names.iter().enumerate() {
            wait_for_rest()?;
            let mut taken: [Vec<Slice>; 2] = Default::default();
            for slice in 0..=options.slices {
                // Each goes first as often as the other.
                for turn in 0..2 {
                    let side = (turn + slice) % 2;
                    let measured = sides[side].drive(&wrk, index, connections)?;
                    // The first slice warms up.
                    if slice > 0 {
                        keep(report, &sides[side], name, connections, measured)?;
                        taken[side].push(measured);
                    }
                }
            }
            let [before, now] = &taken;
            let all = |slices: &[Slice]| figure(Spread::of(slices.iter().map(rate)).median);
            let row = vec![
                (*name).to_owned(),
                connections.to_string(),
                all(before),
                all(now),
                spread(ratios(now, before, rate)),
                spread(ratios(now, before, cpu)),
                spread(ratios(now, before, p99)),
            ];
            println!("{}", row.join("  "));
            table.push(row);
        }
    }
    report.say("This build beside an earlier one, each on its copy of one database.\n\n");
    report.table(&table);
    let [before, now] = sides;
    before.server.discard()?;
    now.server.discard()
}

impl Side {
    fn open(
        name: &'static str,
        workshop: &Workshop,
        folder: PathBuf,
        seed: &Path,
        names: &[&'static str],
    ) -> Result<Self> {
        let server = workshop.serve(folder, Manner::default());
        let server = server.with_context(|| format!("the build of {name}"))?;
        let mut lists = Lists::of(seed);
        let callers = server.callers(&mut lists)?;
        Ok(Self {
            name,
            server,
            lists,
            scenarios: scenario::named(&callers, names)?,
        })
    }

    fn drive(&mut self, wrk: &Wrk, index: usize, connections: usize) -> Result<Slice> {
        let process = &self.server.process;
        let requests = &self.scenarios[index].requests;
        let before = process.usage()?;
        let measured = wrk.drive(&process.address, requests, connections, &mut self.lists);
        let measured = measured.with_context(|| format!("the build of {}", self.name))?;
        let cpu_us = process.usage()?.cpu_us - before.cpu_us;
        Ok(Slice {
            measured,
            cpu_us: cpu_us / measured.requests,
        })
    }
}

/// A database with as many chains of rotations and users as all slices use up.
fn size(options: &Options) -> Size {
    let slices = options.slices + 1;
    let used: usize = options
        .connections
        .iter()
        .map(|count| chains(*count) * slices)
        .sum();
    Size::for_chains(KEYS, used)
}

fn keep(
    report: &mut Report,
    side: &Side,
    scenario: &str,
    connections: usize,
    slice: Slice,
) -> Result<()> {
    report.raw(&json!({
        "scenario": scenario,
        "connections": connections,
        "side": side.name,
        "requests": slice.measured.requests,
        "seconds": slice.measured.seconds,
        "p50_us": slice.measured.p50_us,
        "p99_us": slice.measured.p99_us,
        "cpu_us_per_request": slice.cpu_us,
    }))
}
