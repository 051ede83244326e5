//! Owns `cargo xtask soak`: how long servers are killed under load, and how.
//! Leaves the load and the check of what is left to the tests.

use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::document::root;
use crate::{setup, terminal};

const ROUNDS: u32 = 200;
const KILLS: &str = "soak::every_answer_is_still_true_after_kills";
const POWER_CUTS: &str = "soak::every_answer_is_still_true_after_power_cuts";

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
struct Course {
    rounds: u32,
    seed: Option<u64>,
    test: &'static str,
}

/// Starts servers and kills them under load, and checks each time that every answer is still true.
///
/// # Errors
/// When an answer is not, or the arguments cannot be read.
pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    let course = Course::of(arguments)?;
    setup::install_packages()?;
    let mut command = Command::new(env!("CARGO"));
    command
        .args(["test", "--package", "keywright-tests", "--"])
        .args(["--exact", course.test, "--nocapture"])
        .env("SOAK_ROUNDS", course.rounds.to_string())
        .current_dir(root());
    if let Some(seed) = course.seed {
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
        course.rounds
    ));
    Ok(())
}

impl Course {
    fn of(arguments: &[&str]) -> Result<Self> {
        let mut course = Self {
            rounds: ROUNDS,
            seed: None,
            test: KILLS,
        };
        let mut rest = arguments.iter();
        while let Some(&argument) = rest.next() {
            let mut value = || {
                rest.next()
                    .with_context(|| format!("{argument} needs a number"))
            };
            match argument {
                "--rounds" => course.rounds = number(argument, value()?)?,
                "--seed" => course.seed = Some(number(argument, value()?)?),
                "--power-cut" => course.test = POWER_CUTS,
                _ => bail!("soak takes --rounds N, --seed S and --power-cut, not `{argument}`"),
            }
        }
        Ok(course)
    }
}

fn number<T: std::str::FromStr>(argument: &str, text: &str) -> Result<T> {
    let number = text.parse().ok();
    number.with_context(|| format!("{argument} must be followed by a whole number, got `{text}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_of_a_soak_are_read() {
        let course = Course {
            rounds: ROUNDS,
            seed: None,
            test: KILLS,
        };
        assert_eq!(Course::of(&[]).unwrap(), course);
        let course = Course {
            rounds: 3,
            seed: Some(7),
            test: POWER_CUTS,
        };
        let arguments = ["--power-cut", "--seed", "7", "--rounds", "3"];
        assert_eq!(Course::of(&arguments).unwrap(), course);
    }

    #[test]
    fn arguments_that_are_none_of_a_soak_are_refused() {
        for arguments in [&["--rounds"][..], &["--rounds", "many"], &["--forever"]] {
            assert!(Course::of(arguments).is_err(), "{arguments:?}");
        }
    }
}
