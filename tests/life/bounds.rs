//! A control key ends, changes, replaces and makes no control key that is wider than itself, and nothing at all
//! outside its reach: by no operation of the document.
//! Leaves scopes to `minting`, and keys that tenants make to `inherited`.

mod inherited;

use serde_json::{Value, json};

use crate::support::documents::canonical;
use crate::support::{Answer, ControlHolder, Organization, Root, Server, User, database};

/// A request that must be refused.
struct Attempt {
    target: String,
    body: Value,
    status: u16,
    /// The member that asks for too much, where it is a member.
    pointer: &'static str,
}

fn attempt(target: impl Into<String>, body: Value, status: u16) -> Attempt {
    Attempt {
        target: target.into(),
        body,
        status,
        pointer: "",
    }
}

/// The bounds of the caller.
fn bounds() -> Value {
    json!({
        "scopes": ["keys:write", "owners:write", "keys:read"],
        "expires_at": "2100-01-01T00:00:00.000Z",
        "ip_allow": ["127.0.0.0/8"],
        "rate_limits": [{ "name": "calls", "limit": 100_000, "window_seconds": 60, "burst": 1000 }],
        "reach": "owner",
    })
}

/// What is wider than the caller in one dimension, by as little as can be.
fn wider() -> Vec<(&'static str, Value)> {
    let limit = |limit: u64, burst: u64, name: &str| json!([{ "name": name, "limit": limit, "window_seconds": 60, "burst": burst }]);
    vec![
        (
            "",
            json!({ "scopes": ["keys:write", "owners:write", "keys:read", "events:read"] }),
        ),
        (
            "/expires_at",
            json!({ "expires_at": "2100-01-01T00:00:00.001Z" }),
        ),
        ("/ip_allow", json!({ "ip_allow": ["126.0.0.0/7"] })),
        (
            "/ip_allow",
            json!({ "ip_allow": ["127.0.0.0/8", "192.0.2.1"] }),
        ),
        (
            "/rate_limits",
            json!({ "rate_limits": limit(100_001, 1000, "calls") }),
        ),
        (
            "/rate_limits",
            json!({ "rate_limits": limit(100_000, 1001, "calls") }),
        ),
        (
            "/rate_limits",
            json!({ "rate_limits": limit(1, 1, "other") }),
        ),
        ("/reach", json!({ "reach": "all" })),
    ]
}

/// A control key with the bounds of the caller, but for these members.
fn control(owner_id: &str, but: &Value) -> Value {
    let mut wish = json!({ "kind": "control", "owner_id": owner_id });
    let members = wish.as_object_mut().unwrap();
    members.extend(bounds().as_object().unwrap().clone());
    members.extend(but.as_object().unwrap().clone());
    wish
}

/// Who is there: the caller's own organization, one above it, and others that it does not reach.
struct World {
    caller: ControlHolder,
    caller_id: String,
    own: Organization,
    outside: Vec<Organization>,
    user: User,
    /// Control keys of the caller's owner that are wider in one dimension each.
    wider: Vec<String>,
    /// Keys of each kind outside the caller's reach.
    foreign: Vec<String>,
}

impl World {
    async fn new(root: &Root) -> Self {
        let above = root.organization().await;
        let own = root.organization_below(&above).await;
        let (other, user) = (root.organization().await, root.user().await);
        let made = root.issue(control(&own.id, &json!({}))).await;
        let mut keys = Vec::new();
        for (_, but) in wider() {
            keys.push(id(&root.issue(control(&own.id, &but)).await));
        }
        // What is left out has no bound at all.
        for unbound in ["expires_at", "ip_allow", "rate_limits"] {
            let mut wish = control(&own.id, &json!({}));
            wish.as_object_mut().unwrap().remove(unbound);
            keys.push(id(&root.issue(wish).await));
        }
        let mut foreign = vec![user.key_id.clone()];
        for owner in [&above, &other] {
            foreign.push(owner.key_id.clone());
            for kind in ["client", "named", "standard", "control"] {
                let wish = json!({ "kind": kind, "owner_id": owner.id, "name": "x", "scopes": [] });
                foreign.push(id(&root.issue(wish).await));
            }
        }
        Self {
            caller: root.holding(&made),
            caller_id: id(&made),
            own,
            outside: vec![above, other],
            user,
            wider: keys,
            foreign,
        }
    }

