//! Control keys open exactly the operations that the canonical document says their scopes open.
//! Leaves which keys a control key may hand out to `minting`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::holder::{Holder, Kind, Stage};
use crate::support::documents::canonical;
use crate::support::{Answer, ControlHolder, Request};

/// Every scope that a control key can have.
pub(super) const ALL: [&str; 6] = [
    "events:read",
    "keys:read",
    "keys:verify",
    "keys:write",
    "owners:read",
    "owners:write",
];

/// An operation of the canonical document that asks for a control key.
struct Operation {
    name: &'static str,
    method: String,
    path: &'static str,
    /// The scope that its description names.
    scope: &'static str,
    /// The status of its success.
    success: u16,
}

/// Whoever operations are about.
struct World {
    user_id: String,
    organization_id: String,
    key: Holder,
}

/// Every operation in the document of `control`; none is left out.
fn operations() -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, item) in canonical("control")["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            let asks_for = |scheme: &str| {
                let listed = operation["security"].as_array().unwrap();
                listed.iter().any(|security| security.get(scheme).is_some())
            };
            if name == "authorize" {
                // It judges the caller's key instead of asking for one.
                assert!(asks_for("subject_key") && !asks_for("control_key"));
                continue;
            }
            if name == "self_revoke" {
                // Whoever has the secret of a key needs nothing else to end it.
                assert_eq!(operation["security"], json!([{}]));
                continue;
            }
            assert!(asks_for("control_key"), "{name}");
            let mut statuses = operation["responses"].as_object().unwrap().keys();
            let success = statuses.find(|status| status.starts_with('2')).unwrap();
            operations.push(Operation {
                name,
                method: method.to_ascii_uppercase(),
                path,
                scope: scope_in(operation["description"].as_str().unwrap()),
                success: success.parse().unwrap(),
            });
        }
    }
    operations
}

/// The scope in the sentence that every description ends with.
fn scope_in(description: &'static str) -> &'static str {
    let (_, tail) = description
        .rsplit_once("Needs the scope `")
        .unwrap_or_else(|| panic!("no scope is named: {description}"));
    tail.strip_suffix("`.").unwrap()
}

impl World {
    async fn new(stage: &Stage) -> Self {
        let root = stage.root();
        let more = json!({
            "credits": { "remaining": 100 },
            "rate_limits": [{ "name": "burst", "limit": 100, "window_seconds": 60 }],
        });
        Self {
            user_id: root.user().await.id,
            organization_id: root.organization().await.id,
            key: stage.issued(Kind::Standard, more).await,
        }
    }

    /// A request that succeeds: the operation's own body, and an id in its path.
    fn request(&self, operation: &Operation, caller: &ControlHolder) -> Request {
        let question = json!({ "key": self.key.secret });
        let nothing = Value::Null;
        let (id, body) = match operation.name {
            "create_user" => ("", json!({ "email": "ada@example.com" })),
            "create_organization" => ("", json!({ "name": "Example Works" })),
            "list_users" | "list_organizations" | "list_keys" | "list_events" => ("", nothing),
            "read_user" | "delete_user" => (self.user_id.as_str(), nothing),
            "update_user" => (self.user_id.as_str(), json!({ "plan": "pro" })),
            "read_organization" | "delete_organization" => (self.organization_id.as_str(), nothing),
            "update_organization" => {
                let body = json!({ "name": "Other Works", "suspended": true });
                (self.organization_id.as_str(), body)
            }
            "create_key" => {
                let body = json!({ "kind": "standard", "owner_id": self.user_id });
                ("", body)
            }
            "read_key" => (self.key.key_id.as_str(), nothing),
            "update_key" => (self.key.key_id.as_str(), json!({ "enabled": false })),
            "rotate_key" => (self.key.key_id.as_str(), json!({ "grace_seconds": 60 })),
            "revoke_key" => {
                let body = json!({ "reason": "key_compromise" });
                (self.key.key_id.as_str(), body)
            }
            "verify_key" => ("", question),
            "verify_keys" => ("", json!({ "requests": [question] })),
            new => panic!("{new} has no case here: say how to call it"),
        };
        let target = operation.path.replace("{id}", id);
        let request = caller.request(&operation.method, &target);
        if body.is_null() {
            request
        } else {
            request.json(&body)
        }
    }
}

/// All owners and keys, as the operator sees them.
pub(super) async fn everything(stage: &Stage) -> Value {
    let mut all = Vec::new();
    for list in ["/v1/users", "/v1/organizations", "/v1/keys"] {
        let mut target = format!("{list}?limit=100");
        loop {
            let page = stage.root().get(&target).await.expect(200).json();
            all.extend(page["items"].as_array().unwrap().iter().cloned());
            let Some(cursor) = page.get("next_cursor") else {
                break;
            };
            target = format!("{list}?limit=100&cursor={}", cursor.as_str().unwrap());
        }
    }
    json!(all)
}

/// The refusal of a caller that lacks these scopes, whole but for its request's id.
pub(super) fn assert_lacks(answer: &Answer, scopes: &str, what: &str) {
    assert_eq!(answer.status, 403, "{what}: {}", answer.text());
    assert_eq!(
        answer.header("content-type"),
        Some("application/problem+json"),
        "{what}"
    );
    let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{scopes}\"");
    assert_eq!(
        answer.header("www-authenticate"),
        Some(challenge.as_str()),
        "{what}"
    );
    let expected = json!({
        "type": "about:blank",
        "title": "Forbidden",
        "status": 403,
        "detail": format!("this operation needs the scope {scopes}"),
        "request_id": answer.header("x-request-id"),
    });
    assert_eq!(answer.json(), expected, "{what}");
}

