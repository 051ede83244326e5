//! Owns which tests run again on PostgreSQL, and on which.
//! Leaves how a test finds its database to the support of the tests, and where PostgreSQL comes from to `setup`.

use std::process::Command;

use anyhow::Result;

use super::run;
use crate::setup;

/// The tests that are not run again, and why: the first word of each line that is no remark.
const ALONE: &str = include_str!("../../../tests/sqlite_alone.txt");

/// What runs on the newest version: the races on servers whose database it is, and the story of the store with what
/// several servers do to one row, which name their PostgreSQL themselves.
const RACES: [&str; 2] = ["concurrency::", "idempotency::"];
const STORY: [&str; 4] = [
    "postgres::agree::",
    "postgres::several::",
    "store::following::",
    "store::postgres::",
];

/// What runs on those between it and Debian's: a schema, every statement, and the story.
const BETWEEN: [&str; 4] = [
    "postgres::lookups::",
    "postgres::rows::",
    "postgres::schema::",
    "store::postgres::",
];

/// Runs every test on PostgreSQL that has run on SQLite, but for those that are named with a reason.
///
/// # Errors
/// When one fails.
pub(super) fn run_again() -> Result<()> {
    let mut command = on_postgresql();
    for name in alone() {
        command.args(["--skip", name]);
    }
    run(&mut command)
}

/// Runs the story of the store and the races on versions that Debian does not have.
///
/// # Errors
/// When one of them is not there, or a test fails.
pub(super) fn run_on_newer() -> Result<()> {
    let [between @ .., newest] = setup::postgresql::NEWER;
    let runs = between.map(|version| (version, integration(), &BETWEEN[..]));
    let newest = [
        (newest, integration(), &STORY[..]),
        (newest, on_postgresql(), &RACES[..]),
    ];
    for (version, mut command, names) in runs.into_iter().chain(newest) {
        let programs = setup::postgresql::newer(version)?;
        run(command.args(names).env("POSTGRES_BIN", programs.folder()))?;
    }
    Ok(())
}

/// The command that runs tests.
fn integration() -> Command {
    let mut command = Command::new(env!("CARGO"));
    command
        .args(["test", "--package", "keywright-tests"])
        .args(["--test", "integration", "--"]);
    command
}

/// The same, of servers on PostgreSQL.
fn on_postgresql() -> Command {
    let mut command = integration();
    command.env("KEYWRIGHT_TESTS_ENGINE", "postgres");
    command
}

fn alone() -> impl Iterator<Item = &'static str> {
    let lines = ALONE.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_whitespace().next())
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_not_run_again_is_named() {
        let names: Vec<&str> = super::alone().collect();
        assert!(names.contains(&"postgres::") && names.contains(&"backup::"));
        assert!(names.iter().all(|name| name.contains("::")), "{names:?}");
    }
}
