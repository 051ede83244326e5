//! Owns how the OAuth clients of the tests get here: what `tests/oauth_clients` pins, into `target/tools/oauth-clients`.
//! Leaves what is done with them to the tests.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::{insist, npm_ci, pip_install, tools};
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
    let requirements = pins().join("requirements.txt");
    insist(pip_install(&python).arg("--requirement").arg(requirements))?;
    for name in ["package.json", "package-lock.json"] {
        fs::copy(pins().join(name), node.join(name))
            .with_context(|| format!("cannot copy {name} to {}", node.display()))?;
    }
    insist(&mut npm_ci(&python, &node))?;
    fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

fn pins() -> PathBuf {
    root().join("tests/oauth_clients")
}
