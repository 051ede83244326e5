//! One server on PostgreSQL, in alternating slices beside the same server on SQLite and PostgreSQL's driver alone.
//! Leaves the seeded database and the scenarios to `site` and `scenario`.

mod distance;
mod limited;

use anyhow::{Context as _, Result};
use keywright_postgres_cluster::Cluster;
use serde_json::{Value, json};

use super::Options;
use super::http::{Slice, rate, ratios, spread};
use super::lists::Lists;
use super::process::Process;
use super::report::Report;
use super::rest::wait_for_rest;
use super::scenario::{self, Scenario};
use super::served::Server;
use super::site::{Manner, Size, Workshop};
use super::statistics::Spread;
use super::table::{Table, figure};
use super::wrk::{Measured, Wrk};
use crate::setup;
use distance::Distance;
use limited::Limited;

const KEYS: usize = 100_000;
const CONNECTIONS: usize = 32;
/// So many at once where the standby is far away.
const MANY_CONNECTIONS: usize = 256;
const SLICE_MS: u32 = 1000;
const DATABASE: &str = "server";
const ALONE: &str = "alone";

/// What is measured, and beside what.
const PARTS: [&str; 5] = [
    "verify_valid",
    "verify_database",
    "mint",
    "verify_limited",
    "mint_far",
];
/// Those that have servers, or a standby, of their own.
const ALONE_PARTS: [&str; 2] = ["verify_limited", "mint_far"];

/// All that a slice needs.
struct Sides {
    postgres: Server,
    sqlite: Server,
    alone: Process,
    wrk: Wrk,
    lists: Lists,
}

/// Each part, and then a standby that is far away.
pub(crate) fn measure(workshop: &Workshop, options: &Options, report: &mut Report) -> Result<()> {
    let names = options.choose(&PARTS)?;
    let cluster = Cluster::start(&setup::postgresql::install()?)?;
    let primary = cluster.primary();
    let seed = workshop.seed(Size::for_chains(KEYS, 0))?;
    for database in [DATABASE, ALONE] {
        primary.create_database(database)?;
        workshop.copy_to_postgres(&seed, &primary.url(database))?;
        primary.sql(database, "VACUUM ANALYZE")?;
    }
    let pepper = seed.join("keys.db.pepper");
    let url = primary.url(DATABASE);
    let mut sides = Sides {
        postgres: workshop.serve_postgres("postgres", &url, &pepper, &[])?,
        sqlite: workshop.serve(workshop.copy(&seed, "sqlite")?, Manner::default())?,
        alone: workshop.postgres_alone(&primary.url(ALONE))?,
        wrk: Wrk::new(&workshop.folder().join("run"), 1, 0)?,
        lists: Lists::of(&seed),
    };
    report.say(&format!(
        "PostgreSQL with its own settings, {KEYS} keys, {CONNECTIONS} connections. *alone*: the same transactions and \
         look-ups by tokio-postgres, without keywright; mints in batches of the length that keywright had just before.\n\n"
    ));
    let callers = sides.sqlite.callers(&mut sides.lists)?;
    let mut table = Table::new(&["scenario", "keywright/s", "beside", "its/s", "ratio"]);
    for name in names.iter().filter(|name| !ALONE_PARTS.contains(name)) {
        wait_for_rest()?;
        let scenario = scenario::named(&callers, &[*name])?.remove(0);
        table.push(sides.measure(&scenario, options.slices, report)?);
    }
    report.table(&table);
    if names.contains(&"verify_limited") {
        wait_for_rest()?;
        let scenario = scenario::named(&callers, &["verify_valid"])?.remove(0);
        let limited = Limited::start(workshop, primary, &seed)?;
        limited.measure(
            &sides.wrk,
            &mut sides.lists,
            &scenario,
            options.slices,
            report,
        )?;
    }
    if names.contains(&"mint_far") {
        let scenario = scenario::named(&callers, &["mint"])?.remove(0);
        sides.measure_far(&cluster, &scenario, options.slices, report)?;
    }
    sides.alone.stop()?;
    sides.sqlite.discard()?;
    sides.postgres.discard()
}

