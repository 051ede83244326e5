//! Checks every answer against the canonical document of the contract that owns its path.
//! Leaves what an answer should be in a given case to the tests.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex};

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::recorder::record;

/// An answer, and what the documents say it is.
#[derive(Debug)]
pub(crate) struct Described {
    pub(crate) contract: &'static str,
    pub(crate) operation: &'static str,
    /// The request as the document has it, and the status that this answer stands for.
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) status: u16,
}

/// The contracts, in the order in which a path is looked for.
pub(crate) const CONTRACTS: [&str; 5] = [
    "user-key",
    "client-keys",
    "named-keys",
    "organization-key",
    "control",
];

/// Headers with a meaning of their own: where they are sent, the document must list them.
const MEANINGFUL: [&str; 14] = [
    "x-request-id",
    "www-authenticate",
    "retry-after",
    "ratelimit",
    "ratelimit-policy",
    "deprecation",
    "sunset",
    "pragma",
    "x-key-expires-at",
    "x-key-id",
    "x-key-owner",
    "x-key-scopes",
    "x-key-kind",
    "x-key-refusal",
];

/// Where proxies ask, with the method and the path of the request that they hold.
const AUTHORIZE: &str = "/v1/authorize";

/// Pages that are no contract's: an operator's checks and the documents themselves.
pub(crate) const OPERATIONAL: [&str; 5] = ["/healthz", "/readyz", "/metrics", "/openapi/", "/docs"];

static DOCUMENTS: LazyLock<BTreeMap<&'static str, Value>> = LazyLock::new(|| {
    CONTRACTS
        .iter()
        .map(|contract| (*contract, read(contract)))
        .collect()
});

static VALIDATORS: LazyLock<Mutex<BTreeMap<String, &'static Validator>>> =
    LazyLock::new(Mutex::default);

/// The canonical document of a contract.
pub(crate) fn canonical(contract: &str) -> &'static Value {
    &DOCUMENTS[contract]
}

/// Refuses an answer that the documents do not allow for this request.
///
/// # Panics
/// When the answer breaks the document, with the place that it breaks.
#[track_caller]
pub(crate) fn check(method: &str, target: &str, answer: &Answer) {
    let path = target.split('?').next().unwrap_or_default();
    match judge(method, path, answer) {
        Ok(Some(described)) => record(&described, answer),
        Ok(None) => {}
        Err(reason) => panic!(
            "{method} {path} answered what the documents do not allow: {reason}\n{} {:?}\n{}",
            answer.status,
            answer.headers,
            answer.text()
        ),
    }
}

/// What an answer is, if a document describes it.
fn judge(method: &str, path: &str, answer: &Answer) -> Result<Option<Described>, String> {
    let id = answer
        .header("x-request-id")
        .ok_or("X-Request-Id is missing")?;
    uuid::Uuid::parse_str(id).map_err(|_| format!("X-Request-Id is no UUID: {id}"))?;
    // Its document has one method at one path, and says how all others differ: below Envoy's, 204 is 200.
    let is_envoys = path.starts_with(&format!("{AUTHORIZE}/envoy"));
    let is_forwarded = path == AUTHORIZE || path.starts_with(&format!("{AUTHORIZE}/"));
    // So are its refusals for nginx, which the document says in words: a response has a body there, or none.
    let is_for_nginx = is_forwarded && answer.header("content-type").is_none();
    let is_bare = (method == "HEAD" || is_for_nginx) && answer.body.is_empty();
    let (method, path) = if is_forwarded {
        ("get", AUTHORIZE)
    } else {
        (method, path)
    };
    let Some((contract, item)) = find(path) else {
        if OPERATIONAL.iter().any(|prefix| path.starts_with(prefix)) && answer.status < 400 {
            return Ok(None);
        }
        let expected = if path == "/readyz" { 503 } else { 404 };
        return unmatched(path, &[expected], answer).map(|()| None);
    };
    let Some(operation) = item.get(method.to_ascii_lowercase()) else {
        let allow = answer.header("allow").ok_or("405 needs Allow")?;
        for method in item.as_object().into_iter().flat_map(Map::keys) {
            let method = method.to_ascii_uppercase();
            if !allow.split(',').any(|allowed| allowed.trim() == method) {
                return Err(format!("Allow lacks {method}: {allow}"));
            }
        }
        return unmatched(path, &[405], answer).map(|()| None);
    };
    let responses = &operation["responses"];
    let status = match answer.status {
        200 if is_envoys => 204,
        status => status,
    };
    let Some(response) = responses.get(status.to_string()) else {
        return Err(format!(
            "{contract} does not list the status {}",
            answer.status
        ));
    };
    let response = resolve(contract, response);
    check_headers(contract, &response["headers"], answer)?;
    match response.get("content").and_then(Value::as_object) {
        None => nothing(answer)?,
        Some(_) if is_bare => return Ok(None),
        Some(content) => {
            let media = media_type(answer)?;
            let schema = content
                .get(&media)
                .and_then(|content| content.get("schema"))
                .ok_or_else(|| format!("the content type {media} is not listed"))?;
            check_body(contract, schema, answer)?;
        }
    }
    Ok(Some(Described {
        contract,
        operation: operation["operationId"].as_str().unwrap_or_default(),
        method: method.to_owned(),
        path: path.to_owned(),
        status,
    }))
}

