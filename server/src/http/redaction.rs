//! Redacts requests and answers for the log at the level `trace`: what a document describes and does not mark as
//! `format: password` is shown, all else is left out.
//! Why by the documents: a new member is hidden until it is described, and there is no second list of secrets.
//! Not here: which members are secrets, which the documents say, with their security schemes.

use std::collections::HashSet;

use axum::body::{Body, HttpBody as _};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde_json::{Map, Value};

use keywright_api::contract::Mounted;
use keywright_api::contract::routes::{self, Served};
use keywright_model::secret::{HIDDEN, repeated};

/// The format that marks a secret.
const MARK: &str = "password";
/// The longest answer that is looked into, in bytes.
const ANSWER_LEN_MAX: u64 = 8 * 1024 * 1024;
/// Keywords whose schemas all speak of the same value.
const COMBINING: [&str; 3] = ["allOf", "anyOf", "oneOf"];

/// The documents, read for what may be shown.
#[derive(Debug)]
pub struct Redaction {
    contracts: Vec<Contract>,
}

#[derive(Debug)]
struct Contract {
    document: Value,
    /// The headers that carry a credential in any of its security schemes.
    credentials: Vec<String>,
}

/// One operation of one document.
#[derive(Clone, Copy)]
struct Operation<'a> {
    contract: &'a Contract,
    described: &'a Value,
}

impl Redaction {
    /// Learns from the documents of contracts what is secret.
    ///
    /// # Errors
    /// When a document marks no member, or none of an answer that is declared to hold a secret, or when a security
    /// scheme names no header: its marks have been lost, and what may be shown cannot be known.
    pub fn derive(
        documents: impl IntoIterator<Item = (&'static Mounted, Value)>,
    ) -> anyhow::Result<Self> {
        let contracts = documents.into_iter().map(|(mounted, document)| {
            let name = mounted.name;
            anyhow::ensure!(
                has_mark(&document["components"]["schemas"]),
                "the document {name} marks no member as a secret, so what may be logged is not known: \
                 give each member that holds one `format: {MARK}`"
            );
            let schemes = document["components"]["securitySchemes"].as_object();
            let credentials = schemes.into_iter().flatten().map(|(scheme, described)| {
                let header = carrier(described);
                header.ok_or_else(|| anyhow::anyhow!(
                    "the security scheme {scheme} of the document {name} names no header, so what may be \
                     logged is not known: make it http, oauth2, or apiKey in a header"
                ))
            });
            let credentials = credentials.collect::<anyhow::Result<_>>()?;
            let contract = Contract {
                document,
                credentials,
            };
            for served in routes::of(mounted) {
                anyhow::ensure!(
                    !served.operation.answers_secret || contract.marks_answer_of(served),
                    "the document {name} marks no member of the answer of {} as a secret, which it is declared to \
                     hold: give that member `format: {MARK}`",
                    served.id
                );
            }
            Ok(contract)
        });
        let contracts = contracts.collect::<anyhow::Result<_>>()?;
        Ok(Self { contracts })
    }

    /// Whether the level `trace` is on: if not, this check is all that redaction costs.
    #[must_use]
    pub fn is_enabled() -> bool {
        tracing::enabled!(tracing::Level::TRACE)
    }

    /// Logs what may be shown of a request to the operation at `route`.
    pub fn log_request(
        &self,
        request_id: &str,
        (method, route): (&str, Option<&str>),
        sent: &HeaderMap,
        body: Option<&[u8]>,
    ) {
        let Some(operation) = self.find(method, route) else {
            return;
        };
        let headers = operation.request_headers(sent);
        let body = operation.request_body(sent, body);
        tracing::trace!(%request_id, %headers, %body, "received");
    }

    /// Logs what may be shown of an answer of the operation at `route`, and hands the answer on.
    pub async fn log_answer(
        &self,
        request_id: &str,
        (method, route): (&str, Option<&str>),
        response: Response,
    ) -> Response {
        let len = response.body().size_hint().exact();
        let operation = self.find(method, route);
        let Some(operation) = operation.filter(|_| len.is_some_and(|len| len <= ANSWER_LEN_MAX))
        else {
            return response;
        };
        let (parts, body) = response.into_parts();
        // A body whose length is known is in memory, and cannot fail.
        let bytes = axum::body::to_bytes(body, usize::MAX).await;
        let bytes = bytes.unwrap_or_default();
        let headers = operation.answer_headers(parts.status, &parts.headers);
        let body = operation.answer_body(parts.status, &parts.headers, &bytes);
        tracing::trace!(%request_id, %headers, %body, "answering");
        Response::from_parts(parts, Body::from(bytes))
    }

    fn find(&self, method: &str, route: Option<&str>) -> Option<Operation<'_>> {
        let method = method.to_ascii_lowercase();
        self.contracts.iter().find_map(|contract| {
            let described = contract.document["paths"].get(route?)?.get(&method)?;
            Some(Operation {
                contract,
                described,
            })
        })
    }
}

