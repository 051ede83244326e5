//! The steps of a verification by themselves, measured by Criterion.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::Options;
use super::report::Report;
use super::site::{Workshop, remove};
use super::table::{Table, figure};
use crate::document::root;

/// Runs Criterion, and tells its estimates.
pub(crate) fn measure(workshop: &Workshop, options: &Options, report: &mut Report) -> Result<()> {
    ensure!(
        options.only.is_empty(),
        "--only is not for the micro-benchmarks"
    );
    let results = workshop.folder().join("criterion");
    // A step of another name, or of long ago, is none of this run's.
    remove(&results)?;
    let status = Command::new(env!("CARGO"))
        .args(["bench", "--package=keywright-bench", "--bench=micro"])
        .args(["--profile", &options.profile])
        .env("CRITERION_HOME", &results)
        .current_dir(root())
        .status()?;
    ensure!(status.success(), "Criterion failed ({status})");
    let mut table = Table::new(&["step", "ns", "95 % between"]);
    for folder in folders(&results)? {
        let Ok(text) = fs::read_to_string(folder.join("new/estimates.json")) else {
            continue;
        };
        let name: Value =
            serde_json::from_str(&fs::read_to_string(folder.join("new/benchmark.json"))?)?;
        let estimates: Value = serde_json::from_str(&text)?;
        let median = &estimates["median"];
        let number = |value: &Value| value.as_f64().context("Criterion's files have changed");
        table.push(vec![
            name["full_id"].as_str().unwrap_or_default().to_owned(),
            figure(number(&median["point_estimate"])?),
            format!(
                "{} to {}",
                figure(number(&median["confidence_interval"]["lower_bound"])?),
                figure(number(&median["confidence_interval"]["upper_bound"])?)
            ),
        ]);
    }
    report.say("Medians by Criterion, on one thread.\n\n");
    report.table(&table);
    Ok(())
}

fn folders(results: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(results)?.collect::<Result<Vec<_>, _>>()?;
    let mut folders: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    folders.sort();
    Ok(folders)
}
