//! Owns how the document of a provider's own client gets here: out of its crate, into `target/tools`.
//! Leaves what is done with it to `tests/contract_tools`.
//!
//! The crate is not built: the newest asks for a newer Rust than this workspace, and for some 300 other crates.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context as _, Result};

use super::{insist, output, tools};

const CRATE: &str = "feldera-rest-api";
const VERSION: &str = "0.375.0";
const DOCUMENT: &str = "openapi.json";

/// SHA-256 of the document in this version.
const DIGEST: &str = "c0363c9267b2efcf3552e10ecd561f571dfaa53199142f6087a2503c319d3ce2";

/// Copies the document out of its crate, unless it is there.
///
/// # Errors
/// Says what could not be had, or that it is not the document that was tried.
pub(super) fn install() -> Result<()> {
    let folder = tools().join(CRATE);
    let here = folder.join(DOCUMENT);
    if is_wanted(&here) {
        return Ok(());
    }
    // Cargo has no command that only brings a crate; this one brings it to tell about it.
    let version = format!("{CRATE}@{VERSION}");
    insist(Command::new(env!("CARGO")).args(["info", "--quiet", &version]))?;
    let there = unpacked()?;
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    fs::copy(&there, &here).with_context(|| format!("cannot copy {}", there.display()))?;
    Ok(())
}

/// The document where Cargo has unpacked the crate, in one folder for each registry.
fn unpacked() -> Result<PathBuf> {
    let sources = cargo_home()?.join("registry/src");
    let registries =
        fs::read_dir(&sources).with_context(|| format!("cannot read {}", sources.display()))?;
    let name = format!("{CRATE}-{VERSION}");
    let documents = registries.filter_map(|registry| {
        let document = registry.ok()?.path().join(&name).join(DOCUMENT);
        is_wanted(&document).then_some(document)
    });
    documents.last().with_context(|| {
        format!(
            "no {DOCUMENT} of {name} with the SHA-256 {DIGEST} in {}",
            sources.display()
        )
    })
}

fn cargo_home() -> Result<PathBuf> {
    if let Some(home) = env::var_os("CARGO_HOME") {
        return Ok(home.into());
    }
    let home = env::home_dir().context("neither CARGO_HOME nor HOME is set")?;
    Ok(home.join(".cargo"))
}

fn is_wanted(document: &Path) -> bool {
    let said = document
        .exists()
        .then(|| output("sha256sum", &[&document.to_string_lossy()]));
    said.flatten().is_some_and(|sum| sum.starts_with(DIGEST))
}
