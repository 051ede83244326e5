//! Owns `cargo xtask soak`: how long servers are killed under load, and how.
//! Leaves the load and the check of what is left to the tests.

use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use clap::{Args, ValueEnum};

use crate::document::root;
use crate::{setup, terminal};

const KILLS: &str = "soak::every_answer_is_still_true_after_kills";
const POWER_CUTS: &str = "soak::every_answer_is_still_true_after_power_cuts";
const SEVERAL: &str = "soak::several::every_answer_of_two_servers_is_still_true_after_kills";

/// What the servers keep their keys in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum What {
    /// One server on a file.
    #[default]
    Sqlite,
    /// Two on one PostgreSQL, which is killed, too.
    Postgres,
}

/// How long, and how.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Flags {
    /// What the servers keep their keys in.
    #[arg(value_enum, default_value_t)]
    what: What,
    /// How often servers are killed.
    #[arg(long, default_value_t = 200)]
    rounds: u32,
    /// What a run that failed has printed, to repeat it.
    #[arg(long)]
    seed: Option<u64>,
    /// sqlite: lose what was not flushed, too.
    #[arg(long)]
    power_cut: bool,
}

/// Starts servers and kills them under load, and checks each time that every answer is still true.
///
/// # Errors
/// When an answer is not.
pub(crate) fn run(flags: &Flags) -> Result<()> {
    let test = match (flags.what, flags.power_cut) {
        (What::Sqlite, false) => KILLS,
        (What::Sqlite, true) => POWER_CUTS,
        (What::Postgres, false) => SEVERAL,
        (What::Postgres, true) => bail!("--power-cut goes with `sqlite` alone"),
    };
    setup::install_packages()?;
    let mut command = Command::new(env!("CARGO"));
    command
        .args(["test", "--package", "keywright-tests", "--"])
        .args(["--exact", test, "--nocapture"])
        .env("SOAK_ROUNDS", flags.rounds.to_string())
        .current_dir(root());
    if let Some(seed) = flags.seed {
        command.env("SOAK_SEED", seed.to_string());
    }
    let line = terminal::command_line(&command);
    let status = command
        .status()
        .with_context(|| format!("cannot run {line}"))?;
    ensure!(
        status.success(),
        "an answer was not true any more: what happened to the key is told above"
    );
    terminal::success(&format!(
        "every answer was still true after {} rounds",
        flags.rounds
    ));
    Ok(())
}
