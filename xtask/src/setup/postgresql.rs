//! Owns how PostgreSQL gets here: Debian's, without the server that its package would begin with.
//! Leaves how it is run to `tests/cluster`.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use keywright_postgres_cluster::Programs;

use super::{bring, installer};

pub(super) const PACKAGE: &str = "postgresql";

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