/// Checks that nothing is served at a path, and that the contract that owns the prefix says so.
///
/// # Panics
/// When something is, or another says so.
#[track_caller]
pub(crate) fn check_unserved(path: &str, answer: &Answer) {
    if let Err(reason) = unmatched(path, &[404], answer) {
        panic!(
            "{path} is served: {} {reason}\n{}",
            answer.status,
            answer.text()
        );
    }
}

/// An answer of the router itself: in the error shape of the contract that owns the prefix.
fn unmatched(path: &str, statuses: &[u16], answer: &Answer) -> Result<(), String> {
    if !statuses.contains(&answer.status) {
        return Err(format!("{statuses:?} expected"));
    }
    let (contract, schema, media) = if path.starts_with("/user/") {
        ("user-key", "ErrorAnswer", "application/json")
    } else if path == "/api-keys" || path.starts_with("/api-keys/") {
        ("client-keys", "ApiError", "application/json")
    } else if path.starts_with("/v0/") {
        ("named-keys", "ErrorAnswer", "application/json")
    } else if path.starts_with("/organizations/") {
        ("organization-key", "ErrorAnswer", "application/json")
    } else if path.starts_with("/oauth/") {
        ("client-keys", "TokenError", "application/json")
    } else {
        ("control", "Problem", "application/problem+json")
    };
    let sent = media_type(answer)?;
    if sent != media {
        return Err(format!("{media} expected, got {sent}"));
    }
    let schema = json!({ "$ref": format!("#/components/schemas/{schema}") });
    check_body(contract, &schema, answer)
}

fn nothing(answer: &Answer) -> Result<(), String> {
    if !answer.body.is_empty() {
        return Err("the document has no body here".to_owned());
    }
    if answer.header("content-type").is_some() {
        return Err("no body, so no content type either".to_owned());
    }
    Ok(())
}

fn check_headers(contract: &str, listed: &Value, answer: &Answer) -> Result<(), String> {
    let empty = Map::new();
    let listed = listed.as_object().unwrap_or(&empty);
    for (name, header) in listed {
        let header = resolve(contract, header);
        match answer.header(name) {
            None if header["required"] == true => return Err(format!("{name} is missing")),
            None => {}
            Some(text) => {
                let value =
                    match header["schema"]["type"].as_str() {
                        Some("integer") => json!(text.parse::<i64>().map_err(|_| {
                            format!("{name} must be a whole number, got {text}")
                        })?),
                        _ => json!(text),
                    };
                validate(contract, &header["schema"], &value)
                    .map_err(|reason| format!("{name}: {reason}"))?;
            }
        }
    }
    for name in MEANINGFUL {
        let is_listed = listed
            .keys()
            .any(|listed| listed.eq_ignore_ascii_case(name));
        if answer.headers.contains_key(name) && !is_listed {
            return Err(format!("{name} is sent and not in the document"));
        }
    }
    Ok(())
}

fn check_body(contract: &str, schema: &Value, answer: &Answer) -> Result<(), String> {
    let body: Value = serde_json::from_slice(&answer.body)
        .map_err(|error| format!("the body is no JSON: {error}"))?;
    validate(contract, schema, &body)
}

fn validate(contract: &str, schema: &Value, value: &Value) -> Result<(), String> {
    let errors: Vec<String> = validator(contract, schema)
        .iter_errors(value)
        .map(|error| format!("at \"{}\": {error}", error.instance_path()))
        .collect();
    if errors.is_empty() {
        Ok(())
    } else {
        Err(errors.join("; "))
    }
}

/// Built once per schema: some tests have thousands of answers.
fn validator(contract: &str, schema: &Value) -> &'static Validator {
    let mut validators = VALIDATORS.lock().unwrap();
    validators
        .entry(format!("{contract} {schema}"))
        .or_insert_with(|| {
            let root = json!({
                "components": canonical(contract)["components"],
                "allOf": [schema],
            });
            let validator = jsonschema::options()
                .with_draft(Draft::Draft202012)
                .should_validate_formats(true)
                .build(&root)
                .unwrap_or_else(|error| panic!("{contract} has an unusable schema: {error}"));
            Box::leak(Box::new(validator))
        })
}

