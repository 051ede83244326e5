//! Owns the command line of the project's chores: one match, one file per verb.
//!
//! It depends on neither the server nor the SDK, so that a broken one never blocks it.

mod compare;
mod document;
mod lower;
mod openapi;
mod sdk;
mod setup;
mod terminal;
mod test;

use std::env;
use std::process::ExitCode;

use anyhow::{Result, bail};

const HELP: &str = "\
cargo xtask <verb>

  openapi         compare the documents in openapi/ with what the server emits
  sdk [--check]   write sdk/src/generated/ from openapi/; with --check, only fail on a difference
  setup           install what the tests need (Debian as root; says what is missing elsewhere)
  test            setup, then every check and every test; what CI runs
  advisories      look for known vulnerabilities in the dependencies (needs the internet)
  help            this text";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::failure(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<()> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["openapi"] => openapi::compare_documents(),
        ["sdk"] => sdk::generate_clients(false),
        ["sdk", "--check"] => sdk::generate_clients(true),
        ["setup"] => setup::install(),
        ["test"] => test::run_everything(),
        ["advisories"] => test::check_advisories(),
        ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            Ok(())
        }
        [] => bail!("say what to do\n\n{HELP}"),
        _ => bail!(
            "`{}` is no verb, or has other arguments\n\n{HELP}",
            words.join(" ")
        ),
    }
}
