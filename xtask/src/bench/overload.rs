//! Five times what the server can do, offered whether or not it answers.

use std::fs;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::Options;
use super::lists::Lists;
use super::plot::{Bars, Group};
use super::process::{Process, usage};
use super::report::Report;
use super::rest::wait_for_rest;
use super::scenario::{self};
use super::served::{Server, flood_request, reference_requests};
use super::site::{Manner, Size, Workshop};
use super::statistics::Spread;
use super::table::{Table, figure, milliseconds};

/// How much more is offered than can be done.
const FACTOR: f64 = 5.0;
/// Callers who wait for their answers: what they get, the rates are measured by.
const FEW: [usize; 2] = [32, 128];
/// The rates at which the peak is looked for, as shares of that.
const RATES: [f64; 5] = [0.5, 0.7, 0.85, 1.0, 1.5];
const STEP_SECONDS: u64 = 4;
const REFERENCE_ROUNDS: usize = 5;
/// Connections of the flood: as many requests may be waiting at once. The server takes 10,000 by default, and
/// places for health checks are among them.
const FLOOD_CONNECTIONS: usize = 9000;
const SERVER_CORE: usize = 0;
const DRIVER_CORE: usize = 1;
const SIZE: Size = Size {
    keys: 100_000,
    users: 1 << 15,
    rotations: 1 << 14,
    cold: 10_000,
};

/// The load that the reference is asked for, too: with it, a request costs little more than its connection.
const VERIFY: &str = "verify";
/// What is asked for, by the names of scenarios.
const LOADS: [(&str, &[&str]); 3] = [
    (VERIFY, &["verify_valid"]),
    ("mint", &["mint"]),
    ("list_and_database", &["list", "verify_database"]),
];

/// What is told of each load.
const COLUMNS: [&str; 14] = [
    "load",
    "few callers/s",
    "peak/s",
    "offered/s",
    "sent/s",
    "good/s",
    "of the peak",
    "of few callers",
    "p99 ms of good",
    "503/s",
    "p99 ms of 503",
    "health max ms",
    "health failed",
    "resident MiB, most",
];

/// Each load: its peak, then the flood.
pub(crate) fn measure(workshop: &Workshop, options: &Options, report: &mut Report) -> Result<()> {
    let names = options.choose(&LOADS.map(|(name, _)| name))?;
    let seed = workshop.seed(SIZE)?;
    report.say(&format!(
        "keywright has one core and the driver the other. {FLOOD_CONNECTIONS} clients, each with a connection of \
         its own that it has from the start, send requests when they are due, whether or not the server is ready \
         and whatever `Retry-After` says; one that is due while all clients wait for an answer is lost to \
         the driver and never sent. The peak is the most good answers \
         that they get at rates of {RATES:?} of what a few callers get who wait for their answers ({FEW:?}, the \
         better of both), on average before the flood and after it, because the machine itself is not always \
         equally fast. The flood lasts {} s. `/healthz` is asked ten times a second, each time on a new \
         connection.\n\n",
        options.seconds
    ));
    let mut table = Table::new(&COLUMNS);
    let mut groups = Vec::new();
    let mut reference = None;
    for (name, scenarios) in LOADS.iter().filter(|(name, _)| names.contains(name)) {
        let manner = Manner {
            core: Some(SERVER_CORE),
            ..Manner::default()
        };
        let server = workshop.serve(workshop.copy(&seed, "overload")?, manner)?;
        let load = Load {
            workshop,
            target: &server.process,
            is_reference: false,
            lists: Lists::of(&seed),
            scenarios,
        };
        let outcome = load.measure(name, options.seconds)?;
        report.raw(&outcome.raw)?;
        println!("{name}: {:.0} % of the peak", outcome.share * 100.0);
        table.push(outcome.row);
        groups.push(Group {
            name: (*name).to_owned(),
            bars: vec![("good answers".to_owned(), Spread::of([outcome.share]))],
        });
        if *name == VERIFY {
            reference = Some(refer(
                workshop,
                &server,
                Lists::of(&seed),
                scenarios,
                manner,
            )?);
        }
        server.discard()?;
    }
    report.table(&table);
    if let Some(share) = reference {
        report.say(&format!(
            "The more connections, the more memory each request finds cold, whatever answers it: of what a few \
             callers get from the reference, {FLOOD_CONNECTIONS} that wait for their answers get {share}.\n\n"
        ));
    }
    let bars = Bars {
        title: "Good answers under five times the peak, of those at the peak".to_owned(),
        groups,
    };
    report.plot("goodput", &bars.to_svg());
    Ok(())
}

/// What many connections alone cost: as much as the reference gives many callers who wait, of what it gives
/// a few.
fn refer(
    workshop: &Workshop,
    server: &Server,
    mut lists: Lists,
    scenarios: &[&'static str],
    manner: Manner,
) -> Result<String> {
    let callers = lists.callers()?;
    let routes = server.sample(&scenario::named(&callers, scenarios)?, &mut lists)?;
    let reference = workshop.refer(&routes, manner)?;
    let mut load = Load {
        workshop,
        target: &reference,
        is_reference: true,
        lists,
        scenarios,
    };
    let mut shares = Vec::new();
    for _ in 0..REFERENCE_ROUNDS {
        let few = load.few("the reference")?;
        let (taken, _) = load.flood(0.0, STEP_SECONDS, FLOOD_CONNECTIONS)?;
        shares.push(number(&taken, "good")? / number(&taken, "secs")? / few);
    }
    reference.stop()?;
    let share = Spread::of(shares);
    let percent = |share: f64| format!("{:.0} %", share * 100.0);
    let (median, low, high) = (share.median, share.low, share.high);
    println!("the reference: {}", percent(median));
    Ok(format!(
        "{} ({} to {})",
        percent(median),
        percent(low),
        percent(high)
    ))
}

struct Load<'a> {
    workshop: &'a Workshop,
    target: &'a Process,
    is_reference: bool,
    lists: Lists,
    scenarios: &'a [&'static str],
}

