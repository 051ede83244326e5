//! Owns how the contract tools get here: what `tests/contract_tools` pins, into `target/tools/contract-tools`.
//! Leaves what is done with them to the tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use super::{insist, npm_ci, pip_install, tools};
use crate::document::root;

/// Which packages are wanted, from PyPI and from npm.
const REQUIREMENTS: &str = "requirements.txt";
const LOCK: &str = "package-lock.json";

/// Installs both sets, unless they are there in the wanted versions.
///
/// # Errors
/// Says what could not be installed.
pub(crate) fn install() -> Result<()> {
    install_set(&python_packages(), REQUIREMENTS, |folder, wanted| {
        insist(pip_install(folder).arg("--requirement").arg(wanted))
    })?;
    install_set(&node_packages(), LOCK, |folder, wanted| {
        for file in [wanted, &pins().join("package.json")] {
            fs::copy(file, folder.join(file.file_name().unwrap_or_default()))?;
        }
        insist(&mut npm_ci(&python_packages(), folder))
    })
}

/// A Python that has the packages and none of the caller's settings.
pub(crate) fn python() -> Command {
    let mut command = Command::new("python3");
    command.env("PYTHONPATH", python_packages());
    command
}

/// Installs a set into an empty folder, and notes beside it what was wanted.
fn install_set(
    folder: &Path,
    wanted: &str,
    install: impl Fn(&Path, &Path) -> Result<()>,
) -> Result<()> {
    let wanted = pins().join(wanted);
    let text = fs::read(&wanted).with_context(|| format!("cannot read {}", wanted.display()))?;
    let note = folder.with_extension("installed");
    if fs::read(&note).is_ok_and(|installed| installed == text) {
        return Ok(());
    }
    if folder.exists() {
        fs::remove_dir_all(folder)
            .with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    install(folder, &wanted)?;
    fs::write(&note, text).with_context(|| format!("cannot write {}", note.display()))
}

fn pins() -> PathBuf {
    root().join("tests/contract_tools")
}

fn python_packages() -> PathBuf {
    tools().join("contract-tools/python")
}

fn node_packages() -> PathBuf {
    tools().join("contract-tools/node")
}
