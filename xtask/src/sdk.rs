//! Owns `cargo xtask sdk`: from the canonical documents to `sdk/src/generated/`.
//! Leaves the way down to what progenitor reads to `generator`, the Rust code to progenitor, its looks to `code`.

mod code;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use openapiv3::OpenAPI;
use progenitor::{CrateVers, GenerationSettings, Generator, InterfaceStyle, TagStyle};
use serde_json::{Value, json};

use crate::compare::{Sides, differences};
use crate::document::{CONTRACTS, canonical, check_list, resolve, root};
use crate::generator::lower;
use crate::terminal;

/// The format that marks a member as a secret. The SDK's type for one hides its value from `Debug`.
const MARK: &str = "password";

/// The members of a request that say another thing when empty than when left out: (contract,
/// schema, member). The SDK has them as an `Option`, so that a caller can say either.
const EMPTY_OR_ABSENT: [(&str, &str, &str); 3] = [
    ("control", "KeyInput", "scopes"),
    ("control", "KeyPatch", "scopes"),
    ("control", "KeyPatch", "metadata"),
];

/// The package that the generated code becomes a part of.
const SDK: &str = "keywright-sdk";

/// Writes the generated part of the SDK, or with `check` only says where it differs.
///
/// # Errors
/// When a document cannot be lowered or generated from; with `check`, when a file is not what it
/// would be written as.
pub(crate) fn generate_clients(check: bool) -> Result<()> {
    check_list()?;
    let mut stale = Vec::new();
    for contract in CONTRACTS {
        let code = generate(contract).with_context(|| format!("openapi/{contract}.yaml"))?;
        let name = format!("sdk/src/generated/{}.rs", contract.replace('-', "_"));
        let path = root().join(&name);
        let present = fs::read_to_string(&path).unwrap_or_default();
        match first_difference(&present, &code) {
            None => {}
            Some(difference) if check => stale.push(format!("{name}:{difference}")),
            Some(_) => {
                write(&path, &code)?;
                terminal::success(&format!("sdk: wrote {name}"));
            }
        }
    }
    for stray in strays()? {
        stale.push(format!(
            "{stray}: no contract has this name; remove the file"
        ));
    }
    for line in &stale {
        terminal::failure(line);
    }
    ensure!(
        stale.is_empty(),
        "the SDK is not what openapi/ says; run `cargo xtask sdk`"
    );
    terminal::success(&format!(
        "sdk: sdk/src/generated/ is what openapi/ says ({})",
        CONTRACTS.join(", ")
    ));
    Ok(())
}

fn generate(contract: &str) -> Result<String> {
    let resolved = resolve(&canonical(contract)?);
    if let Some((at, fault)) = resolved.faults.first() {
        bail!("{at}: {fault}");
    }
    let mut lowered = lower(&resolved.document)?;
    hide_secrets(&mut lowered)?;
    tell_empty_from_absent(contract, &mut lowered)?;
    let document = read_back(&lowered)?;
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Builder)
        .with_tag(TagStyle::Merged)
        .with_crate(SDK, CrateVers::Any, None);
    let tokens = Generator::new(&settings).generate_tokens(&document)?;
    let file = syn::parse2(tokens).context("progenitor's output is no Rust")?;
    let head = format!(
        "// Generated from openapi/{contract}.yaml by `cargo xtask sdk`. Do not edit: change the document.\n\n"
    );
    Ok(head + &code::write(file)?)
}

/// Names the SDK's own type for every member that is marked as a secret.
fn hide_secrets(lowered: &mut Value) -> Result<()> {
    let schemas = lowered.pointer_mut("/components/schemas");
    let schemas = schemas.and_then(Value::as_object_mut);
    let properties = schemas
        .into_iter()
        .flat_map(|schemas| schemas.values_mut())
        .filter_map(|schema| schema.get_mut("properties")?.as_object_mut())
        .flat_map(|properties| properties.values_mut());
    let mut found = 0;
    for property in properties.filter(|property| property["format"] == MARK) {
        property["x-rust-type"] = json!({
            "crate": SDK,
            "version": "*",
            "path": "keywright_sdk::Secret",
        });
        found += 1;
    }
    ensure!(
        found > 0,
        "/components/schemas: no member is marked as a secret; give those that hold one `format: {MARK}`"
    );
    Ok(())
}

