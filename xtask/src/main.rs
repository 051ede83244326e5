//! Owns the command line of the project's chores: one match, one file per verb.
//!
//! It depends on neither the server nor the SDK, so that a broken one never blocks it.

mod bench;
mod blessed;
mod compare;
mod compatible;
mod contract_tools;
mod document;
mod fuzz;
mod generator;
mod lint;
mod openapi;
mod sdk;
mod setup;
mod soak;
mod terminal;
mod test;

use std::env;
use std::process::ExitCode;

use anyhow::{Result, bail};

const HELP: &str = "\
cargo xtask <verb>

  openapi         compare the documents in openapi/ with what the server emits, and with openapi/blessed/,
                  which they may change only compatibly; with --bless, bless them as they are
  sdk [--check]   write sdk/src/generated/ from openapi/; with --check, only fail on a difference
  soak            kill servers under load, and check that every answer is still true:
                  [--rounds N] (200) [--seed S], and [--power-cut] to lose what was not flushed
  bench [what]    measure; `cargo xtask bench help` says what there is
  setup           install what the tests need (Debian as root; says what is missing elsewhere)
  test            setup, then every check and every test; what CI runs
  fuzz [--seconds N] [target]
                  run the targets in tests/fuzz, 600 s each, or one of them
  fuzz-http [--cases N]
                  send requests made from the documents to a server, 20000 or N of them
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
        ["openapi", "--bless"] => blessed::bless(),
        ["sdk"] => sdk::generate_clients(false),
        ["sdk", "--check"] => sdk::generate_clients(true),
        ["soak", ref arguments @ ..] => soak::run(arguments),
        ["bench", "help" | "--help"] => {
            println!("{}", bench::HELP);
            Ok(())
        }
        ["bench", ref words @ ..] => bench::run(words),
        ["setup"] => setup::install(),
        ["test"] => test::run_everything(),
        ["fuzz", ref rest @ ..] => fuzz_targets(rest),
        ["fuzz-http", ref rest @ ..] => contract_tools::fuzz_http(rest),
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

fn fuzz_targets(rest: &[&str]) -> Result<()> {
    let (seconds, rest) = match rest {
        ["--seconds", seconds, rest @ ..] => match seconds.parse() {
            Ok(seconds) => (seconds, rest),
            Err(_) => bail!("--seconds must be a whole number, got `{seconds}`"),
        },
        _ => (fuzz::SECONDS, rest),
    };
    match rest {
        [] => fuzz::run(seconds, None),
        [target] => fuzz::run(seconds, Some(target)),
        _ => bail!("name one target, or none for all\n\n{HELP}"),
    }
}
