//! From a mounted contract to its document: what utoipa emits, and what all operations of a contract share.
//! Leaves every word of a document to the contract it belongs to.

mod plain;
mod served;
mod yaml;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{OpenApi, RefOr};

use crate::contract::operation::Declared;
use crate::contract::{CONTRACTS, Mounted, mount, routes};

pub use served::{at, is_plain};

/// What a contract's document says beyond its operations.
pub struct Decoration {
    /// Its title.
    pub title: &'static str,
    /// The version of the contract.
    pub version: &'static str,
    /// What it is, in a few sentences.
    pub description: &'static str,
    /// Its tags in reading order, each with what it stands for.
    pub tags: &'static [(&'static str, &'static str)],
    /// Its security schemes, by name.
    pub security_schemes: Value,
    /// Schemas that stand in no body.
    pub schemas: Vec<Named>,
    /// Pointers to the schemas that may be null; an `Option` elsewhere means "left out".
    pub nullable: &'static [&'static str],
    /// Pointers to the schemas whose objects may have members that are not listed.
    pub open: &'static [&'static str],
    /// What an operation shares with others.
    pub share: fn(&Operation) -> Shared,
}

/// An operation that is being decorated.
pub struct Operation {
    /// What its contract declares of it.
    pub declared: &'static Declared,
    /// Whether it reads a body.
    pub has_body: bool,
}

/// What an operation shares with others of its contract.
pub struct Shared {
    /// The credentials it takes.
    pub security: Value,
    /// Parameters beyond those of its signature.
    pub parameters: Vec<Value>,
    /// Statuses beyond those of its signature.
    pub statuses: Vec<u16>,
    /// The headers of its answers with this status.
    pub headers: fn(&Operation, u16) -> Vec<Header>,
    /// Its refusal or failure with this status.
    pub refusal: fn(&Operation, u16) -> Option<Refusal>,
}

/// A header of an answer; `utoipa` has a type for it that cannot say `required`.
#[derive(Serialize)]
pub struct Header {
    #[serde(skip)]
    name: &'static str,
    description: String,
    #[serde(skip_serializing_if = "is_false")]
    required: bool,
    schema: Value,
    example: Value,
}

/// An answer other than a success.
pub struct Refusal {
    description: &'static str,
    body: Option<Body>,
}

struct Body {
    media_type: &'static str,
    schema: String,
    schemas: Vec<Named>,
    /// `example` or `examples`.
    keyword: &'static str,
    shown: Value,
}

/// A schema and its name.
pub type Named = (String, RefOr<Schema>);

/// A type's schema, and those of its members.
#[must_use]
pub fn schemas_of<T: ToSchema>() -> Vec<Named> {
    let mut schemas = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut schemas);
    schemas
}

impl Header {
    /// A header that may be left out, with a value to look at.
    pub fn new(name: &'static str, description: impl Into<String>, example: &str) -> Self {
        Self {
            name,
            description: description.into(),
            required: false,
            schema: json!({"type": "string"}),
            example: json!(example),
        }
    }

    /// The same header, always sent.
    #[must_use]
    pub fn required(self) -> Self {
        Self {
            required: true,
            ..self
        }
    }

    /// The same header with another schema.
    #[must_use]
    pub fn schema(self, schema: Value) -> Self {
        Self { schema, ..self }
    }

    /// The same header with another value to look at.
    #[must_use]
    pub fn example(self, example: impl Into<Value>) -> Self {
        let example = example.into();
        Self { example, ..self }
    }
}

impl Refusal {
    /// A refusal without a body.
    #[must_use]
    pub fn bare(description: &'static str) -> Self {
        Self {
            description,
            body: None,
        }
    }

    /// A refusal with a body of type `T` and one to look at.
    pub fn new<T: ToSchema + Serialize>(
        description: &'static str,
        media_type: &'static str,
        example: &T,
    ) -> Self {
        Self::with_example::<T>(description, media_type, json!(example))
    }

    /// A refusal with a body of type `T` and one to look at that leaves members out.
    #[must_use]
    pub fn with_example<T: ToSchema>(
        description: &'static str,
        media_type: &'static str,
        example: Value,
    ) -> Self {
        Self::shown::<T>(description, media_type, "example", example)
    }

    /// A refusal with a body of type `T` and several to look at: name, summary, value.
    pub fn with_examples<T: ToSchema + Serialize>(
        description: &'static str,
        media_type: &'static str,
        examples: &[(&str, &str, T)],
    ) -> Self {
        let examples = examples.iter().map(|(name, summary, value)| {
            let example = json!({"summary": summary, "value": value});
            ((*name).to_owned(), example)
        });
        Self::shown::<T>(description, media_type, "examples", examples.collect())
    }

    fn shown<T: ToSchema>(
        description: &'static str,
        media_type: &'static str,
        keyword: &'static str,
        shown: Value,
    ) -> Self {
        Self {
            description,
            body: Some(Body {
                media_type,
                schema: T::name().into_owned(),
                schemas: schemas_of::<T>(),
                keyword,
                shown,
            }),
        }
    }
}