impl Operation<'_> {
    fn request_headers(&self, sent: &HeaderMap) -> Value {
        let parameters = self.described["parameters"]
            .as_array()
            .into_iter()
            .flatten();
        let parameters = parameters
            .map(|parameter| self.contract.resolve(parameter))
            .filter(|parameter| parameter["in"] == "header");
        let mut shown = self.headers(
            sent,
            parameters.filter_map(|parameter| Some((parameter["name"].as_str()?, parameter))),
        );
        for name in &self.contract.credentials {
            if sent.contains_key(name) {
                shown.insert(name.clone(), HIDDEN.into());
            }
        }
        Value::Object(shown)
    }

    fn request_body(&self, sent: &HeaderMap, body: Option<&[u8]>) -> Value {
        let content = &self.contract.resolve(&self.described["requestBody"])["content"];
        self.body(content, sent, body.unwrap_or_default())
    }

    fn answer_headers(&self, status: StatusCode, sent: &HeaderMap) -> Value {
        let listed = self.answer(status)["headers"].as_object();
        let listed = listed.into_iter().flatten();
        let listed = listed.map(|(name, header)| (name.as_str(), self.contract.resolve(header)));
        Value::Object(self.headers(sent, listed))
    }

    fn answer_body(&self, status: StatusCode, sent: &HeaderMap, body: &[u8]) -> Value {
        self.body(&self.answer(status)["content"], sent, body)
    }

    fn answer(&self, status: StatusCode) -> &Value {
        let answers = &self.described["responses"];
        self.contract.resolve(&answers[status.as_str()])
    }

    /// The headers that are described, each under its name in lower case.
    fn headers<'a>(
        &self,
        sent: &HeaderMap,
        described: impl Iterator<Item = (&'a str, &'a Value)>,
    ) -> Map<String, Value> {
        let mut shown = Map::new();
        for (name, header) in described {
            let values = sent.get_all(name).iter();
            let values = values.filter_map(|value| value.to_str().ok());
            let text = values.collect::<Vec<_>>().join(", ");
            if sent.contains_key(name) {
                // Numbers travel as text, too.
                let is_marked = self.contract.is_marked(&[&header["schema"]]);
                let value = if is_marked { HIDDEN } else { repeated(&text) };
                shown.insert(name.to_ascii_lowercase(), value.into());
            }
        }
        shown
    }

    /// What the description of a body lets through of it; null where it is no JSON, or not described as such.
    fn body(&self, content: &Value, sent: &HeaderMap, body: &[u8]) -> Value {
        let sent = sent.get(header::CONTENT_TYPE);
        let sent = sent.and_then(|value| value.to_str().ok()?.split(';').next());
        let media = content.as_object().into_iter().flatten().find(|(name, _)| {
            name.ends_with("json")
                && sent.is_some_and(|sent| sent.trim().eq_ignore_ascii_case(name))
        });
        let value = serde_json::from_slice(body).ok();
        let shown = value
            .zip(media)
            .and_then(|(value, (_, media))| self.contract.redact(&value, &[&media["schema"]]));
        shown.unwrap_or_default()
    }
}

