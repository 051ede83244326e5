//! Owns OpenAPI documents as values: the list of contracts, loading, pointers and references.
//! Leaves what a difference is to `compare` and what 3.0 can say to `keywright-lower`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value};

pub(crate) use keywright_lower::Pointer;

/// Every contract, by the name of its file in `openapi/`.
pub(crate) const CONTRACTS: [&str; 5] = [
    "user-key",
    "client-keys",
    "named-keys",
    "organization-key",
    "control",
];

/// The sections of `components` whose entries are read in place of the references to them.
pub(crate) const INLINED_SECTIONS: [&str; 5] = [
    "responses",
    "parameters",
    "headers",
    "examples",
    "requestBodies",
];

/// References inside referenced components may nest this deep.
const REFERENCE_DEPTH_MAX: usize = 16;

/// Keywords whose value is an object with names of the author's choice as keys.
const NAME_MAPS: [&str; 21] = [
    "$defs",
    "callbacks",
    "content",
    "dependentRequired",
    "dependentSchemas",
    "encoding",
    "examples",
    "headers",
    "links",
    "mapping",
    "parameters",
    "pathItems",
    "paths",
    "patternProperties",
    "properties",
    "requestBodies",
    "responses",
    "schemas",
    "scopes",
    "securitySchemes",
    "variables",
];

/// Keywords whose value is an example or a value, not part of the document's language.
const LITERALS: [&str; 5] = ["const", "default", "enum", "example", "value"];

/// How a value inside a document is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// An object whose keys are words of OpenAPI or JSON Schema.
    Keywords,
    /// An object whose keys are names.
    Names,
    /// JSON without any meaning to the document: an example, a default, an extension.
    Literal,
}

impl Reading {
    /// How the value under `key` is read, given how the object around it is read.
    pub(crate) fn under(self, key: &str, value: &Value) -> Self {
        let literal = LITERALS.contains(&key)
            || key.starts_with("x-")
            || (key == "examples" && value.is_array());
        let names = key == "security"
            || key == "webhooks"
            || (NAME_MAPS.contains(&key) && value.is_object());
        match self {
            Self::Literal => Self::Literal,
            Self::Keywords if literal => Self::Literal,
            Self::Keywords if names => Self::Names,
            Self::Keywords | Self::Names => Self::Keywords,
        }
    }
}

/// A document without references to anything but schemas.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(crate) document: Value,
    /// What is wrong with its references, by place.
    pub(crate) faults: BTreeSet<(Pointer, String)>,
}

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies in a folder of the repository")
        .to_owned()
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Reads a contract's canonical document.
///
/// # Errors
/// When the file is missing or is no YAML.
pub(crate) fn canonical(contract: &str) -> Result<Value> {
    let path = root().join("openapi").join(format!("{contract}.yaml"));
    let text =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_norway::from_str(&text).with_context(|| format!("openapi/{contract}.yaml is no YAML"))
}

/// Checks that `openapi/` holds exactly the contracts of the list.
///
/// # Errors
/// Names the document that nobody would look at, or the one that is missing.
pub(crate) fn check_list() -> Result<()> {
    let folder = root().join("openapi");
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(&folder).context("cannot read openapi/")? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if let Some(contract) = name.strip_suffix(".yaml").or(name.strip_suffix(".yml")) {
            found.insert(contract.to_owned());
        }
    }
    for contract in CONTRACTS {
        ensure!(
            found.remove(contract),
            "openapi/{contract}.yaml is missing; it is in the list of contracts (xtask/src/document.rs)"
        );
    }
    if let Some(stray) = found.first() {
        bail!(
            "openapi/{stray}.yaml is not in the list of contracts (xtask/src/document.rs); add it there or remove it"
        );
    }
    Ok(())
}