/// The document that the server emits for a contract.
#[must_use]
pub fn document(mounted: &Mounted) -> Value {
    let decoration = (mounted.decoration)();
    let emitted: OpenApi = mount(mounted.declared()).into_openapi();
    let mut document = json!(emitted);
    document["openapi"] = json!("3.1.0");
    document["info"] = json!({
        "title": decoration.title,
        "version": decoration.version,
        "description": decoration.description,
        "license": {"name": "MIT OR Apache-2.0", "url": "https://spdx.org/licenses/"},
    });
    document["servers"] = json!([{"url": "/"}]);
    let tags = decoration.tags.iter();
    document["tags"] = tags
        .map(|(name, description)| json!({"name": name, "description": description}))
        .collect();
    document["components"]["securitySchemes"] = decoration.security_schemes;
    let mut schemas = decoration.schemas;
    for operation in operations(&mut document) {
        let subject = Operation::find(mounted, operation);
        decorate(operation, &subject, decoration.share, &mut schemas);
    }
    for (name, schema) in schemas {
        document["components"]["schemas"][name] = json!(schema);
    }
    plain::speak_plainly(&mut document, decoration.nullable);
    for pointer in decoration.open {
        if let Some(schema) = document.pointer_mut(pointer) {
            schema["additionalProperties"] = json!(true);
        }
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

/// The document as YAML.
///
/// # Errors
/// When it cannot be written, which no document of ours provokes.
pub fn to_yaml(document: &Value) -> Result<String, serde_norway::Error> {
    yaml::write(document)
}

/// The version of OpenAPI that a document is wanted in.
#[derive(Clone, Copy, Default, Deserialize)]
pub enum Version {
    /// The one that it is written in.
    #[default]
    #[serde(rename = "3.1")]
    Own,
    /// The one before, which some tools still need.
    #[serde(rename = "3.0")]
    Lowered,
}

/// A contract's document as JSON, for `at` to put the server's address in.
///
/// # Errors
/// When it has no form in the version, which no document of ours provokes.
pub fn json_to_serve(mounted: &Mounted, version: Version) -> anyhow::Result<String> {
    Ok(to_serve(mounted, version)?.to_string())
}

/// The same as YAML.
///
/// # Errors
/// When it has no form in the version or cannot be written, which no document of ours provokes.
pub fn yaml_to_serve(mounted: &Mounted, version: Version) -> anyhow::Result<String> {
    Ok(to_yaml(&to_serve(mounted, version)?)?)
}

fn to_serve(mounted: &Mounted, version: Version) -> anyhow::Result<Value> {
    let mut document = document(mounted);
    served::hold_place(&mut document);
    match version {
        Version::Own => Ok(document),
        Version::Lowered => keywright_lower::lower(&document),
    }
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

/// Adds what an operation shares with others, and collects the schemas that this brings in.
fn decorate(
    operation: &mut Map<String, Value>,
    subject: &Operation,
    share: fn(&Operation) -> Shared,
    schemas: &mut Vec<Named>,
) {
    let shared = share(subject);
    operation.insert("security".to_owned(), shared.security);
    if !shared.parameters.is_empty() {
        let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
        let parameters = parameters.as_array_mut();
        let parameters = parameters.expect("utoipa writes parameters as an array");
        parameters.extend(shared.parameters);
    }
    let responses = operation.entry("responses").or_insert_with(|| json!({}));
    let responses = responses.as_object_mut();
    let responses = responses.expect("utoipa writes responses as an object");
    for status in shared.statuses {
        let status = status.to_string();
        responses.entry(status).or_insert_with(|| json!({}));
    }
    for (status, response) in responses {
        let Ok(status) = status.parse() else { continue };
        for header in (shared.headers)(subject, status) {
            response["headers"][header.name] = json!(header);
        }
        // A handler that describes an answer itself means what it says.
        if response.get("description").is_some() {
            continue;
        }
        if let Some(refusal) = (shared.refusal)(subject, status) {
            schemas.extend(refusal.write(response));
        }
    }
}

impl Operation {
    fn find(mounted: &Mounted, operation: &Map<String, Value>) -> Self {
        let served = routes::of(mounted).find(|served| operation["operationId"] == *served.id);
        Self {
            declared: served.expect("only what is declared is mounted").operation,
            has_body: operation.contains_key("requestBody"),
        }
    }
}

impl Refusal {
    fn write(self, response: &mut Value) -> Vec<Named> {
        response["description"] = json!(self.description);
        let Some(body) = self.body else {
            return Vec::new();
        };
        let mut content = json!({
            "schema": {"$ref": format!("#/components/schemas/{}", body.schema)},
        });
        content[body.keyword] = body.shown;
        response["content"][body.media_type] = content;
        body.schemas
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands out references"
)]
fn is_false(fact: &bool) -> bool {
    !fact
}

#[cfg(test)]
mod tests;