/// The contract and the path item that own a path; literal segments go before parameters.
pub(crate) fn find(path: &str) -> Option<(&'static str, &'static Value)> {
    let mut found: Option<(usize, &'static str, &'static Value)> = None;
    for (contract, document) in DOCUMENTS.iter() {
        for (template, item) in document["paths"].as_object().unwrap() {
            let Some(parameters) = parameters_filled(template, path) else {
                continue;
            };
            if found.is_none_or(|(fewest, ..)| parameters < fewest) {
                found = Some((parameters, contract, item));
            }
        }
    }
    found.map(|(_, contract, item)| (contract, item))
}

fn parameters_filled(template: &str, path: &str) -> Option<usize> {
    let (template, path): (Vec<&str>, Vec<&str>) =
        (template.split('/').collect(), path.split('/').collect());
    if template.len() != path.len() {
        return None;
    }
    let mut parameters = 0;
    for (index, (expected, segment)) in template.iter().zip(&path).enumerate() {
        // Whoever leaves a parameter empty before the end is told so; at the end it is another path.
        let is_last = index + 1 == path.len();
        if expected.starts_with('{') && !(is_last && segment.is_empty()) {
            parameters += 1;
        } else if expected != segment {
            return None;
        }
    }
    Some(parameters)
}

fn media_type(answer: &Answer) -> Result<String, String> {
    let sent = answer.header("content-type").ok_or("no content type")?;
    Ok(sent
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase())
}

/// Follows `$ref`s within the document.
fn resolve<'a>(contract: &str, value: &'a Value) -> &'a Value
where
    'static: 'a,
{
    let Some(reference) = value.get("$ref").and_then(Value::as_str) else {
        return value;
    };
    let pointer = reference
        .strip_prefix('#')
        .expect("references stay in their document");
    let target = canonical(contract).pointer(pointer);
    resolve(
        contract,
        target.unwrap_or_else(|| panic!("{contract} lacks {reference}")),
    )
}

fn read(contract: &str) -> Value {
    let path = super::workspace()
        .join("openapi")
        .join(format!("{contract}.yaml"));
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_norway::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

mod tests {
    use super::{Answer, judge};
    use serde_json::json;

    fn answer(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> Answer {
        let mut map = reqwest::header::HeaderMap::new();
        map.insert(
            "x-request-id",
            "b0658b67-8ea3-46de-a3b8-18c3f5347def".parse().unwrap(),
        );
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        Answer {
            status,
            headers: map,
            body: body.into(),
        }
    }

    const JSON: (&str, &str) = ("content-type", "application/json");
    const NO_STORE: (&str, &str) = ("cache-control", "no-store");

    #[test]
    fn an_answer_that_breaks_its_document_is_refused() {
        let good = json!({"apikey": "123e4567-e89b-12d3-a456-426655440000", "status": {"cost": 0}})
            .to_string();
        let judge = |answer: &Answer| judge("PUT", "/user/api-key", answer);
        judge(&answer(200, &[JSON, NO_STORE], &good)).unwrap();
        for (fault, bad) in [
            ("status", answer(201, &[JSON, NO_STORE], &good)),
            ("required header", answer(200, &[JSON], &good)),
            (
                "pattern",
                answer(200, &[JSON, NO_STORE], &good.replace("123e", "xyze")),
            ),
            ("member", answer(200, &[JSON, NO_STORE], "{}")),
            (
                "content type",
                answer(200, &[("content-type", "text/plain"), NO_STORE], &good),
            ),
            (
                "unlisted header",
                answer(200, &[JSON, NO_STORE, ("retry-after", "1")], &good),
            ),
            (
                "header's schema",
                answer(200, &[JSON, NO_STORE, ("deprecation", "soon")], &good),
            ),
            (
                "body where there is none",
                answer(503, &[("retry-after", "1")], "{}"),
            ),
            ("no number", answer(503, &[("retry-after", "soon")], "")),
        ] {
            assert!(judge(&bad).is_err(), "a wrong {fault} passes");
        }
    }

    #[test]
    fn an_unknown_path_speaks_the_shape_of_its_prefix() {
        let body = json!({"errors": [{"httpcode": 404, "message": "no"}]}).to_string();
        let answer = answer(404, &[JSON], &body);
        judge("GET", "/organizations/other", &answer).unwrap();
        for other in ["/v0/other", "/oauth/other", "/other"] {
            judge("GET", other, &answer).unwrap_err();
        }
    }
}
