//! Owns what the chores print: colours on a terminal only, steps with their duration.

use std::fmt::{Display, Write as _};
use std::io::{IsTerminal, stderr, stdout};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::Result;

const RED: &str = "31";
const GREEN: &str = "32";
const BOLD: &str = "1";

/// Prints one good line on stdout.
pub(crate) fn success(line: &str) {
    println!("{}", paint(GREEN, line, stdout().is_terminal()));
}

/// Prints one bad line on stderr.
pub(crate) fn failure(line: &str) {
    eprintln!("{}", paint(RED, line, stderr().is_terminal()));
}

/// Runs one step, with a line before and a line with its duration after it.
///
/// # Errors
/// Those of the step.
pub(crate) fn step(name: &str, run: impl FnOnce() -> Result<()>) -> Result<()> {
    println!(
        "{}",
        paint(BOLD, format!("==> {name}"), stdout().is_terminal())
    );
    let started = Instant::now();
    let result = run();
    let seconds = started.elapsed().as_secs_f32();
    match &result {
        Ok(()) => success(&format!("==> {name}: ok in {seconds:.1} s")),
        Err(_) => failure(&format!("==> {name}: failed after {seconds:.1} s")),
    }
    result
}

/// A command as one would type it.
pub(crate) fn command_line(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut line = program
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    for argument in command.get_args() {
        write!(line, " {}", argument.to_string_lossy()).expect("writing to a string does not fail");
    }
    line
}

fn paint(colour: &str, text: impl Display, terminal: bool) -> String {
    if terminal {
        format!("\x1b[{colour}m{text}\x1b[0m")
    } else {
        text.to_string()
    }
}
