//! Owns `cargo xtask fuzz`: builds the targets in `tests/fuzz` once, and runs each of them for some seconds.
//! Leaves what a target proves to `tests/fuzz`.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use anyhow::{Context, Result, bail, ensure};

use crate::document::root;
use crate::{setup, terminal};

/// How long each target runs by default.
pub(crate) const SECONDS: u32 = 600;

/// A run that is shorter is over before a build that optimises would have paid for itself.
const SECONDS_TO_OPTIMISE: u32 = 60;

/// An input that takes longer counts as a failure, and so does a process that grows beyond this.
const INPUT_S_MAX: u32 = 30;
const MEMORY_MIB_MAX: u32 = 2048;

/// Runs the targets, or the one with this name, for `seconds` each.
///
/// # Errors
/// Names the targets that failed; how to repeat it was printed for each.
pub(crate) fn run(seconds: u32, only: Option<&str>) -> Result<()> {
    let program = setup::install_cargo_fuzz()?;
    let targets = targets(&program)?;
    if let Some(only) = only.filter(|only| !targets.iter().any(|target| target == only)) {
        bail!("`{only}` is no target; there are: {}", targets.join(", "));
    }
    terminal::step("build the fuzz targets", || build(&program, seconds))?;
    let wanted = |target: &&String| only.is_none_or(|only| *target == only);
    let mut failed = Vec::new();
    for target in targets.iter().filter(wanted) {
        let step = format!("fuzz {target} for {seconds} s");
        if let Err(error) = terminal::step(&step, || fuzz(&program, target, seconds)) {
            terminal::failure(&format!("error: {error:#}"));
            failed.push(target.as_str());
        }
    }
    ensure!(
        failed.is_empty(),
        "fuzz targets failed: {}",
        failed.join(", ")
    );
    Ok(())
}

/// The names of the targets, in order.
fn targets(program: &Path) -> Result<Vec<String>> {
    let output = command(program, "list")
        .output()
        .context("cannot run cargo-fuzz")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "cargo-fuzz lists nothing: {said}");
    let listed = String::from_utf8(output.stdout)?;
    Ok(listed.lines().map(str::to_owned).collect())
}

fn build(program: &Path, seconds: u32) -> Result<()> {
    let mut command = built(program, "build", seconds);
    let line = terminal::command_line(&command);
    let status = command.status().context("cannot run cargo-fuzz")?;
    ensure!(status.success(), "`{line}` failed ({status})");
    Ok(())
}

fn fuzz(program: &Path, target: &str, seconds: u32) -> Result<()> {
    let kept = folder("corpus", target)?;
    let failures = folder("failures", target)?;
    let seeds = fuzz_folder().join("corpus").join(target);
    let words = fuzz_folder()
        .join("dictionaries")
        .join(format!("{target}.dict"));
    let mut command = built(program, "run", seconds);
    command.arg(target).args([&kept, &seeds]).arg("--").args([
        format!("-max_total_time={seconds}"),
        format!("-timeout={INPUT_S_MAX}"),
        format!("-rss_limit_mb={MEMORY_MIB_MAX}"),
        format!("-artifact_prefix={}/", failures.display()),
        "-print_final_stats=1".to_owned(),
    ]);
    if words.exists() {
        command.arg(format!("-dict={}", words.display()));
    }
    let scratch = scratch()?;
    let mut child = command
        .env("TMPDIR", &scratch)
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot run cargo-fuzz")?;
    let lines = child.stderr.take().map(BufReader::new);
    for line in lines.into_iter().flat_map(BufReader::lines) {
        let line = line?;
        if is_worth_a_line(&line) {
            println!("{target}: {line}");
        }
    }
    let status = child.wait()?;
    fs::remove_dir_all(&scratch)?;
    if status.success() {
        return Ok(());
    }
    if let Some(input) = newest(&failures) {
        let mut again = built(program, "run", seconds);
        again.arg(target).arg(input);
        let line = terminal::command_line(&again);
        let program = program.display();
        terminal::failure(&format!(
            "to repeat it: RUSTC_BOOTSTRAP=1 {program}{}",
            line.trim_start_matches("cargo-fuzz")
        ));
    }
    bail!("{target} ended with {status}")
}

/// Whether a line of libFuzzer's tells more than that it goes on.
fn is_worth_a_line(line: &str) -> bool {
    let is_step = line.starts_with('#') && !line.contains("pulse") && !line.contains("DONE");
    // Without a sanitizer there are none of its functions, and the build has been told of already.
    let is_noise = ["INFO: ", "WARNING: Failed to find function", "    Finished"]
        .iter()
        .any(|start| line.starts_with(start));
    !is_step && !is_noise && !line.trim().is_empty()
}

/// A command of cargo-fuzz that builds, as all of them must to share what is built.
fn built(program: &Path, verb: &str, seconds: u32) -> Command {
    let mut command = command(program, verb);
    if seconds < SECONDS_TO_OPTIMISE {
        command.arg("--dev");
    }
    // The server has no unsafe code for a sanitizer to look into, and without one more is tried.
    command.args(["--sanitizer", "none", "--target-dir"]);
    command.arg(root().join("target/fuzz"));
    command
}

fn command(program: &Path, verb: &str) -> Command {
    let mut command = Command::new(program);
    command.arg(verb).arg("--fuzz-dir").arg(fuzz_folder());
    command
        .current_dir(root())
        .env("CARGO", env!("CARGO"))
        // The flags for coverage are those of a nightly compiler; the stable one has them, too.
        .env("RUSTC_BOOTSTRAP", "1")
        .env_remove("CARGO_TARGET_DIR");
    command
}

fn fuzz_folder() -> PathBuf {
    root().join("tests/fuzz")
}

/// A folder below `target/fuzz`, which is there afterwards.
fn folder(name: &str, target: &str) -> Result<PathBuf> {
    let folder = root().join("target/fuzz").join(name).join(target);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

/// A folder for what a target writes: in memory where that can be, since a disk takes most of the time.
fn scratch() -> Result<PathBuf> {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() {
        memory.join(format!("keywright-fuzz-{}", std::process::id()))
    } else {
        root().join("target/fuzz/scratch")
    };
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

/// The file that was written last.
fn newest(folder: &Path) -> Option<PathBuf> {
    let files = fs::read_dir(folder).ok()?.flatten();
    let newest = files.max_by_key(|file| file.metadata().and_then(|file| file.modified()).ok());
    newest.map(|file| file.path())
}

#[cfg(test)]
mod tests {
    use super::is_worth_a_line;

    #[test]
    fn failures_and_figures_are_shown_and_steps_are_not() {
        for line in [
            "#2\tINITED cov: 5 ft: 6 corp: 1/1b",
            "#8\tNEW    cov: 5 ft: 6 corp: 1/1b",
            "INFO: seed corpus: files: 3",
            "",
        ] {
            assert!(!is_worth_a_line(line), "{line}");
        }
        for line in [
            "#1048576\tpulse  cov: 5 ft: 6",
            "#1048577\tDONE   cov: 5 ft: 6",
            "stat::number_of_executed_units: 5",
            "thread '<unnamed>' panicked at fuzz_targets/limits.rs:1:1:",
            "==12== ERROR: libFuzzer: deadly signal",
        ] {
            assert!(is_worth_a_line(line), "{line}");
        }
    }
}
