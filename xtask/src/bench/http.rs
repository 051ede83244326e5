//! keywright beside the reference and the store alone, in alternating slices.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::Options;
use super::lists::Lists;
use super::plot::{Bars, Group};
use super::process::Process;
use super::report::Report;
use super::rest::wait_for_rest;
use super::scenario::{self, Request, Scenario, chains};
use super::served::{Server, reference_requests};
use super::site::{Manner, Size, Workshop};
use super::statistics::Spread;
use super::table::{Table, figure, milliseconds};
use super::wrk::{Measured, Wrk};

/// Keys in the database: many times what the peers of such servers are measured with, and all in memory.
pub(super) const KEYS: usize = 100_000;
const SLOW_FLUSH_US: u32 = 2000;

const SCENARIOS: [&str; 12] = [
    "verify_valid",
    "verify_unknown",
    "verify_revoked",
    "authorize",
    "list",
    "mint",
    "mint_user_key",
    "mint_client_keys",
    "mint_named_keys",
    "mint_organization_key",
    "rotate",
    "mixed_95_5",
];
const SLOW_SCENARIOS: [&str; 8] = [
    "verify_valid",
    "mint",
    "mint_user_key",
    "mint_client_keys",
    "mint_named_keys",
    "mint_organization_key",
    "rotate",
    "mixed_95_5",
];

/// Every scenario, on this machine's own disk.
pub(crate) fn measure(workshop: &Workshop, options: &Options, report: &mut Report) -> Result<()> {
    compare(workshop, options, report, &SCENARIOS, Manner::default())
}

/// What is written, as on a slower disk.
pub(crate) fn measure_slow_flush(
    workshop: &Workshop,
    options: &Options,
    report: &mut Report,
) -> Result<()> {
    let manner = Manner {
        flush_delay_us: SLOW_FLUSH_US,
        ..Manner::default()
    };
    compare(workshop, options, report, &SLOW_SCENARIOS, manner)
}

/// One slice of one side.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Slice {
    pub(super) measured: Measured,
    /// CPU time of the server for each request.
    pub(super) cpu_us: f64,
}

/// All that was measured of one scenario at one number of connections.
struct Outcome {
    scenario: &'static str,
    connections: usize,
    reference: Vec<Slice>,
    server: Vec<Slice>,
    alone: Vec<Slice>,
    server_mib: f64,
    reference_mib: f64,
}

/// The three sides.
struct Sides {
    server: Server,
    reference: Process,
    alone: Process,
    wrk: Wrk,
    lists: Lists,
}

