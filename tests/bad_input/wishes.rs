//! `/v1`: what is not understood is refused, in every operation's query and at every level of every body.
//! The cases are made from the canonical document: a new operation or member without one fails.
//! Leaves what a value may be to `control` and `control_life`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::support::documents::canonical;
use crate::support::{Request, Server, database};

/// An operation that asks for a control key. How proxies ask is another matter.
struct Operation {
    name: &'static str,
    method: String,
    path: &'static str,
    /// The parameters of its query, each with its schema.
    query: Vec<(&'static str, &'static Value)>,
    body: Option<&'static Value>,
}

/// Whom and what the operations are about, by id.
struct World {
    user: String,
    organization: String,
    key: String,
}

impl World {
    async fn new(server: &Server) -> Self {
        let root = server.root();
        let (user, organization) = (root.user().await, root.organization().await);
        let body = json!({
            "kind": "standard", "owner_id": user.id, "scopes": ["reports:read"], "name": "export",
            "ip_allow": ["192.0.2.7"], "credits": { "remaining": 1 }, "expires_at": "2122-01-01T00:00:00Z",
        });
        let key = root.issue(body).await;
        Self {
            user: user.id,
            organization: organization.id,
            key: key["key"]["id"].as_str().unwrap().to_owned(),
        }
    }

    /// Bodies that would be good: between them they have every member.
    fn bodies(&self, operation: &str) -> Vec<Value> {
        let limits = json!([{ "name": "a", "limit": 2, "window_seconds": 3, "burst": 1 }]);
        let credits = json!({ "remaining": 5, "refill": { "amount": 7, "every": "day" } });
        let expires_at = "2121-01-01T00:00:00Z";
        let id = "0190a6f2-1b08-7c3a-8f51-6d2e4b9a7c10";
        let question = json!({
            "key": "kw_x", "scopes": ["a"], "any_scope": ["b"], "cost": 0, "client_ip": "192.0.2.7",
        });
        match operation {
            "create_user" => {
                vec![json!({ "id": id, "email": "a@b", "plan": "free", "rate_limits": limits })]
            }
            "update_user" => vec![
                json!({ "suspended": true, "plan": "pro", "email": "a@b", "rate_limits": limits }),
                json!({ "remove": ["rate_limits"] }),
            ],
            "create_organization" => vec![json!({
                "id": id, "name": "x", "parent_id": self.organization, "rate_limits": limits,
                "first_key": false,
            })],
            "update_organization" => vec![
                json!({ "suspended": true, "name": "x", "rate_limits": limits }),
                json!({ "remove": ["rate_limits"] }),
            ],
            "create_key" => vec![json!({
                "kind": "standard", "owner_id": self.user, "name": "x", "prefix": "x",
                "scopes": ["a"], "expires_at": expires_at, "rate_limits": limits,
                "credits": credits, "ip_allow": ["192.0.2.8"], "metadata": { "any": null },
                "reach": "owner",
            })],
            "update_key" => vec![
                json!({
                    "enabled": false, "name": "x", "scopes": ["a"], "expires_at": expires_at,
                    "rate_limits": limits, "credits": credits, "ip_allow": ["192.0.2.8"],
                    "metadata": { "any": null }, "reach": "owner",
                }),
                json!({ "remove": ["name", "expires_at", "credits", "ip_allow", "rate_limits"] }),
            ],
            "rotate_key" => vec![json!({ "grace_seconds": 60 })],
            "self_revoke" => vec![json!({ "key": "kw_x" })],
            "revoke_key" => vec![json!({ "reason": "key_compromise" })],
            "verify_key" => vec![question],
            "verify_keys" => vec![json!({ "requests": [{ "key": "kw_y" }, question] })],
            new => panic!("{new} has no case here: say what a good body with every member is"),
        }
    }

    /// The operation, about something that is there.
    fn request(&self, server: &Server, operation: &Operation, query: &str) -> Request {
        let id = match operation.path.split('/').nth(2).unwrap() {
            "users" => &self.user,
            "organizations" => &self.organization,
            _ => &self.key,
        };
        let target = format!("{}{query}", operation.path.replace("{id}", id));
        server.root().request(&operation.method, &target)
    }
}

