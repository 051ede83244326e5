//! Owns `openapi/blessed/`: the documents that clients were built against, and which breaks of them are meant.
//! Leaves what a break is to `compatible`.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::compatible::{Break, breaks};
use crate::document::{CONTRACTS, canonical, resolve, root};
use crate::terminal;

/// Where a change that breaks clients is explained, before 1.0.
const CHANGELOG: &str = "CHANGELOG.md";
/// The part of it that tells of what is not released yet.
const UNRELEASED: &str = "## Unreleased";
/// How such an entry begins, before the contract's name.
const BREAKS: &str = "**Breaks `";

/// Every break of a blessed document that nothing explains, as printable lines.
///
/// # Errors
/// When a document or the change log cannot be read.
pub(crate) fn unexplained_breaks() -> Result<Vec<String>> {
    let changelog = fs::read_to_string(root().join(CHANGELOG))
        .with_context(|| format!("cannot read {CHANGELOG}"))?;
    let entries = entries(&changelog)?;
    let mut lines = strays()?;
    for contract in CONTRACTS {
        let path = path(contract);
        let Ok(text) = fs::read_to_string(&path) else {
            lines.push(format!(
                "openapi/blessed/{contract}.yaml is missing; run `cargo xtask openapi --bless`"
            ));
            continue;
        };
        let blessed: Value = serde_norway::from_str(&text)
            .with_context(|| format!("{} is no YAML", path.display()))?;
        lines.extend(judge(contract, &blessed, &canonical(contract)?, &entries));
    }
    Ok(lines)
}

/// Blesses the documents as they are.
///
/// # Errors
/// When they break the blessed ones and nothing explains it.
pub(crate) fn bless() -> Result<()> {
    let folder = root().join("openapi/blessed");
    // The very first are blessed by nobody.
    if folder.is_dir() {
        let lines = unexplained_breaks()?;
        let lines = lines.iter().filter(|line| !line.contains(" is missing; "));
        let count = lines.inspect(|line| terminal::failure(line)).count();
        ensure!(
            count == 0,
            "{count} breaks that nothing explains: {}",
            remedy()
        );
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for contract in CONTRACTS {
        let from = root().join("openapi").join(format!("{contract}.yaml"));
        fs::copy(&from, path(contract))
            .with_context(|| format!("cannot copy {}", from.display()))?;
    }
    terminal::success("openapi: openapi/blessed/ holds the documents as they are");
    Ok(())
}

/// What to do about a break.
pub(crate) fn remedy() -> String {
    format!(
        "take the change back, give the contract a new major version, or, before 1.0, add the line \
         - {BREAKS}CONTRACT`** `RULE` `PLACE`: REASON. below `{UNRELEASED}` in {CHANGELOG}"
    )
}

/// The breaks of one contract that nothing explains.
fn judge(contract: &str, blessed: &Value, current: &Value, entries: &[Entry]) -> Vec<String> {
    if major(blessed) != major(current) {
        return Vec::new();
    }
    let may_be_explained = env!("CARGO_PKG_VERSION").starts_with("0.");
    let (blessed, current) = (resolve(blessed), resolve(current));
    breaks(&blessed.document, &current.document)
        .iter()
        .filter(|found| {
            !may_be_explained || !entries.iter().any(|entry| entry.is_of(contract, found))
        })
        .map(|found| format!("{contract}: {found}"))
        .collect()
}

/// The first number of a contract's version: 1 of `1.0.0`, and of `v1`.
fn major(document: &Value) -> String {
    let version = document["info"]["version"].as_str().unwrap_or_default();
    let version = version.trim_start_matches('v');
    version.split('.').next().unwrap_or_default().to_owned()
}

/// An entry in the change log that means a break.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    contract: String,
    rule: String,
    place: String,
}

impl Entry {
    fn is_of(&self, contract: &str, found: &Break) -> bool {
        self.contract == contract && self.rule == found.rule && self.place == found.at.to_string()
    }
}