fn compare(
    workshop: &Workshop,
    options: &Options,
    report: &mut Report,
    names: &[&'static str],
    manner: Manner,
) -> Result<()> {
    let names = options.choose(names)?;
    let mut sides = Sides::open(workshop, options, &names, manner)?;
    let callers = sides.server.callers(&mut sides.lists)?;
    let scenarios = scenario::named(&callers, &names)?;
    let idle = sides.server.process.usage()?;
    let total = scenarios.len() * options.connections.len();
    let mut outcomes = Vec::new();
    for &connections in &options.connections {
        for scenario in &scenarios {
            let busy = wait_for_rest()?;
            let outcome = sides.measure(scenario, connections, options.slices)?;
            println!(
                "[{}/{total}] {}{}",
                outcomes.len() + 1,
                outcome.line(),
                if busy > 0.1 {
                    "  (the machine is busy)"
                } else {
                    ""
                }
            );
            outcome.keep(report)?;
            outcomes.push(outcome);
        }
    }
    tell(report, &outcomes, options, manner);
    report.say(&format!(
        "\nMemory of keywright after the start, with {KEYS} keys in the database: {} MiB resident, {} MiB \
         proportional.\n",
        figure(idle.resident_mib),
        figure(idle.proportional_mib)
    ));
    sides.close()
}

impl Sides {
    fn open(
        workshop: &Workshop,
        options: &Options,
        names: &[&'static str],
        manner: Manner,
    ) -> Result<Self> {
        // One more than is counted: the first warms up.
        let slices = options.slices + 1;
        let used: usize = options
            .connections
            .iter()
            .map(|count| chains(*count) * slices)
            .sum();
        let seed = workshop.seed(Size::for_chains(KEYS, used))?;
        let server = workshop.serve(workshop.copy(&seed, "server")?, manner)?;
        let alone = workshop.copy(&seed, "alone")?;
        let alone = workshop.alone(&alone, &seed, manner)?;
        let mut lists = Lists::of(&seed);
        let callers = server.callers(&mut lists)?;
        let routes = server.sample(&scenario::named(&callers, names)?, &mut lists)?;
        Ok(Self {
            reference: workshop.refer(&routes, manner)?,
            wrk: Wrk::new(&workshop.folder().join("run"), 1, 0)?,
            server,
            alone,
            lists,
        })
    }

    /// Slices of each side in turn, so that a slow moment of the machine falls on all of them.
    fn measure(
        &mut self,
        scenario: &Scenario,
        connections: usize,
        slices: usize,
    ) -> Result<Outcome> {
        let for_reference = reference_requests(scenario);
        let mut outcome = Outcome {
            scenario: scenario.name,
            connections,
            reference: Vec::new(),
            server: Vec::new(),
            alone: Vec::new(),
            server_mib: 0.0,
            reference_mib: 0.0,
        };
        for slice in 0..=slices {
            let is_counted = slice > 0;
            let taken = self.drive(&for_reference, connections, false);
            let taken = taken.with_context(|| format!("{}: the reference", scenario.name))?;
            outcome.reference.extend(is_counted.then_some(taken));
            if scenario.writes {
                let taken = self.work_alone(scenario.name, connections)?;
                outcome.alone.extend(is_counted.then_some(taken));
            }
            let taken = self.drive(&scenario.requests, connections, true);
            let taken = taken.with_context(|| format!("{}: keywright", scenario.name))?;
            outcome.server.extend(is_counted.then_some(taken));
        }
        outcome.server_mib = self.server.process.usage()?.proportional_mib;
        outcome.reference_mib = self.reference.usage()?.proportional_mib;
        Ok(outcome)
    }

    fn drive(&mut self, requests: &[Request], connections: usize, ours: bool) -> Result<Slice> {
        let process = if ours {
            &self.server.process
        } else {
            &self.reference
        };
        let before = process.usage()?;
        let measured = self
            .wrk
            .drive(&process.address, requests, connections, &mut self.lists)?;
        let cpu_us = process.usage()?.cpu_us - before.cpu_us;
        Ok(Slice {
            measured,
            cpu_us: cpu_us / measured.requests,
        })
    }

    fn work_alone(&mut self, name: &str, tasks: usize) -> Result<Slice> {
        const SLICE_MS: u32 = 1000;
        let before = self.alone.usage()?;
        self.alone.tell(&format!("{name} {tasks} {SLICE_MS}"))?;
        let line = self.alone.line().context("the store alone has failed")?;
        let cpu_us = self.alone.usage()?.cpu_us - before.cpu_us;
        let answer: Value = serde_json::from_str(&line)?;
        let number = |name: &str| {
            let number = answer[name].as_f64();
            number.with_context(|| format!("the store alone says no {name}: {line}"))
        };
        let measured = Measured {
            requests: number("requests")?,
            seconds: number("secs")?,
            p50_us: number("p50_us")?,
            p99_us: number("p99_us")?,
        };
        Ok(Slice {
            measured,
            cpu_us: cpu_us / measured.requests.max(1.0),
        })
    }

    fn close(self) -> Result<()> {
        self.alone.stop()?;
        self.reference.stop()?;
        self.server.discard()
    }
}

/// The ratios of what keywright does to what another side does, slice by slice.
pub(super) fn ratios(ours: &[Slice], theirs: &[Slice], what: fn(&Slice) -> f64) -> Spread {
    Spread::of_ratios(ours.iter().map(what).zip(theirs.iter().map(what)))
}

pub(super) fn rate(slice: &Slice) -> f64 {
    slice.measured.per_second()
}

pub(super) fn cpu(slice: &Slice) -> f64 {
    slice.cpu_us
}

fn p50(slice: &Slice) -> f64 {
    slice.measured.p50_us
}

pub(super) fn p99(slice: &Slice) -> f64 {
    slice.measured.p99_us
}

impl Outcome {
    fn line(&self) -> String {
        let of_reference = ratios(&self.server, &self.reference, rate);
        let mut line = format!(
            "{:<22} c{:<3} {:>7}/s = {:.2} of the reference ({:.2} to {:.2}), {} µs of CPU, p99 {} ms",
            self.scenario,
            self.connections,
            figure(median(&self.server, rate)),
            of_reference.median,
            of_reference.low,
            of_reference.high,
            figure(median(&self.server, cpu)),
            milliseconds(median(&self.server, p99)),
        );
        if !self.alone.is_empty() {
            let of_alone = ratios(&self.server, &self.alone, rate);
            // Writing to a string does not fail.
            write!(line, ", {:.2} of the store alone", of_alone.median).ok();
        }
        line
    }

    /// Writes down each slice as it was.
    fn keep(&self, report: &mut Report) -> Result<()> {
        let sides = [
            ("reference", &self.reference),
            ("keywright", &self.server),
            ("alone", &self.alone),
        ];
        for (side, slices) in sides {
            for (number, slice) in slices.iter().enumerate() {
                report.raw(&json!({
                    "scenario": self.scenario,
                    "connections": self.connections,
                    "side": side,
                    "slice": number,
                    "requests": slice.measured.requests,
                    "seconds": slice.measured.seconds,
                    "p50_us": slice.measured.p50_us,
                    "p99_us": slice.measured.p99_us,
                    "cpu_us_per_request": slice.cpu_us,
                }))?;
            }
        }
        Ok(())
    }
}

fn median(slices: &[Slice], what: fn(&Slice) -> f64) -> f64 {
    Spread::of(slices.iter().map(what)).median
}

pub(super) fn spread(spread: Spread) -> String {
    format!(
        "{:.2} ({:.2} to {:.2})",
        spread.median, spread.low, spread.high
    )
}

fn tell(report: &mut Report, outcomes: &[Outcome], options: &Options, manner: Manner) {
    if manner.flush_delay_us > 0 {
        report.say(&format!(
            "Each flush takes {} ms more, for keywright and for the store alone.\n\n",
            manner.flush_delay_us / 1000
        ));
    }
    for &connections in &options.connections {
        let outcomes: Vec<&Outcome> = outcomes
            .iter()
            .filter(|outcome| outcome.connections == connections)
            .collect();
        report.say(&format!("### {}\n\n", plural(connections)));
        report.table(&rates(&outcomes));
        report.table(&costs(&outcomes));
    }
    let of_reference = |outcome: &Outcome| ratios(&outcome.server, &outcome.reference, rate);
    report.plot(
        "of-the-reference",
        &bars(
            "Requests a second, of what the reference does",
            outcomes,
            of_reference,
        ),
    );
    let writing = outcomes.iter().any(|outcome| !outcome.alone.is_empty());
    if writing {
        let of_alone = |outcome: &Outcome| ratios(&outcome.server, &outcome.alone, rate);
        report.plot(
            "of-the-store",
            &bars(
                "Changes a second, of what the store does alone",
                outcomes,
                of_alone,
            ),
        );
    }
}

/// Requests a second, beside those of the reference and of the store alone.
fn rates(outcomes: &[&Outcome]) -> Table {
    let mut table = Table::new(&[
        "scenario",
        "reference/s",
        "keywright/s",
        "of the reference",
        "store alone/s",
        "of the store alone",
    ]);
    for outcome in outcomes {
        let has_alone = !outcome.alone.is_empty();
        let alone = |text: String| if has_alone { text } else { "-".to_owned() };
        table.push(vec![
            outcome.scenario.to_owned(),
            figure(median(&outcome.reference, rate)),
            figure(median(&outcome.server, rate)),
            spread(ratios(&outcome.server, &outcome.reference, rate)),
            alone(figure(median(&outcome.alone, rate))),
            alone(spread(ratios(&outcome.server, &outcome.alone, rate))),
        ]);
    }
    table
}

/// What a request costs: CPU, latency and memory, beside those of the reference.
fn costs(outcomes: &[&Outcome]) -> Table {
    let mut table = Table::new(&[
        "scenario",
        "CPU µs, reference",
        "CPU µs, keywright",
        "ratio",
        "p50 ms",
        "p99 ms",
        "p99 of the reference",
        "ratio",
        "PSS MiB",
        "reference",
    ]);
    for outcome in outcomes {
        table.push(vec![
            outcome.scenario.to_owned(),
            figure(median(&outcome.reference, cpu)),
            figure(median(&outcome.server, cpu)),
            spread(ratios(&outcome.server, &outcome.reference, cpu)),
            milliseconds(median(&outcome.server, p50)),
            milliseconds(median(&outcome.server, p99)),
            milliseconds(median(&outcome.reference, p99)),
            spread(ratios(&outcome.server, &outcome.reference, p99)),
            figure(outcome.server_mib),
            figure(outcome.reference_mib),
        ]);
    }
    table
}

fn plural(connections: usize) -> String {
    match connections {
        1 => "1 connection".to_owned(),
        more => format!("{more} connections"),
    }
}

fn bars(title: &str, outcomes: &[Outcome], what: impl Fn(&Outcome) -> Spread) -> String {
    let mut groups: Vec<Group> = Vec::new();
    for outcome in outcomes {
        let spread = what(outcome);
        if spread.median <= 0.0 {
            continue;
        }
        let bar = (plural(outcome.connections), spread);
        match groups
            .iter_mut()
            .find(|group| group.name == outcome.scenario)
        {
            Some(group) => group.bars.push(bar),
            None => groups.push(Group {
                name: outcome.scenario.to_owned(),
                bars: vec![bar],
            }),
        }
    }
    Bars {
        title: title.to_owned(),
        groups,
    }
    .to_svg()
}