impl Sides {
    /// Slices of the server on PostgreSQL, and of what stands beside it.
    fn measure(
        &mut self,
        scenario: &Scenario,
        slices: usize,
        report: &mut Report,
    ) -> Result<Vec<String>> {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for slice in 0..=slices {
            let before = self.commits()?;
            let mine = self.drive(scenario, CONNECTIONS, true)?;
            let batch_len = self.commits()?.mean_since(before);
            let other = match scenario.name {
                "mint" => self.alone(&format!("mint {batch_len} {SLICE_MS}"))?,
                "verify_database" => self.alone(&format!("look-up {CONNECTIONS} {SLICE_MS}"))?,
                _ => self.drive(scenario, CONNECTIONS, false)?,
            };
            report.raw(&json!({
                "scenario": scenario.name, "slice": slice, "batch_len": batch_len,
                "keywright": rate(&mine), "beside": rate(&other),
            }))?;
            // The first warms up.
            if slice > 0 {
                ours.push(mine);
                theirs.push(other);
            }
        }
        let beside = match scenario.name {
            "mint" | "verify_database" => "alone",
            _ => "on SQLite",
        };
        let median = |slices: &[Slice]| figure(Spread::of(slices.iter().map(rate)).median);
        Ok(vec![
            scenario.name.to_owned(),
            median(&ours),
            beside.to_owned(),
            median(&theirs),
            spread(ratios(&ours, &theirs, rate)),
        ])
    }

    /// Mints with a synchronous standby that is far away, without and with a snapshot that stays open.
    fn measure_far(
        &mut self,
        cluster: &Cluster,
        scenario: &Scenario,
        slices: usize,
        report: &mut Report,
    ) -> Result<()> {
        let distance = Distance::new(cluster)?;
        let (mut free, mut held) = (Vec::new(), Vec::new());
        for slice in 0..=slices {
            let mine = self.drive(scenario, MANY_CONNECTIONS, true)?;
            let snapshot = distance.hold_snapshot(DATABASE)?;
            let beside = self.drive(scenario, MANY_CONNECTIONS, true)?;
            drop(snapshot);
            report.raw(&json!({
                "scenario": "mint_far", "slice": slice,
                "keywright": rate(&mine), "with_snapshot": rate(&beside),
            }))?;
            if slice > 0 {
                free.push(mine);
                held.push(beside);
            }
        }
        let median = |slices: &[Slice]| figure(Spread::of(slices.iter().map(rate)).median);
        let mut table = Table::new(&["scenario", "mints/s", "with a snapshot open", "ratio"]);
        table.push(vec![
            format!(
                "the synchronous standby {} ms away, {MANY_CONNECTIONS} connections",
                distance::ROUND_TRIP_MS
            ),
            median(&free),
            median(&held),
            spread(ratios(&held, &free, rate)),
        ]);
        report.table(&table);
        distance.end(cluster.primary())
    }

    fn drive(&mut self, scenario: &Scenario, connections: usize, postgres: bool) -> Result<Slice> {
        let server = if postgres {
            &self.postgres
        } else {
            &self.sqlite
        };
        let measured = self.wrk.drive(
            server.address(),
            &scenario.requests,
            connections,
            &mut self.lists,
        );
        let measured = measured.with_context(|| scenario.name)?;
        Ok(Slice {
            measured,
            cpu_us: 0.0,
        })
    }

    fn alone(&mut self, order: &str) -> Result<Slice> {
        self.alone.tell(order)?;
        let line = self.alone.line().context("PostgreSQL alone has failed")?;
        let answer: Value = serde_json::from_str(&line)?;
        let number = |name: &str| {
            let number = answer[name].as_f64();
            number.with_context(|| format!("it says no {name}: {line}"))
        };
        Ok(Slice {
            measured: Measured {
                requests: number("requests")?,
                seconds: number("secs")?,
                p50_us: number("p50_us")?,
                p99_us: number("p99_us")?,
            },
            cpu_us: 0.0,
        })
    }

    fn commits(&self) -> Result<Commits> {
        let metrics = self.postgres.metrics()?;
        let number = |name: &str| -> Result<f64> {
            let line = metrics.lines().find_map(|line| line.strip_prefix(name));
            let line = line.with_context(|| format!("there is no metric {name}"))?;
            Ok(line.trim().parse()?)
        };
        Ok(Commits {
            changes: number("keywright_commit_batch_size_sum ")?,
            commits: number("keywright_commit_batch_size_count ")?,
        })
    }
}

/// What was committed so far.
#[derive(Clone, Copy)]
struct Commits {
    changes: f64,
    commits: f64,
}

impl Commits {
    /// How many changes a commit made since then, on average; at least one.
    fn mean_since(self, before: Self) -> u32 {
        let commits = (self.commits - before.commits).max(1.0);
        let mean = ((self.changes - before.changes) / commits).round();
        // At most some hundreds.
        format!("{:.0}", mean.max(1.0)).parse().unwrap_or(1)
    }
}