/// Makes an `Option` of every member of the list of those that may be empty.
///
/// The generator leaves an empty list or object out of a request unless it is nullable. It never
/// sends a null.
fn tell_empty_from_absent(contract: &str, lowered: &mut Value) -> Result<()> {
    let own = EMPTY_OR_ABSENT
        .iter()
        .filter(|(owner, _, _)| *owner == contract);
    for (_, schema, member) in own {
        let pointer = format!("/components/schemas/{schema}/properties/{member}");
        let property = lowered.pointer_mut(&pointer);
        let Some(property) =
            property.filter(|property| property["type"] == "array" || property["type"] == "object")
        else {
            bail!(
                "{pointer}: the list of members that may be empty (xtask/src/sdk.rs) expects an array or an object here"
            );
        };
        property["nullable"] = true.into();
    }
    Ok(())
}

/// Reads the lowered document with the types that progenitor uses, and proves that they kept all.
fn read_back(lowered: &Value) -> Result<OpenAPI> {
    let document: OpenAPI = serde_json::from_value(lowered.clone())
        .context("the lowered document is no OpenAPI 3.0")?;
    let kept = serde_json::to_value(&document)?;
    let sides = Sides {
        left: "the document",
        right: "what the generator reads of it",
    };
    if let Some(lost) = differences(sides, lowered, &kept).first() {
        bail!("{lost}");
    }
    Ok(document)
}

/// The first line that differs, as `<line>: …` with both sides.
fn first_difference(present: &str, wanted: &str) -> Option<String> {
    if present == wanted {
        return None;
    }
    if present.is_empty() {
        return Some("1: the file is missing or empty".to_owned());
    }
    let mut present = present.lines();
    let mut wanted = wanted.lines();
    for number in 1.. {
        let (has, wants) = (present.next(), wanted.next());
        if has != wants {
            let shown = |line: Option<&str>| {
                line.map_or("the end".to_owned(), |line| format!("`{}`", line.trim()))
            };
            return Some(format!(
                "{number}: the file has {}, the documents give {}",
                shown(has),
                shown(wants)
            ));
        }
        if has.is_none() {
            break;
        }
    }
    Some("1: the line ends differ".to_owned())
}

fn write(path: &PathBuf, code: &str) -> Result<()> {
    let folder = path.parent().expect("the path was joined to a folder");
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    fs::write(path, code).with_context(|| format!("cannot write {}", path.display()))
}

/// Files in `sdk/src/generated/` that no contract generates.
fn strays() -> Result<Vec<String>> {
    let mut strays = Vec::new();
    for entry in
        fs::read_dir(root().join("sdk/src/generated")).context("cannot read sdk/src/generated")?
    {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let known = CONTRACTS
            .iter()
            .any(|contract| name == format!("{}.rs", contract.replace('-', "_")));
        if !known {
            strays.push(format!("sdk/src/generated/{name}"));
        }
    }
    strays.sort();
    Ok(strays)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_differing_line_is_named_with_both_sides() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(
            first_difference("a\nb\n", "a\n  c\n").unwrap(),
            "2: the file has `b`, the documents give `c`"
        );
        assert_eq!(
            first_difference("a\n", "a\nb\n").unwrap(),
            "2: the file has the end, the documents give `b`"
        );
        assert_eq!(
            first_difference("", "a\n").unwrap(),
            "1: the file is missing or empty"
        );
        assert_eq!(
            first_difference("a\r\n", "a\n").unwrap(),
            "1: the line ends differ"
        );
    }

    #[test]
    fn a_document_that_marks_no_secret_is_an_error() {
        let mut document = json!({"components": {"schemas": {"ApiKeyAnswer": {"properties": {
            "apikey": {"type": "string", "format": "password"}, "name": {"type": "string"},
        }}}}});
        hide_secrets(&mut document).unwrap();
        let properties = &document["components"]["schemas"]["ApiKeyAnswer"]["properties"];
        assert!(properties["apikey"]["x-rust-type"].is_object());
        assert!(properties["name"].get("x-rust-type").is_none());

        document["components"]["schemas"]["ApiKeyAnswer"]["properties"]["apikey"] =
            json!({"type": "string"});
        let error = hide_secrets(&mut document).unwrap_err().to_string();
        assert!(error.contains("format: password"), "{error}");
    }

    #[test]
    fn a_member_that_may_be_empty_is_a_list_or_an_object() {
        let mut document = json!({"components": {"schemas": {"KeyInput": {"properties": {
            "scopes": {"type": "string"},
        }}}}});
        let error = tell_empty_from_absent("control", &mut document)
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("/components/schemas/KeyInput/properties/scopes: "),
            "{error}"
        );
    }

    #[test]
    fn what_the_generator_would_not_read_is_an_error() {
        let document = json!({
            "openapi": "3.0.3", "info": {"title": "T", "version": "1"}, "paths": {}, "unknown": 1,
        });
        let error = read_back(&document).unwrap_err().to_string();
        assert_eq!(
            error,
            "/unknown: in the document, not in what the generator reads of it"
        );
    }
}
