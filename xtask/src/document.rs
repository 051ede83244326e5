//! Owns OpenAPI documents as values: the list of contracts, loading, pointers and references.
//! Leaves what a difference is to `compare` and what 3.0 can say to `lower`.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value};

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

/// Keywords whose value is somebody's JSON, not part of the document's language.
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

/// A place in a document (RFC 6901).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Pointer(String);

impl Pointer {
    /// The place of the member `key`.
    pub(crate) fn child(&self, key: &str) -> Self {
        let escaped = key.replace('~', "~0").replace('/', "~1");
        Self(format!("{}/{escaped}", self.0))
    }

    /// The place of the element `index`.
    pub(crate) fn element(&self, index: usize) -> Self {
        Self(format!("{}/{index}", self.0))
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "/" } else { &self.0 })
    }
}

/// A document without references to anything but schemas.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(crate) document: Value,
    /// Entries of the inlined sections that nothing refers to, as pointers.
    pub(crate) unused: BTreeSet<Pointer>,
}

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies in a folder of the repository")
        .to_owned()
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
/// # Errors
/// Names the place of a reference that leads nowhere, in circles, or out of the document.
pub(crate) fn resolve(document: &Value) -> Result<Resolved> {
    let mut reader = Resolver {
        document,
        used: BTreeSet::new(),
    };
    let mut resolved = reader.value(&Pointer::default(), Reading::Keywords, document, 0)?;
    let mut unused = BTreeSet::new();
    if let Some(components) = resolved
        .get_mut("components")
        .and_then(Value::as_object_mut)
    {
        let place = Pointer::default().child("components");
        for section in INLINED_SECTIONS {
            let Some(entries) = components.remove(section) else {
                continue;
            };
            let names = entries.as_object().into_iter().flat_map(Map::keys);
            unused.extend(names.map(|name| place.child(section).child(name)));
        }
    }
    let unused = unused.difference(&reader.used).cloned().collect();
    Ok(Resolved {
        document: resolved,
        unused,
    })
}

struct Resolver<'a> {
    document: &'a Value,
    used: BTreeSet<Pointer>,
}

impl Resolver<'_> {
    fn value(
        &mut self,
        at: &Pointer,
        reading: Reading,
        value: &Value,
        depth: usize,
    ) -> Result<Value> {
        match value {
            Value::Object(object) if reading != Reading::Literal => {
                if reading == Reading::Keywords
                    && let Some(reference) = object.get("$ref")
                {
                    return self.reference(at, reference, object, depth);
                }
                let mut resolved = Map::new();
                for (key, member) in object {
                    // Unused entries are found by what is visited, so an entry does not visit itself.
                    let reading = reading.under(key, member);
                    resolved.insert(
                        key.clone(),
                        self.value(&at.child(key), reading, member, depth)?,
                    );
                }
                Ok(Value::Object(resolved))
            }
            Value::Array(elements) if reading != Reading::Literal => elements
                .iter()
                .enumerate()
                .map(|(index, element)| self.value(&at.element(index), reading, element, depth))
                .collect(),
            literal => Ok(literal.clone()),
        }
    }

    fn reference(
        &mut self,
        at: &Pointer,
        reference: &Value,
        around: &Map<String, Value>,
        depth: usize,
    ) -> Result<Value> {
        let Some(reference) = reference.as_str() else {
            bail!("{at}/$ref: a reference must be a string");
        };
        ensure!(
            depth < REFERENCE_DEPTH_MAX,
            "{at}: {reference} leads in circles"
        );
        let parts = reference
            .strip_prefix("#/components/")
            .and_then(|path| path.split_once('/'));
        let Some((section, name)) = parts else {
            bail!("{at}: {reference} does not lead to #/components/…");
        };
        let name = name.replace("~1", "/").replace("~0", "~");
        let target = self.document["components"][section].get(&name);
        let Some(target) = target else {
            bail!("{at}: {reference} leads nowhere");
        };
        if section == "schemas" {
            return Ok(Value::Object(around.clone()));
        }
        ensure!(
            INLINED_SECTIONS.contains(&section),
            "{at}: references to components/{section} are not supported"
        );
        let place = Pointer::default()
            .child("components")
            .child(section)
            .child(&name);
        self.used.insert(place);
        let mut resolved = self.value(at, Reading::Keywords, target, depth + 1)?;
        // OpenAPI 3.1 lets a reference override the summary and the description of its target.
        for (key, member) in around.iter().filter(|(key, _)| *key != "$ref") {
            ensure!(
                key == "summary" || key == "description",
                "{}: only summary and description may stand beside this $ref",
                at.child(key)
            );
            resolved[key] = member.clone();
        }
        Ok(resolved)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn references_are_read_in_place_and_their_sections_left_out() {
        let resolved = resolve(&json!({
            "paths": {"/a": {"get": {"responses": {"200": {"$ref": "#/components/responses/Ok"}}}}},
            "components": {
                "responses": {"Ok": {"headers": {"X": {"$ref": "#/components/headers/X"}}}},
                "headers": {"X": {"schema": {"$ref": "#/components/schemas/S"}}},
                "schemas": {"S": {"type": "string"}},
            },
        }))
        .unwrap();
        assert_eq!(
            resolved.document,
            json!({
                "paths": {"/a": {"get": {"responses": {"200":
                    {"headers": {"X": {"schema": {"$ref": "#/components/schemas/S"}}}}
                }}}},
                "components": {"schemas": {"S": {"type": "string"}}},
            })
        );
        assert!(resolved.unused.is_empty());
    }

    #[test]
    fn a_component_that_nothing_refers_to_is_named() {
        let resolved = resolve(&json!({"components": {"responses": {"Lost/One": {}}}})).unwrap();
        let unused: Vec<String> = resolved.unused.iter().map(ToString::to_string).collect();
        assert_eq!(unused, ["/components/responses/Lost~1One"]);
    }

    #[test]
    fn a_reference_that_leads_nowhere_is_refused_by_place() {
        let error = resolve(&json!({"paths": {"/a": {"$ref": "#/components/pathItems/A"}}}));
        assert_eq!(
            error.unwrap_err().to_string(),
            "/paths/~1a: #/components/pathItems/A leads nowhere"
        );
    }

    #[test]
    fn a_reference_in_circles_is_refused() {
        let error = resolve(&json!({"components": {"responses": {
            "A": {"$ref": "#/components/responses/B"},
            "B": {"$ref": "#/components/responses/A"},
        }}}));
        assert!(error.unwrap_err().to_string().ends_with("leads in circles"));
    }

    #[test]
    fn a_reference_inside_an_example_is_only_text() {
        let document = json!({"paths": {"/a": {"example": {"$ref": "#/nowhere"}}}});
        assert_eq!(resolve(&document).unwrap().document, document);
    }
}
