//! Owns which tests run again on PostgreSQL, and on which.
//! Leaves how a test finds its database to the support of the tests, and where PostgreSQL comes from to `setup`.

use std::process::Command;

use anyhow::Result;

use super::run;
use crate::setup;

/// The tests that are not run again, and why: the first word of each line that is no remark.
const ALONE: &str = include_str!("../../../tests/sqlite_alone.txt");

/// What runs on every version: the story of the store, what races for one row, and PostgreSQL's own tests.
const ON_EVERY_VERSION: [&str; 4] = ["concurrency::", "idempotency::", "postgres::", "store::"];

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
    for version in setup::postgresql::NEWER {
        let programs = setup::postgresql::newer(version)?;
        let mut command = on_postgresql();
        command.args(ON_EVERY_VERSION);
        run(command.env("POSTGRES_BIN", programs.folder()))?;
    }
    Ok(())
}

/// The command that runs tests of servers on PostgreSQL.
fn on_postgresql() -> Command {
    let mut command = Command::new(env!("CARGO"));
    command
        .args(["test", "--package", "keywright-tests"])
        .args(["--test", "integration", "--"])
        .env("KEYWRIGHT_TESTS_ENGINE", "postgres");
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
