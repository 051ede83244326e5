//! Owns `cargo xtask openapi`: the canonical documents against what the server emits, and against the blessed ones.
//! Leaves the comparison itself to `compare`, and what may change to `blessed`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::blessed;
use crate::compare::{Sides, differences};
use crate::document::{CONTRACTS, Resolved, canonical, check_list, resolve, root, target};
use crate::lint;
use crate::terminal;

const SIDES: Sides = Sides {
    left: "openapi/",
    right: "the server",
};

/// Compares every contract and prints each difference.
///
/// # Errors
/// When a document cannot be had, or when there is any difference.
pub(crate) fn compare_documents() -> Result<()> {
    check_list()?;
    let breaks = blessed::unexplained_breaks()?;
    for line in &breaks {
        terminal::failure(line);
    }
    let server = build_server()?;
    let mut count = 0;
    for contract in CONTRACTS {
        let canonical = canonical(contract)?;
        let emitted = emitted(&server, contract)?;
        let faults = lint::faults(&canonical).into_iter();
        let faults = faults.map(|fault| format!("{contract}: {fault}"));
        for line in compare(contract, &canonical, &emitted)
            .into_iter()
            .chain(faults)
        {
            terminal::failure(&line);
            count += 1;
        }
    }
    if count > 0 {
        bail!(
            "{count} faults of openapi/, or differences between it and the server: \
             change the document first, then make the code follow"
        );
    }
    if !breaks.is_empty() {
        let count = breaks.len();
        bail!(
            "{count} breaks that nothing explains: {}",
            blessed::remedy()
        );
    }
    let names = CONTRACTS.join(", ");
    terminal::success(&format!(
        "openapi: the server emits what openapi/ says ({names})"
    ));
    Ok(())
}

/// The differences of one contract as printable lines.
fn compare(contract: &str, canonical: &Value, emitted: &Value) -> Vec<String> {
    let (canonical, emitted) = (resolve(canonical), resolve(emitted));
    let differences = differences(SIDES, &canonical.document, &emitted.document);
    let differences = differences.iter().map(ToString::to_string);
    // The comparison sees neither what no reference leads to, nor where a broken one leads.
    differences
        .chain(faults(SIDES.left, &canonical))
        .chain(faults(SIDES.right, &emitted))
        .map(|line| format!("{contract}: {line}"))
        .collect()
}

fn faults(side: &str, resolved: &Resolved) -> impl Iterator<Item = String> {
    resolved
        .faults
        .iter()
        .map(move |(at, what)| format!("{at}: in {side}, {what}"))
}

/// Builds the server's binary, and says where it is.
fn build_server() -> Result<PathBuf> {
    // As a part of the whole: by itself, what it shares with others would be built once more, with fewer features.
    let status = Command::new(env!("CARGO"))
        .current_dir(root())
        .args(["build", "--quiet", "--workspace", "--bin", "keywright"])
        .status()
        .context("cannot run cargo")?;
    ensure!(status.success(), "the server does not build ({status})");
    Ok(target().join("debug/keywright"))
}

/// Asks the server's own binary for the document it emits.
fn emitted(server: &Path, contract: &str) -> Result<Value> {
    let output = Command::new(server)
        .args(["openapi", contract])
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run the server's binary")?;
    if !output.status.success() {
        bail!("`keywright openapi {contract}` failed ({})", output.status);
    }
    serde_json::from_slice(&output.stdout)
        .with_context(|| format!("`keywright openapi {contract}` did not print JSON"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_shared_component_equals_the_same_words_in_place() {
        let canonical = json!({
            "paths": {"/a": {"get": {"responses": {"200": {"$ref": "#/components/responses/Ok"}}}}},
            "components": {"responses": {"Ok": {"description": "Fine"}}},
        });
        let emitted = json!({
            "paths": {"/a": {"get": {"responses": {"200": {"description": "Fine"}}}}},
            "components": {},
        });
        assert_eq!(compare("control", &canonical, &emitted), [""; 0]);
        let emitted = json!({
            "paths": {"/a": {"get": {"responses": {"200": {"description": "Good"}}}}},
            "components": {},
        });
        assert_eq!(
            compare("control", &canonical, &emitted),
            [
                r#"control: /paths/~1a/get/responses/200/description: openapi/ has "Fine", the server has "Good""#
            ]
        );
    }

    #[test]
    fn a_broken_reference_does_not_hide_the_other_differences() {
        let canonical = json!({"paths": {"/a": {}, "/b": {}}});
        let emitted = json!({"paths": {"/a": {"$ref": "#/components/schemas/Lost"}}});
        assert_eq!(
            compare("control", &canonical, &emitted),
            [
                "control: /paths/~1a/$ref: in the server, not in openapi/",
                "control: /paths/~1b: in openapi/, not in the server",
                "control: /paths/~1a: in the server, #/components/schemas/Lost leads nowhere",
            ]
        );
    }

    #[test]
    fn an_unused_component_is_a_difference_on_either_side() {
        let lost = json!({"components": {"headers": {"Lost": {}}}});
        let none = json!({"components": {}});
        assert_eq!(
            compare("control", &lost, &none),
            [
                "control: /components/headers/Lost: in openapi/, used by nothing; refer to it or remove it"
            ]
        );
        assert_eq!(
            compare("control", &none, &lost),
            [
                "control: /components/headers/Lost: in the server, used by nothing; refer to it or remove it"
            ]
        );
    }
}