pub(super) fn all_but(scope: &str) -> Vec<&'static str> {
    ALL.into_iter().filter(|other| *other != scope).collect()
}

#[test]
fn the_document_names_each_scope_of_control() {
    let named: BTreeSet<&str> = operations()
        .iter()
        .map(|operation| operation.scope)
        .collect();
    assert_eq!(named, BTreeSet::from(ALL));
}

#[tokio::test]
async fn a_control_key_that_lacks_only_the_scope_of_an_operation_is_refused_and_changes_nothing() {
    let stage = Stage::start().await;
    for operation in operations() {
        let world = World::new(&stage).await;
        let lacking = stage.root().control(&all_but(operation.scope)).await;
        let empty = stage.root().control(&[]).await;
        let before = everything(&stage).await;
        for caller in [&lacking, &empty] {
            let answer = world.request(&operation, caller).send().await;
            assert_lacks(&answer, operation.scope, operation.name);
        }
        assert_eq!(everything(&stage).await, before, "{}", operation.name);
        // The very request, with a key that may.
        let answer = world.request(&operation, &stage.root()).send().await;
        assert_eq!(answer.status, operation.success, "{}", operation.name);
    }
    stage.finish().await;
}

#[tokio::test]
async fn a_control_key_with_only_the_scope_of_an_operation_may_do_it() {
    let stage = Stage::start().await;
    for operation in operations() {
        let world = World::new(&stage).await;
        let caller = stage.root().control(&[operation.scope]).await;
        let answer = world.request(&operation, &caller).send().await;
        assert_eq!(answer.status, operation.success, "{}", operation.name);
    }
    stage.finish().await;
}

#[tokio::test]
async fn no_other_kind_of_key_opens_an_operation_whatever_scopes_it_has() {
    let stage = Stage::start().await;
    let mut others = Vec::new();
    for kind in [Kind::User, Kind::Organization, Kind::Named, Kind::Client] {
        let holder = stage.holder(kind).await;
        others.extend([holder.secret, holder.token]);
    }
    let scopes = json!({ "scopes": ALL });
    others.push(stage.issued(Kind::Standard, scopes).await.secret);
    let world = World::new(&stage).await;
    let before = everything(&stage).await;
    for operation in operations() {
        for credential in others.iter().filter(|credential| !credential.is_empty()) {
            let request = world.request(&operation, &stage.root()).bearer(credential);
            let answer = request.send().await.expect(401);
            assert_eq!(
                answer.header("www-authenticate"),
                Some("Bearer error=\"invalid_token\""),
                "{}",
                operation.name
            );
        }
    }
    assert_eq!(everything(&stage).await, before);
    stage.finish().await;
}

#[tokio::test]
async fn every_operation_tells_a_caller_in_its_grace_when_its_key_ends() {
    let stage = Stage::start().await;
    for operation in operations() {
        let scopes = json!({ "scopes": [operation.scope] });
        let old = stage.issued(Kind::Control, scopes).await;
        let new = old.rotated(60).await;
        for (holder, told) in [(new, None), (old, Some("2026-03-15T12:01:00.000Z"))] {
            let world = World::new(&stage).await;
            let request = world.request(&operation, &stage.root());
            let answer = request.bearer(&holder.secret).send().await;
            assert_eq!(answer.status, operation.success, "{}", operation.name);
            assert_eq!(
                answer.header("x-key-expires-at"),
                told,
                "{}",
                operation.name
            );
        }
    }
    stage.finish().await;
}