    /// All that the caller may not do by one operation; a new one needs a case here.
    fn attempts(&self, operation: &str) -> Vec<Attempt> {
        let organizations = |body: Value| {
            let outside = self.outside.iter();
            outside.map(move |organization| {
                let target = format!("/v1/organizations/{}", organization.id);
                attempt(target, body.clone(), 404)
            })
        };
        let own = format!("/v1/organizations/{}", self.own.id);
        let user = format!("/v1/users/{}", self.user.id);
        let question = json!({ "key": self.user.key });
        match operation {
            "create_user" => vec![attempt("/v1/users", json!({}), 403)],
            "update_user" => vec![
                attempt(&*user, json!({ "plan": "pro" }), 404),
                attempt(&*user, json!({ "suspended": true }), 404),
            ],
            "delete_user" => vec![attempt(user, Value::Null, 404)],
            "create_organization" => self.new_organizations(),
            "update_organization" => organizations(json!({ "suspended": true }))
                .chain(organizations(json!({ "name": "x" })))
                // It holds a key that reaches all.
                .chain([
                    attempt(&*own, json!({ "suspended": true }), 403),
                    attempt(&*own, json!({ "suspended": false }), 403),
                ])
                .collect(),
            "delete_organization" => organizations(Value::Null)
                .chain([attempt(own, Value::Null, 403)])
                .collect(),
            "create_key" => self.new_keys(),
            "update_key" => self.patches(),
            "rotate_key" => self.on_keys("/rotate", &json!({ "grace_seconds": 0 })),
            "revoke_key" => self.on_keys("/revoke", &json!({ "reason": "key_compromise" })),
            // An id is no secret.
            "self_revoke" => self
                .foreign
                .iter()
                .map(|id| attempt("/v1/keys/self-revoke", json!({ "key": id }), 404))
                .collect(),
            "verify_key" => vec![attempt("/v1/keys/verify", question, 403)],
            "verify_keys" => {
                let body = json!({ "requests": [question] });
                vec![attempt("/v1/keys/verify-batch", body, 403)]
            }
            new => panic!("{new} has no case here: say what of it must be refused"),
        }
    }

    fn new_organizations(&self) -> Vec<Attempt> {
        let nowhere = Attempt {
            pointer: "/parent_id",
            ..attempt("/v1/organizations", json!({ "name": "x" }), 403)
        };
        let outside = self.outside.iter().map(|parent| Attempt {
            pointer: "/parent_id",
            ..attempt(
                "/v1/organizations",
                json!({ "name": "x", "parent_id": parent.id }),
                422,
            )
        });
        outside.chain([nowhere]).collect()
    }

    fn new_keys(&self) -> Vec<Attempt> {
        let wider = wider().into_iter().map(|(pointer, but)| Attempt {
            pointer,
            ..attempt("/v1/keys", control(&self.own.id, &but), 403)
        });
        let owners = self.outside.iter().map(|owner| &owner.id);
        let outside = owners.chain([&self.user.id]).flat_map(|owner_id| {
            ["standard", "control"].map(|kind| {
                let wish = json!({ "kind": kind, "owner_id": owner_id });
                attempt("/v1/keys", wish, 404)
            })
        });
        wider.chain(outside).collect()
    }

    fn patches(&self) -> Vec<Attempt> {
        let own = format!("/v1/keys/{}", self.caller_id);
        let mut itself = wider();
        itself.push(("/expires_at", json!({ "remove": ["expires_at"] })));
        let itself = itself.into_iter().map(|(pointer, patch)| Attempt {
            pointer,
            ..attempt(&*own, patch, 403)
        });
        let others = [
            json!({ "enabled": false }),
            json!({ "scopes": [] }),
            json!({ "metadata": { "a": 1 } }),
            bounds(),
        ];
        let others = others.iter().flat_map(|patch| self.on_keys("", patch));
        itself.chain(others).collect()
    }

    fn on_keys(&self, operation: &str, body: &Value) -> Vec<Attempt> {
        let all = |keys: &[String], status: u16| {
            let on_key = |id| attempt(format!("/v1/keys/{id}{operation}"), body.clone(), status);
            keys.iter().map(on_key).collect::<Vec<_>>()
        };
        let mut attempts = all(&self.wider, 403);
        attempts.extend(all(&self.foreign, 404));
        attempts
    }
}

fn id(issued: &Value) -> String {
    issued["key"]["id"].as_str().unwrap().to_owned()
}

async fn send(caller: &ControlHolder, method: &str, attempt: &Attempt) -> Answer {
    let request = caller.request(method, &attempt.target);
    if attempt.body.is_null() {
        request.send().await
    } else {
        request.json(&attempt.body).send().await
    }
}

#[tokio::test]
async fn nothing_wider_and_nothing_outside_is_changed_by_any_operation_of_the_document() {
    let server = Server::start();
    let world = World::new(&server.root()).await;
    let before = database::state(server.folder());
    let mut tried = 0;
    for item in canonical("control")["paths"].as_object().unwrap().values() {
        for (method, operation) in item.as_object().unwrap() {
            if method == "get" {
                continue;
            }
            let name = operation["operationId"].as_str().unwrap();
            let method = method.to_ascii_uppercase();
            for attempt in world.attempts(name) {
                let answer = send(&world.caller, &method, &attempt).await;
                let what = format!("{name} {} {}", attempt.target, attempt.body);
                assert_eq!(answer.status, attempt.status, "{what}: {}", answer.text());
                if !attempt.pointer.is_empty() {
                    let told = answer.json()["errors"][0]["pointer"].clone();
                    assert_eq!(told, attempt.pointer, "{what}: {}", answer.text());
                }
                tried += 1;
            }
        }
    }
    assert!(tried > 100, "only {tried} were tried");
    assert_eq!(database::state(server.folder()), before);
    server.finish().search();
}

