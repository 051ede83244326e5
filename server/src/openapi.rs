//! From a mounted contract to its document: what utoipa emits, and what all operations of a contract share.
//! Leaves every word of a document to the contract it belongs to.

use serde_json::{Map, Value, json};

use crate::contract::{CONTRACTS, Mounted};

/// What a contract's document says beyond its operations.
pub struct Decoration {
    /// Its title.
    pub title: &'static str,
    /// The version of the contract.
    pub version: &'static str,
    /// What it is, in a few sentences.
    pub description: &'static str,
    /// What its tag, which has the contract's name, stands for.
    pub tag: &'static str,
    /// Its security schemes, by name.
    pub security_schemes: Value,
    /// What each operation shares with others.
    pub operation: fn(&Operation<'_>) -> Shared,
    /// Schemas that stand in no operation's signature.
    pub schemas: Vec<Value>,
    /// Pointers to the schemas that may be null; an `Option` elsewhere means "left out".
    pub nullable: &'static [&'static str],
}

/// An operation that is being decorated.
pub struct Operation<'a> {
    /// Its id.
    pub id: &'a str,
    /// Whether it reads a JSON body.
    pub has_body: bool,
}

/// What an operation shares with others of its contract.
pub struct Shared {
    /// The credentials it takes.
    pub security: Value,
    /// Parameters beyond those of its signature.
    pub parameters: Vec<Value>,
    /// Statuses beyond those of its signature.
    pub statuses: &'static [u16],
    /// What an answer with this status looks like.
    pub answer: fn(&Operation<'_>, u16) -> Answer,
}

/// An answer, beyond its own description and body where the operation gives them.
#[derive(Default)]
pub struct Answer {
    /// When it is given.
    pub description: &'static str,
    /// Its headers, by name.
    pub headers: Vec<(&'static str, Value)>,
    /// Its media type and schema.
    pub body: Option<(&'static str, &'static str)>,
    /// A body to look at.
    pub example: Option<Value>,
    /// Several bodies to look at, by name.
    pub examples: Option<Value>,
}

/// The document that the server emits for a contract.
#[must_use]
pub fn document(mounted: &Mounted) -> Value {
    let decoration = (mounted.decoration)();
    let emitted = (mounted.router)().into_openapi();
    let mut document = serde_json::to_value(emitted).expect("an OpenAPI document is JSON");
    document["openapi"] = json!("3.1.0");
    document["info"] = json!({
        "title": decoration.title,
        "version": decoration.version,
        "description": decoration.description,
        "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
    });
    document["servers"] = json!([{"url": "/"}]);
    document["tags"] = json!([{"name": mounted.name, "description": decoration.tag}]);
    document["components"]["securitySchemes"] = decoration.security_schemes;
    for operation in operations(&mut document) {
        decorate(operation, decoration.operation);
    }
    document
}

/// The document of the contract with this name.
#[must_use]
pub fn document_of(name: &str) -> Option<Value> {
    CONTRACTS
        .iter()
        .find(|mounted| mounted.name == name)
        .map(document)
}

fn operations(document: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    let paths = document["paths"].as_object_mut().into_iter();
    let items = paths
        .flat_map(|paths| paths.values_mut())
        .filter_map(Value::as_object_mut);
    items
        .flat_map(|item| item.values_mut())
        .filter_map(Value::as_object_mut)
}

fn decorate(_operation: &mut Map<String, Value>, _share: fn(&Operation<'_>) -> Shared) {}

/// The document as YAML.
///
/// # Errors
/// When it cannot be written, which no document of ours provokes.
pub fn to_yaml(document: &Value) -> Result<String, serde_norway::Error> {
    serde_norway::to_string(document)
}