impl Contract {
    /// What schemas, all of the same value, let through of it; `None` if none of them describes it.
    fn redact(&self, value: &Value, schemas: &[&Value]) -> Option<Value> {
        if self.is_marked(schemas) {
            return Some(HIDDEN.into());
        }
        let schemas = self.combined(schemas);
        let is = |name: &str| schemas.iter().any(|schema| has_type(schema, name));
        match value {
            Value::Object(members) => is("object").then(|| {
                let shown = members.iter().filter_map(|(name, member)| {
                    let described = schemas.iter().map(|schema| &schema["properties"]);
                    let described: Vec<&Value> =
                        described.filter_map(|members| members.get(name)).collect();
                    Some((name.clone(), self.redact(member, &described)?))
                });
                Value::Object(shown.collect())
            }),
            Value::Array(elements) => is("array").then(|| {
                let described = schemas.iter().filter_map(|schema| schema.get("items"));
                let described: Vec<&Value> = described.collect();
                let shown = elements
                    .iter()
                    .filter_map(|element| self.redact(element, &described));
                Value::Array(shown.collect())
            }),
            Value::String(text) => {
                let mut enums = schemas
                    .iter()
                    .filter_map(|schema| schema["enum"].as_array());
                let fits = enums.all(|allowed| allowed.contains(value));
                (is("string") && fits).then(|| repeated(text).into())
            }
            Value::Number(_) => (is("integer") || is("number")).then(|| value.clone()),
            Value::Bool(_) => is("boolean").then(|| value.clone()),
            Value::Null => is("null").then_some(Value::Null),
        }
    }

    /// Whether the success of an operation has a member that is marked as a secret.
    fn marks_answer_of(&self, served: &Served) -> bool {
        let method = served.method.as_str().to_ascii_lowercase();
        let described = &self.document["paths"][&served.path][method];
        let answers = described["responses"].as_object().into_iter().flatten();
        let successes = answers.filter(|(status, _)| status.starts_with('2'));
        let mut waiting: Vec<&Value> = successes.map(|(_, answer)| &answer["content"]).collect();
        let mut followed = HashSet::new();
        while let Some(value) = waiting.pop() {
            match value {
                Value::Object(members) if members.contains_key("$ref") => {
                    let is_new = followed.insert(members["$ref"].as_str());
                    waiting.extend(is_new.then(|| self.resolve(value)));
                }
                Value::Object(_) if value["format"] == MARK => return true,
                Value::Object(members) => waiting.extend(members.values()),
                Value::Array(elements) => waiting.extend(elements),
                _ => {}
            }
        }
        false
    }

    /// Whether any of the schemas marks the value as a secret.
    fn is_marked(&self, schemas: &[&Value]) -> bool {
        let mut schemas = self.combined(schemas).into_iter();
        schemas.any(|schema| schema["format"] == MARK)
    }

    /// The schemas and those that they are combined of, without references.
    fn combined<'a>(&'a self, schemas: &[&'a Value]) -> Vec<&'a Value> {
        let mut combined = Vec::new();
        let mut waiting = schemas.to_vec();
        while let Some(schema) = waiting.pop() {
            let schema = self.resolve(schema);
            let parts = COMBINING
                .iter()
                .filter_map(|keyword| schema[keyword].as_array());
            waiting.extend(parts.flatten());
            combined.push(schema);
        }
        combined
    }

    /// Follows a reference within the document; one that leads nowhere describes nothing.
    fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        let mut found = value;
        while let Some(reference) = found["$ref"].as_str() {
            let target = reference.strip_prefix('#');
            let target = target.and_then(|pointer| self.document.pointer(pointer));
            found = target.unwrap_or(&Value::Null);
        }
        found
    }
}

/// Whether a schema allows a type by name.
fn has_type(schema: &Value, name: &str) -> bool {
    match &schema["type"] {
        Value::Array(names) => names.iter().any(|allowed| allowed == name),
        only => only == name,
    }
}

/// Whether anything in there is marked.
fn has_mark(value: &Value) -> bool {
    match value {
        Value::Object(members) => {
            members.get("format").is_some_and(|format| format == MARK)
                || members.values().any(has_mark)
        }
        Value::Array(elements) => elements.iter().any(has_mark),
        _ => false,
    }
}

/// The header that a security scheme uses, in lower case.
fn carrier(scheme: &Value) -> Option<String> {
    match (scheme["type"].as_str()?, scheme["in"].as_str()) {
        ("http" | "oauth2", _) => Some(header::AUTHORIZATION.to_string()),
        ("apiKey", Some("header")) => Some(scheme["name"].as_str()?.to_ascii_lowercase()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
