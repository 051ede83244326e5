//! Owns the command line of the project's chores: one verb, one file.
//!
//! It depends on neither the server nor the SDK, so that a broken one never blocks it.

mod bench;
mod blessed;
mod cluster;
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

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// The project's own chores.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Compare the documents in openapi/ with what the server emits, and with openapi/blessed/, which they may
    /// change only compatibly.
    Openapi {
        /// Bless the documents as they are.
        #[arg(long)]
        bless: bool,
    },
    /// Write sdk/src/generated/ from openapi/.
    Sdk {
        /// Write nothing, and fail on any difference.
        #[arg(long)]
        check: bool,
    },
    /// Kill servers under load, and check that every answer is still true.
    Soak(soak::Flags),
    /// Measure.
    Bench(bench::Flags),
    /// PostgreSQL to try things on: a primary and its standbys, in target/cluster.
    #[command(subcommand)]
    Cluster(cluster::Action),
    /// Install what the tests need: as root on Debian; elsewhere it says what is missing.
    Setup {
        /// Install nothing, and say what would be.
        #[arg(long)]
        dry_run: bool,
    },
    /// Run every check and every test, as CI does; `cargo test` alone runs those that need nothing installed.
    Test {
        /// Install nothing first.
        #[arg(long)]
        skip_setup: bool,
    },
    /// Run the targets in tests/fuzz.
    Fuzz {
        /// How long each target runs.
        #[arg(long, default_value_t = fuzz::SECONDS)]
        seconds: u32,
        /// The one target to run; all of them without it.
        target: Option<String>,
    },
    /// Send requests made from the documents to a server.
    FuzzHttp {
        /// How many.
        #[arg(long, default_value_t = contract_tools::CASES)]
        cases: u32,
    },
    /// Look for known vulnerabilities in the dependencies; this needs the internet.
    Advisories,
}

fn main() -> ExitCode {
    match run(Arguments::parse().verb) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::failure(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(verb: Verb) -> Result<()> {
    match verb {
        Verb::Openapi { bless: true } => blessed::bless(),
        Verb::Openapi { bless: false } => openapi::compare_documents(),
        Verb::Sdk { check } => sdk::generate_clients(check),
        Verb::Soak(flags) => soak::run(&flags),
        Verb::Bench(flags) => bench::run(&flags),
        Verb::Cluster(action) => cluster::run(&action),
        Verb::Setup { dry_run: true } => {
            setup::announce();
            Ok(())
        }
        Verb::Setup { dry_run: false } => setup::install(),
        Verb::Test { skip_setup } => test::run_everything(skip_setup),
        Verb::Fuzz { seconds, target } => fuzz::run(seconds, target.as_deref()),
        Verb::FuzzHttp { cases } => contract_tools::fuzz_http(cases),
        Verb::Advisories => test::check_advisories(),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_verbs_and_their_flags_go_together() {
        super::Arguments::command().debug_assert();
    }
}
