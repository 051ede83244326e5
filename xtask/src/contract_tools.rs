//! Owns what contract tools do outside the tests: a look at the answers of all of them, and long runs.
//! Leaves short runs, and the proof that each tool bites, to `tests/contract_tools`.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::document::root;
use crate::{setup, terminal};

/// How many requests `fuzz-http` makes at least, by default.
pub(crate) const CASES: u32 = 20_000;
const FUZZ: &str = "contract_tools::schemathesis::schemathesis_finds_nothing";

/// Validates with openapi-core every answer that the tests have written down.
///
/// # Errors
/// When an answer breaks its document, or an operation was never answered.
pub(crate) fn check_recorded_answers() -> Result<()> {
    let script = root().join("tests/contract_tools/validate_answers.py");
    let mut command = setup::contract_tools::python();
    command
        .arg(script)
        .args(["openapi", "target/contract-tools/answers.jsonl"])
        .arg("--every-operation")
        .current_dir(root());
    succeed(&mut command, "an answer breaks its document")
}

/// Sends a number of requests that Schemathesis makes from the documents.
///
/// # Errors
/// When an answer is not what a document promises.
pub(crate) fn fuzz_http(cases: u32) -> Result<()> {
    setup::install_packages()?;
    setup::contract_tools::install()?;
    let mut command = Command::new(env!("CARGO"));
    command
        .args(["test", "--package", "keywright-tests", "--"])
        .args([FUZZ, "--nocapture"])
        .env("HTTP_CASES", cases.to_string())
        .current_dir(root());
    succeed(
        &mut command,
        "an answer is not what its document promises: what was sent is told above",
    )
}

fn succeed(command: &mut Command, otherwise: &str) -> Result<()> {
    let line = terminal::command_line(command);
    let status = command
        .status()
        .with_context(|| format!("cannot run {line}"))?;
    ensure!(status.success(), "{otherwise}");
    Ok(())
}