/// Puts each referenced response, parameter, header, example and request body in its place.
///
/// A reference that cannot be followed stays as it is and is a fault; so is an entry of these
/// sections that nothing refers to.
pub(crate) fn resolve(document: &Value) -> Resolved {
    let mut reader = Resolver {
        document,
        used: BTreeSet::new(),
        faults: BTreeSet::new(),
    };
    let mut resolved = reader.value(&Pointer::default(), Reading::Keywords, document, 0);
    for section in INLINED_SECTIONS {
        let at = Pointer::default().child("components").child(section);
        let components = resolved
            .get_mut("components")
            .and_then(Value::as_object_mut);
        let entries = components.and_then(|components| components.remove(section));
        for name in entries
            .iter()
            .filter_map(Value::as_object)
            .flat_map(Map::keys)
        {
            if !reader.used.contains(&at.child(name)) {
                reader.fault(
                    &at.child(name),
                    "used by nothing; refer to it or remove it".to_owned(),
                );
            }
        }
    }
    Resolved {
        document: resolved,
        faults: reader.faults,
    }
}

struct Resolver<'a> {
    document: &'a Value,
    used: BTreeSet<Pointer>,
    faults: BTreeSet<(Pointer, String)>,
}

impl Resolver<'_> {
    fn value(&mut self, at: &Pointer, reading: Reading, value: &Value, depth: usize) -> Value {
        match value {
            Value::Object(object) if reading != Reading::Literal => {
                if reading == Reading::Keywords
                    && let Some(reference) = object.get("$ref")
                {
                    return self.reference(at, reference, object, depth);
                }
                let member = |(key, member): (&String, &Value)| {
                    let reading = reading.under(key, member);
                    (
                        key.clone(),
                        self.value(&at.child(key), reading, member, depth),
                    )
                };
                object.iter().map(member).collect::<Map<_, _>>().into()
            }
            Value::Array(elements) if reading != Reading::Literal => elements
                .iter()
                .enumerate()
                .map(|(index, element)| self.value(&at.element(index), reading, element, depth))
                .collect(),
            literal => literal.clone(),
        }
    }

    fn reference(
        &mut self,
        at: &Pointer,
        reference: &Value,
        around: &Map<String, Value>,
        depth: usize,
    ) -> Value {
        match self.follow(at, reference, depth) {
            Ok(None) => around.clone().into(),
            Ok(Some(mut target)) => {
                // OpenAPI 3.1 lets a reference override the summary and the description of its target.
                for (key, member) in around.iter().filter(|(key, _)| *key != "$ref") {
                    if key == "summary" || key == "description" {
                        target[key] = member.clone();
                    } else {
                        self.fault(
                            &at.child(key),
                            "only summary and description may stand beside this $ref".to_owned(),
                        );
                    }
                }
                target
            }
            Err(fault) => {
                self.fault(at, fault.to_string());
                around.clone().into()
            }
        }
    }

    /// What a reference leads to, or nothing if that is a schema, which is compared by its name.
    fn follow(&mut self, at: &Pointer, reference: &Value, depth: usize) -> Result<Option<Value>> {
        let reference = reference.as_str().context("a reference must be a string")?;
        ensure!(depth < REFERENCE_DEPTH_MAX, "{reference} leads in circles");
        let path = reference.strip_prefix("#/components/");
        let path = path.and_then(|path| path.split_once('/'));
        let (section, name) =
            path.with_context(|| format!("{reference} does not lead to #/components/…"))?;
        let name = name.replace("~1", "/").replace("~0", "~");
        let target = self.document["components"][section].get(&name);
        let target = target.with_context(|| format!("{reference} leads nowhere"))?;
        if section == "schemas" {
            return Ok(None);
        }
        ensure!(
            INLINED_SECTIONS.contains(&section),
            "references to components/{section} are not supported"
        );
        self.used.insert(
            Pointer::default()
                .child("components")
                .child(section)
                .child(&name),
        );
        let target = self.value(at, Reading::Keywords, target, depth + 1);
        ensure!(
            target.is_object(),
            "{reference} leads to something else than an object"
        );
        Ok(Some(target))
    }

    fn fault(&mut self, at: &Pointer, what: String) {
        self.faults.insert((at.clone(), what));
    }
}

#[cfg(test)]
mod tests;