/// Reads the entries below the heading of what is not released.
///
/// # Errors
/// Names an entry that is not of the form, or has no reason.
fn entries(changelog: &str) -> Result<Vec<Entry>> {
    let unreleased = changelog.split(UNRELEASED).nth(1).unwrap_or_default();
    let unreleased = unreleased.split("\n## ").next().unwrap_or_default();
    let items = unreleased.split("\n- ").skip(1);
    let items = items.map(|item| item.split("\n\n").next().unwrap_or_default());
    items
        .filter_map(|item| Some((item, item.strip_prefix(BREAKS)?)))
        .map(|(item, rest)| {
            let words: Vec<&str> = rest.split_whitespace().collect();
            read(&words.join(" ")).with_context(|| {
                let first = item.lines().next().unwrap_or_default();
                format!(
                    "{CHANGELOG}: `- {first}` must read - {BREAKS}CONTRACT`** `RULE` `PLACE`: REASON."
                )
            })
        })
        .collect()
}

/// Reads an entry behind its beginning.
fn read(text: &str) -> Option<Entry> {
    let (contract, rest) = text.split_once("`** `")?;
    let (rule, rest) = rest.split_once("` `")?;
    let (place, reason) = rest.split_once("`: ")?;
    let is_reason = reason.trim_end_matches('.').contains(' ');
    (is_reason && CONTRACTS.contains(&contract)).then(|| Entry {
        contract: contract.to_owned(),
        rule: rule.to_owned(),
        place: place.to_owned(),
    })
}

fn path(contract: &str) -> PathBuf {
    root()
        .join("openapi/blessed")
        .join(format!("{contract}.yaml"))
}

/// Blessed documents of contracts that are no more.
fn strays() -> Result<Vec<String>> {
    let folder = root().join("openapi/blessed");
    let Ok(files) = fs::read_dir(&folder) else {
        bail!("openapi/blessed/ is missing; run `cargo xtask openapi --bless`");
    };
    let known: BTreeSet<String> = CONTRACTS.map(|contract| format!("{contract}.yaml")).into();
    let mut strays = Vec::new();
    for file in files {
        let name = file?.file_name().to_string_lossy().into_owned();
        if !known.contains(&name) {
            strays.push(format!(
                "openapi/blessed/{name}: no contract has this name; whoever uses it finds nothing"
            ));
        }
    }
    Ok(strays)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document(version: &str, scopes: &Value) -> Value {
        json!({
            "info": {"version": version},
            "components": {"schemas": scopes},
        })
    }

    #[test]
    fn a_break_is_meant_by_a_new_major_version_or_by_an_entry_with_its_reason() {
        let blessed = document("v1", &json!({"Key": {}}));
        let without = document("v1", &json!({}));
        let line = "control: /components/schemas/Key: api-schema-removed: \
                    code that uses a generated client's type Key does not build";
        assert_eq!(judge("control", &blessed, &without, &[]), [line]);

        let text = "# Changelog\n\n## Unreleased\n\n- **Breaks `control`** `api-schema-removed`\n  \
                    `/components/schemas/Key`: nobody used it.\n- Another line.\n\n## 0.1.0\n";
        let entries = entries(text).unwrap();
        assert_eq!(judge("control", &blessed, &without, &entries), [""; 0]);
        let elsewhere = judge("named-keys", &blessed, &without, &entries);
        assert_eq!(elsewhere.len(), 1, "{elsewhere:?}");

        let next = document("v2.0.0", &json!({}));
        assert_eq!(judge("control", &blessed, &next, &[]), [""; 0]);
        let minor = document("1.1", &json!({}));
        assert_eq!(judge("control", &blessed, &minor, &[]), [line]);
    }

    #[test]
    fn an_entry_without_a_reason_or_of_another_form_is_an_error() {
        for item in [
            "- **Breaks `control`** `api-schema-removed` `/components/schemas/Key`",
            "- **Breaks `control`** `api-schema-removed` `/components/schemas/Key`: .",
            "- **Breaks `control`**: because we like to.",
            "- **Breaks `other`** `api-schema-removed` `/components/schemas/Key`: nobody used it.",
        ] {
            let error = entries(&format!("## Unreleased\n\n{item}\n")).unwrap_err();
            assert!(error.to_string().contains("must read"), "{item}: {error}");
        }
        let old = "## Unreleased\n\n- Nothing.\n\n## 0.1.0\n\n- **Breaks `control`**: x\n";
        assert_eq!(entries(old).unwrap(), []);
    }
}