fn operations() -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, item) in canonical("control")["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            if name == "authorize" {
                continue;
            }
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let query = parameters
                .map(resolved)
                .filter(|parameter| parameter["in"] == "query")
                .map(|parameter| (parameter["name"].as_str().unwrap(), &parameter["schema"]));
            operations.push(Operation {
                name,
                method: method.to_ascii_uppercase(),
                path,
                query: query.collect(),
                body: operation.pointer("/requestBody/content/application~1json/schema"),
            });
        }
    }
    operations
}

fn resolved(value: &'static Value) -> &'static Value {
    match value.get("$ref").and_then(Value::as_str) {
        Some(reference) => {
            let target = canonical("control").pointer(&reference[1..]);
            resolved(target.unwrap_or_else(|| panic!("{reference} leads nowhere")))
        }
        None => value,
    }
}

/// An object within a body: where it stands, and which members its schema lists.
struct Place {
    pointer: String,
    members: &'static Map<String, Value>,
}

/// Every object of a body whose members are listed, the body itself first.
fn places(schema: &'static Value, body: &Value, pointer: &str, found: &mut Vec<Place>) {
    let schema = resolved(schema);
    match body {
        Value::Object(object) => {
            // What may hold anything is `metadata`, and its own business.
            let Some(members) = schema.get("properties").and_then(Value::as_object) else {
                assert!(pointer.ends_with("/metadata"), "{pointer} lists no members");
                return;
            };
            found.push(Place {
                pointer: pointer.to_owned(),
                members,
            });
            for (name, value) in object {
                let member = members.get(name);
                let member = member.unwrap_or_else(|| panic!("{pointer}/{name} is not listed"));
                places(member, value, &format!("{pointer}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                places(&schema["items"], item, &format!("{pointer}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// The body with another object at this place.
fn with(body: &Value, pointer: &str, change: impl FnOnce(&mut Map<String, Value>)) -> Value {
    let mut body = body.clone();
    let place = body.pointer_mut(pointer).unwrap();
    change(place.as_object_mut().unwrap());
    body
}

/// The body with a member twice; no value can say so.
fn with_twice(body: &Value, pointer: &str, member: &str) -> String {
    let object = body.pointer(pointer).unwrap();
    let once = object.to_string();
    let twice = format!("{{\"{member}\":{},{}", object[member], &once[1..]);
    body.to_string().replacen(&once, &twice, 1)
}

/// A name with its last letter gone.
fn misspelt(name: &str) -> String {
    name[..name.len() - 1].to_owned()
}

/// What is wrong with the answers to bodies with a member that is misspelt, null or repeated.
async fn faults_of(
    server: &Server,
    request: &Request,
    body: &Value,
    place: &Place,
    member: &str,
) -> Vec<String> {
    let pointer = &place.pointer;
    let wrong = misspelt(member);
    let value = body.pointer(pointer).unwrap()[member].clone();
    let unknown = with(body, pointer, |object| {
        object.remove(member);
        object.insert(wrong.clone(), value);
    });
    let null = with(body, pointer, |object| {
        object.insert(member.to_owned(), Value::Null);
    });
    let before = database::state(server.folder());
    let mut faults = Vec::new();
    for (what, sent, at, says) in [
        (
            "misspelt",
            unknown.to_string(),
            format!("{pointer}/{wrong}"),
            member,
        ),
        (
            "null",
            null.to_string(),
            format!("{pointer}/{member}"),
            " must be ",
        ),
        (
            "repeated",
            with_twice(body, pointer, member),
            format!("{pointer}/{member}"),
            "once",
        ),
    ] {
        let answer = request.clone().body("application/json", sent);
        let answer = answer.send().await;
        let refused = answer.status == 422
            && answer.json()["errors"][0]["pointer"] == json!(at)
            && answer.string("/detail").contains(says);
        if !refused {
            faults.push(format!("{at} {what}: {} {}", answer.status, answer.text()));
        }
    }
    if database::state(server.folder()) != before {
        faults.push(format!("{pointer}/{member}: something changed"));
    }
    faults
}

#[tokio::test]
async fn a_member_that_is_unknown_null_or_repeated_is_pointed_at_wherever_it_stands() {
    let server = Server::start();
    let world = World::new(&server).await;
    let mut faults = Vec::new();
    for operation in operations() {
        let Some(schema) = operation.body else {
            continue;
        };
        let request = world.request(&server, &operation, "");
        let mut missed: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for body in world.bodies(operation.name) {
            let mut found = Vec::new();
            places(schema, &body, "", &mut found);
            for place in &found {
                let kind = place
                    .pointer
                    .replace(|digit: char| digit.is_ascii_digit(), "*");
                let listed = place.members.keys().map(String::as_str).collect();
                let missed = missed.entry(kind).or_insert(listed);
                let members = body.pointer(&place.pointer).unwrap().as_object().unwrap();
                for member in members.keys() {
                    missed.remove(member.as_str());
                    let found = faults_of(&server, &request, &body, place, member).await;
                    faults.extend(
                        found
                            .into_iter()
                            .map(|fault| format!("{}: {fault}", operation.name)),
                    );
                }
            }
        }
        missed.retain(|_, members| !members.is_empty());
        assert!(
            missed.is_empty(),
            "{} has no case for {missed:?}",
            operation.name
        );
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// A value that a parameter may have.
fn value(name: &str, schema: &'static Value) -> &'static str {
    let schema = resolved(schema);
    if let Some(first) = schema["enum"][0].as_str() {
        return first;
    }
    match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("boolean"), _) => "true",
        (Some("integer"), _) => "1",
        (_, Some("uuid")) => "0190a6f2-1b08-7c3a-8f51-6d2e4b9a7c10",
        (Some("string"), _) => "a@b",
        _ => panic!("{name} has no case here: say which value it may have"),
    }
}

#[tokio::test]
async fn a_parameter_that_is_unknown_or_repeated_is_named_whether_or_not_there_is_a_query() {
    let server = Server::start();
    let world = World::new(&server).await;
    let before = database::state(server.folder());
    let mut faults = Vec::new();
    for operation in operations() {
        let mut queries = vec![
            ("?scope=admin".to_owned(), "scope"),
            ("?=".to_owned(), "not known here"),
            ("?x%5B0%5D=1".to_owned(), "x[0]"),
        ];
        for (name, schema) in &operation.query {
            let value = value(name, schema);
            queries.push((format!("?{}={value}", misspelt(name)), *name));
            queries.push((format!("?{name}={value}&{name}={value}"), *name));
        }
        for (query, says) in queries {
            let mut request = world.request(&server, &operation, &query);
            if operation.body.is_some() {
                request = request.json(&world.bodies(operation.name)[0]);
            }
            let answer = request.send().await;
            if answer.status != 400 || !answer.string("/detail").contains(says) {
                let (name, status) = (operation.name, answer.status);
                faults.push(format!("{name}{query}: {status} {}", answer.text()));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    assert_eq!(database::state(server.folder()), before);
}

/// Whether who sends or reads these schemas may add members, by the name of each that lists members.
fn open_schemas(schema: &'static Value, found: &mut BTreeMap<String, bool>) {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let schema = resolved(schema);
        let is_open = schema.get("additionalProperties") != Some(&json!(false));
        if schema.get("properties").is_none()
            || found.insert(reference.to_owned(), is_open).is_some()
        {
            return;
        }
        return open_schemas(schema, found);
    }
    let members = schema.get("properties").and_then(Value::as_object);
    for member in members
        .into_iter()
        .flat_map(Map::values)
        .chain(schema.get("items"))
    {
        open_schemas(member, found);
    }
}

#[test]
fn the_document_closes_what_is_sent_and_leaves_open_what_is_answered() {
    let (mut sent, mut answered) = (BTreeMap::new(), BTreeMap::new());
    for item in canonical("control")["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            if let Some(schema) = operation.pointer("/requestBody/content/application~1json/schema")
            {
                open_schemas(schema, &mut sent);
            }
            for response in operation["responses"].as_object().unwrap().values() {
                let content = resolved(response)["content"].as_object();
                for media in content.into_iter().flat_map(Map::values) {
                    open_schemas(&media["schema"], &mut answered);
                }
            }
        }
    }
    let open: Vec<&String> = sent
        .iter()
        .filter(|(_, open)| **open)
        .map(|(name, _)| name)
        .collect();
    let closed: Vec<&String> = answered
        .iter()
        .filter(|(_, open)| !**open)
        .map(|(name, _)| name)
        .collect();
    assert!(!sent.is_empty() && !answered.is_empty());
    assert_eq!((open, closed), (Vec::new(), Vec::new()));
}