struct Outcome {
    row: Vec<String>,
    share: f64,
    raw: Value,
}

impl Load<'_> {
    fn measure(mut self, name: &str, seconds: u64) -> Result<Outcome> {
        wait_for_rest()?;
        let few = self.few(name)?;
        let before = self.climb(few)?;
        let (flood, most_mib) = self.flood(few * FACTOR, seconds, FLOOD_CONNECTIONS)?;
        let after = self.climb(few)?;
        let steps = before.iter().zip(&after);
        let averages = steps.map(|(one, other)| f64::midpoint(*one, *other));
        let peak = averages.fold(0.0, f64::max);
        println!("{name}: the peak is {}/s", figure(peak));
        let seconds = number(&flood, "secs")?;
        let rate = |name: &str| Ok::<f64, anyhow::Error>(number(&flood, name)? / seconds);
        ensure!(
            number(&flood, "wrong")? < 1.0,
            "{name}: some answers were neither good nor a 503: {flood}"
        );
        ensure!(
            number(&flood, "refused_without_retry_after")? < 1.0,
            "{name}: some 503 did not say when to come again: {flood}"
        );
        let share = rate("good")? / peak;
        let row = vec![
            name.to_owned(),
            figure(few),
            figure(peak),
            figure(rate("offered")?),
            figure(rate("offered")? - rate("lost")?),
            figure(rate("good")?),
            format!("{:.0} %", share * 100.0),
            format!("{:.0} %", rate("good")? / few * 100.0),
            milliseconds(number(&flood, "good_p99_us")?),
            figure(rate("refused")?),
            milliseconds(number(&flood, "refused_p99_us")?),
            milliseconds(number(&flood, "health_max_us")?),
            figure(number(&flood, "unhealthy")?),
            figure(most_mib),
        ];
        let raw = json!({
            "load": name,
            "few": few,
            "before": before,
            "flood": flood,
            "after": after,
            "most_mib": most_mib,
        });
        Ok(Outcome { row, share, raw })
    }

    /// Good answers a second for a few callers who wait for them.
    fn few(&mut self, name: &str) -> Result<f64> {
        let mut most: f64 = 0.0;
        for connections in FEW {
            let (taken, _) = self.flood(0.0, STEP_SECONDS, connections)?;
            ensure!(
                number(&taken, "wrong")? + number(&taken, "refused")? < 1.0,
                "{name}: not all answers were good before the flood: {taken}"
            );
            most = most.max(number(&taken, "good")? / number(&taken, "secs")?);
        }
        Ok(most)
    }

    /// Good answers a second for all clients, at each of the rates.
    fn climb(&mut self, few: f64) -> Result<Vec<f64>> {
        let mut good = Vec::new();
        for rate in RATES {
            let (taken, _) = self.flood(few * rate, STEP_SECONDS, FLOOD_CONNECTIONS)?;
            ensure!(
                number(&taken, "wrong")? < 1.0,
                "some answers were neither good nor a 503: {taken}"
            );
            good.push(number(&taken, "good")? / number(&taken, "secs")?);
        }
        Ok(good)
    }

    /// Floods the server, and says what came of it and how much memory the server took at most.
    fn flood(&mut self, rate: f64, seconds: u64, connections: usize) -> Result<(Value, f64)> {
        let callers = self.lists.callers()?;
        let mut requests = Vec::new();
        for scenario in scenario::named(&callers, self.scenarios)? {
            let sent = if self.is_reference {
                reference_requests(&scenario)
            } else {
                scenario.requests
            };
            for request in &sent {
                requests.push(flood_request(request, &mut self.lists)?);
            }
        }
        let plan = self.workshop.folder().join("run").join("flood.json");
        fs::write(
            &plan,
            json!({ "requests": requests, "serial": 0 }).to_string(),
        )?;
        let mut driver = self
            .workshop
            .flood(DRIVER_CORE)
            .args(["--address", &self.target.address])
            .arg("--plan")
            .arg(&plan)
            .args(["--rate", &rate.to_string()])
            .args(["--seconds", &seconds.to_string()])
            .args(["--connections", &connections.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the driver")?;
        let mut most_mib: f64 = 0.0;
        while driver.try_wait()?.is_none() {
            let now = usage(self.target.pid());
            most_mib = most_mib.max(now.context("keywright has died")?.resident_mib);
            sleep(Duration::from_millis(100));
        }
        let output = driver.wait_with_output()?;
        ensure!(
            output.status.success(),
            "the driver failed ({})",
            output.status
        );
        let text = String::from_utf8_lossy(&output.stdout);
        Ok((serde_json::from_str(&text)?, most_mib))
    }
}

fn number(result: &Value, name: &str) -> Result<f64> {
    let number = result[name].as_f64();
    number.with_context(|| format!("the driver says no {name}: {result}"))
}