#[tokio::test]
async fn a_control_key_does_all_that_lies_within_its_bounds() {
    let server = Server::start();
    let root = server.root();
    let world = World::new(&root).await;
    let caller = &world.caller;
    let branch = json!({ "name": "Branch", "parent_id": world.own.id });
    let branch = caller.post("/v1/organizations", branch).await.expect(201);
    let branch = branch.string("/id");
    for owner_id in [&world.own.id, &branch] {
        let equal = caller.post("/v1/keys", control(owner_id, &json!({})));
        let equal = equal.await.expect(201).string("/key/id");
        let target = format!("/v1/keys/{equal}");
        caller
            .patch(&target, json!({ "scopes": [] }))
            .await
            .expect(200);
        let rotated = caller
            .post(&format!("{target}/rotate"), json!({}))
            .await
            .expect(200);
        let target = format!("/v1/keys/{}/revoke", rotated.string("/key/id"));
        caller.post(&target, json!({})).await.expect(200);
        // Keys of other kinds are not made by its own authority, and have bounds of their own.
        let standard = json!({ "kind": "standard", "owner_id": owner_id, "scopes": ["a"] });
        let standard = caller.post("/v1/keys", standard).await.expect(201);
        assert_eq!(standard.json()["key"].get("expires_at"), None);
        assert_eq!(standard.json()["key"].get("reach"), None);
    }
    let target = format!("/v1/organizations/{branch}");
    caller
        .patch(&target, json!({ "suspended": true }))
        .await
        .expect(200);
    caller.request("DELETE", &target).send().await.expect(204);
    // It may bind itself closer, and then no longer what it could before.
    let itself = format!("/v1/keys/{}", world.caller_id);
    let sooner = json!({ "expires_at": "2090-01-01T00:00:00.000Z" });
    caller.patch(&itself, sooner).await.expect(200);
    caller.patch(&itself, bounds()).await.expect(403);
    server.finish().search();
}

#[tokio::test]
async fn what_a_control_key_does_not_ask_for_is_as_in_itself() {
    let server = Server::start();
    let root = server.root();
    let own = root.organization().await;
    let made = root.issue(control(&own.id, &json!({}))).await;
    let caller = root.holding(&made);
    for (more, scopes) in [
        (json!({}), json!([])),
        (json!({ "ip_allow": [], "rate_limits": [] }), json!([])),
        (json!({ "scopes": ["keys:read"] }), json!(["keys:read"])),
    ] {
        let mut wish = json!({ "kind": "control", "owner_id": own.id });
        wish.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let key = caller.post("/v1/keys", wish).await.expect(201).json()["key"].take();
        assert_eq!(key["scopes"], scopes);
        for bound in ["expires_at", "ip_allow", "rate_limits", "reach"] {
            assert_eq!(key[bound], bounds()[bound], "{bound} of {key}");
        }
    }
    // The root key has no bounds to pass on.
    let free = root
        .issue(json!({ "kind": "control", "owner_id": own.id }))
        .await;
    assert_eq!(free["key"]["reach"], "owner");
    assert_eq!(free["key"].get("expires_at"), None);
    server.finish().search();
}

#[tokio::test]
async fn a_control_key_with_credits_makes_none_and_gives_itself_none() {
    let server = Server::start();
    let root = server.root();
    let own = root.organization().await;
    let credits = json!({ "credits": { "remaining": 5 } });
    let made = root.issue(control(&own.id, &credits)).await;
    let (caller, itself) = (root.holding(&made), id(&made));
    let other = id(&root.issue(control(&own.id, &credits)).await);
    let before = database::state(server.folder());
    let new = caller
        .post("/v1/keys", control(&own.id, &credits))
        .await
        .expect(403);
    let sentence =
        "credits bound the caller's key, and such a key hands out none: use one without credits";
    assert_eq!(new.string("/detail"), sentence);
    for patch in [
        json!({ "remove": ["credits"] }),
        json!({ "credits": { "remaining": 6 } }),
    ] {
        let answer = caller
            .patch(&format!("/v1/keys/{itself}"), patch)
            .await
            .expect(403);
        assert_eq!(answer.string("/errors/0/pointer"), "/credits");
    }
    for operation in ["rotate", "revoke"] {
        let target = format!("/v1/keys/{other}/{operation}");
        caller.post(&target, json!({})).await.expect(403);
    }
    assert_eq!(database::state(server.folder()), before);
    // Its own successor takes from the same credits.
    let target = format!("/v1/keys/{itself}/rotate");
    let rotate = caller.post(&target, json!({}));
    assert_eq!(
        rotate.await.expect(200).json()["key"]["credits"]["remaining"],
        5
    );
    server.finish().search();
}
