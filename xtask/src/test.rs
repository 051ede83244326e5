//! Owns `cargo xtask test`: the order of all checks, each with a line before and after it.

mod postgresql;

use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::document::root;
use crate::{contract_tools, fuzz, openapi, sdk, setup, terminal};

/// How long each fuzz target runs here, in seconds: long enough to try every seed and its neighbours.
const FUZZ_S: u32 = 10;

/// One check and its name.
type Step = (&'static str, fn() -> Result<()>);

/// Installs what is missing, unless that is to be skipped, then runs every check, whatever the others say.
///
/// # Errors
/// Names every step that failed.
pub(crate) fn run_everything(skip_setup: bool) -> Result<()> {
    if !skip_setup {
        terminal::step("setup", setup::install)?;
    }
    let steps: [Step; 12] = [
        ("format", || {
            cargo(&["fmt", "--all", "--check"])?;
            cargo(&["fmt", "--manifest-path", "tests/fuzz/Cargo.toml", "--check"])
        }),
        ("clippy", || {
            cargo(&[
                "clippy",
                "--workspace",
                "--all-targets",
                "--",
                "-D",
                "warnings",
            ])
        }),
        ("documentation", documentation),
        ("licences, bans and sources", || {
            deny(&["licenses", "bans", "sources"])
        }),
        ("build", || cargo(&["build", "--workspace"])),
        ("the server against openapi/", openapi::compare_documents),
        ("the SDK against openapi/", || sdk::generate_clients(true)),
        ("tests", || {
            cargo(&["test", "--workspace", "--no-fail-fast"])
        }),
        (
            "the answers of the tests against openapi/",
            contract_tools::check_recorded_answers,
        ),
        ("the tests on PostgreSQL", postgresql::run_again),
        (
            "the story and the races on newer PostgreSQLs",
            postgresql::run_on_newer,
        ),
        ("fuzz targets", || fuzz::run(FUZZ_S, None)),
    ];
    let mut failed = Vec::new();
    for (name, step) in steps {
        if let Err(error) = terminal::step(name, step) {
            terminal::failure(&format!("error: {error:#}"));
            failed.push(name);
        }
    }
    ensure!(failed.is_empty(), "failed: {}", failed.join(", "));
    terminal::success("everything passed");
    Ok(())
}

/// Looks for known vulnerabilities; the database of them comes from the internet.
///
/// # Errors
/// When there are any, or the database cannot be had.
pub(crate) fn check_advisories() -> Result<()> {
    deny(&["advisories"])
}

fn documentation() -> Result<()> {
    let mut command = Command::new(env!("CARGO"));
    command
        .args(["doc", "--workspace", "--no-deps"])
        .env("RUSTDOCFLAGS", "-D warnings");
    run(&mut command)
}

fn deny(checks: &[&str]) -> Result<()> {
    let program = setup::install_cargo_deny()?;
    run(Command::new(program).arg("check").args(checks))
}

fn cargo(arguments: &[&str]) -> Result<()> {
    run(Command::new(env!("CARGO")).args(arguments))
}

fn run(command: &mut Command) -> Result<()> {
    let line = terminal::command_line(command);
    let status = command
        .current_dir(root())
        .status()
        .with_context(|| format!("cannot run {line}"))?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}
