//! Four servers on one PostgreSQL: how long after a revocation at one the others refuse the key.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use keywright_postgres_cluster::Cluster;
use serde_json::Value;

use super::Options;
use super::report::Report;
use super::rest::wait_for_rest;
use super::scenario::ROOT_KEY;
use super::served::Server;
use super::site::Workshop;
use super::table::{Table, milliseconds};
use crate::setup;

const SERVERS: usize = 4;
const DATABASE: &str = "revocation";
/// What each server has to do meanwhile: requests a second.
const LOADS: [(&str, u32, u32); 2] = [("idle", 0, 0), ("under load", 25, 500)];

/// The distribution, without other work and under load.
pub(crate) fn measure(workshop: &Workshop, options: &Options, report: &mut Report) -> Result<()> {
    let cluster = Cluster::start(&setup::postgresql::install()?)?;
    cluster.primary().create_database(DATABASE)?;
    let url = cluster.primary().url(DATABASE);
    let folder = workshop.folder().join("run");
    fs::create_dir_all(&folder)?;
    let pepper = folder.join("pepper");
    fs::write(&pepper, "a-pepper-of-the-benchmarks-is-no-secret-either")?;
    let start = |number| workshop.serve_postgres(&format!("server-{number}"), &url, &pepper, &[]);
    let servers: Vec<Server> = (1..=SERVERS).map(start).collect::<Result<_>>()?;
    report.say(&format!(
        "{SERVERS} servers on one PostgreSQL. A key is made at one, verified at all from memory, and revoked at that one. \
         From then on the others are asked, each again and again on one connection. What is counted runs from the answer \
         to the revocation until the last of the others was sent the first question that it answered with a refusal: \
         zero if all of them had refused the first one.\n\n"
    ));
    let mut table = Table::new(&[
        "servers are",
        "keys",
        "p50 ms",
        "p90 ms",
        "p99 ms",
        "max ms",
    ]);
    for (name, mints, verifications) in LOADS {
        wait_for_rest()?;
        let took_us = revoke(workshop, &servers, options.rounds, mints, verifications)?;
        let percentile = |percent: usize| {
            let index = (took_us.len() * percent / 100).min(took_us.len() - 1);
            milliseconds(took_us[index])
        };
        let name = match (mints, verifications) {
            (0, 0) => name.to_owned(),
            _ => format!("{name} ({mints} mints/s, {verifications} verifications/s at each)"),
        };
        table.push(vec![
            name,
            took_us.len().to_string(),
            percentile(50),
            percentile(90),
            percentile(99),
            percentile(100),
        ]);
    }
    report.table(&table);
    for server in servers {
        server.discard()?;
    }
    Ok(())
}

/// What each took, in microseconds, the shortest first.
fn revoke(
    workshop: &Workshop,
    servers: &[Server],
    rounds: usize,
    mints: u32,
    verifications: u32,
) -> Result<Vec<f64>> {
    let addresses: Vec<&str> = servers.iter().map(Server::address).collect();
    let output = workshop
        .revocation()
        .args(["--addresses", &addresses.join(",")])
        .args(["--root-key", ROOT_KEY])
        .args(["--rounds", &rounds.to_string()])
        .args(["--mints", &mints.to_string()])
        .args(["--verifications", &verifications.to_string()])
        .output()
        .context("cannot run keywright-bench")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "it was not measured: {said}");
    let answer: Value = serde_json::from_slice(&output.stdout)?;
    let took = answer["took_us"].as_array().context("no time is told")?;
    let took: Option<Vec<f64>> = took.iter().map(Value::as_f64).collect();
    let took = took.context("a time is no number")?;
    ensure!(!took.is_empty(), "no time is told");
    Ok(took)
}
