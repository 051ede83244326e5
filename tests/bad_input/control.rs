//! `/v1`: bodies, members, ids and queries. What cannot be read is 400, what breaks a rule 422.
//! Leaves credentials to `credentials`.

use serde_json::{Value, json};

use super::{Case, bodies, refuse};
use crate::support::{Server, database};

const BODIES: [(&str, &str); 5] = [
    ("POST", "/v1/users"),
    ("POST", "/v1/organizations"),
    ("POST", "/v1/keys"),
    ("POST", "/v1/keys/verify"),
    ("PATCH", "/v1/users/0190a6f2-1b08-7c3a-8f51-6d2e4b9a7c10"),
];

#[tokio::test]
async fn a_body_that_is_no_json_is_malformed() {
    let server = Server::start();
    let mut cases = Vec::new();
    for (method, target) in BODIES {
        for (what, body) in [
            ("truncated", b"{\"name\":\"x\"".as_slice()),
            ("no UTF-8", b"{\"name\":\"\xff\"}"),
            ("nothing", b""),
            ("two values", b"{} {}"),
        ] {
            let request = server
                .root()
                .request(method, target)
                .body("application/json", body);
            cases.push(Case::new(
                format!("{method} {target}: {what}"),
                request,
                400,
                &["JSON"],
            ));
        }
    }
    refuse(&server, cases).await;
}

#[tokio::test]
async fn a_body_of_the_wrong_shape_is_never_accepted() {
    let server = Server::start();
    let before = database::state(server.folder());
    for (what, body, _) in bodies::unreadable() {
        let request = server.root().request("POST", "/v1/organizations");
        let answer = request.body("application/json", body).send().await;
        assert!(
            [400, 422].contains(&answer.status),
            "{what}: {}",
            answer.text()
        );
    }
    assert_eq!(database::state(server.folder()), before);
}

#[tokio::test]
async fn a_body_that_is_too_long_or_no_json_has_a_status_of_its_own() {
    let server = Server::start();
    let mut cases = Vec::new();
    for (method, target) in BODIES {
        let request = server.root().request(method, target);
        for len in [bodies::BODY_LEN_MAX + 1, 1 << 20] {
            let long = request
                .clone()
                .body("application/json", bodies::padded(len));
            cases.push(Case::new(
                format!("{target}: {len} bytes"),
                long,
                413,
                &["65536"],
            ));
        }
        for media in ["text/plain", "application/x-www-form-urlencoded", ""] {
            let other = request.clone().body(media, "{}");
            cases.push(Case::new(
                format!("{target}: {media}"),
                other,
                415,
                &["application/json"],
            ));
        }
        let missing = request.body("x", "{}").without("content-type");
        cases.push(Case::new(
            format!("{target}: no content type"),
            missing,
            415,
            &["application/json"],
        ));
    }
    refuse(&server, cases).await;
}

/// A member, and values of it that break its rule, in a body that is good but for it.
struct Rule {
    target: &'static str,
    good: Value,
    member: &'static str,
    values: Value,
}

impl Rule {
    fn new(target: &'static str, good: Value, member: &'static str, values: Value) -> Self {
        Self {
            target,
            good,
            member,
            values,
        }
    }
}

fn long(len: usize) -> String {
    "a".repeat(len)
}

fn many_scopes(len: usize) -> Vec<String> {
    (0..len).map(|index| format!("s{index}")).collect()
}

fn rules_of_owners() -> Vec<Rule> {
    let user = |member, values| Rule::new("/v1/users", json!({}), member, values);
    let email = format!("a@{}", "b".repeat(253));
    let organization = "/v1/organizations";
    let parent = json!({ "name": "x" });
    vec![
        user("id", json!(["x", 1, ""])),
        user("email", json!(["ab", "abc", 1, "@", email])),
        user("plan", json!(["", "Free", "a b", long(65), 1])),
        Rule::new(
            organization,
            json!({}),
            "name",
            json!(["", long(101), 1, "a\u{0}"]),
        ),
        Rule::new(organization, parent, "parent_id", json!(["x", 1])),
    ]
}

fn rules_of_keys(owner_id: &str) -> Vec<Rule> {
    let key = |member, values| {
        let good = json!({ "kind": "standard", "owner_id": owner_id });
        Rule::new("/v1/keys", good, member, values)
    };
    let verify =
        |member, values| Rule::new("/v1/keys/verify", json!({ "key": "x" }), member, values);
    let scopes = json!(["a", [1], [""], ["a b"], [long(101)], many_scopes(65)]);
    let instants = json!(["tomorrow", "2020-01-01T00:00:00Z", 1, "2122-01-01"]);
    vec![
        key("kind", json!(["other", "Standard", 1])),
        key("name", json!(["", long(101), 1, "a\u{0}"])),
        key("prefix", json!(["", "A", "1a", "a_b", long(17), 1])),
        key("scopes", scopes),
        key("expires_at", instants),
        key("metadata", json!([[], "x", { "x": long(4096) }])),
        verify("key", json!(["", long(4097), 1])),
        verify("scopes", json!(["a", ["a b"], many_scopes(65)])),
        verify("any_scope", json!(["a", [""], many_scopes(65)])),
    ]
}

#[tokio::test]
async fn a_member_that_breaks_a_rule_is_pointed_at() {
    let server = Server::start();
    let user = server.root().user().await;
    let before = database::state(server.folder());
    let mut faults = Vec::new();
    for rule in rules_of_owners().into_iter().chain(rules_of_keys(&user.id)) {
        for value in rule.values.as_array().unwrap() {
            let mut body = rule.good.clone();
            body[rule.member] = value.clone();
            let answer = server.root().post(rule.target, body).await;
            let pointer = answer.json()["errors"][0]["pointer"].clone();
            let pointer = pointer.as_str().unwrap_or_default();
            if answer.status != 422 || !pointer.starts_with(&format!("/{}", rule.member)) {
                let Rule { target, member, .. } = rule;
                let value = value.to_string();
                faults.push(format!("{target}: {member} {value:.40}: {}", answer.text()));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    assert_eq!(database::state(server.folder()), before);
}

#[tokio::test]
async fn a_member_at_its_limit_is_fine() {
    let server = Server::start();
    let root = server.root();
    let user = root.user().await;
    let scopes: Vec<String> = (0..64).map(|index| format!("s{index}")).collect();
    // 4096 bytes of JSON: the braces, the name, the quotes and the text.
    let metadata = json!({ "x": "a".repeat(4096 - r#"{"x":""}"#.len()) });
    for (target, body) in [
        ("/v1/users", json!({ "email": "a@b", "plan": "a" })),
        (
            "/v1/users",
            json!({ "email": format!("a@{}", "b".repeat(252)), "plan": "a-_9".repeat(16) }),
        ),
        (
            "/v1/organizations",
            json!({ "name": "\u{1F511}".repeat(100) }),
        ),
        (
            "/v1/keys",
            json!({ "kind": "standard", "owner_id": user.id, "name": "\u{1F511}".repeat(100), "prefix": "a".repeat(16), "scopes": scopes, "metadata": metadata }),
        ),
        (
            "/v1/keys",
            json!({ "kind": "standard", "owner_id": user.id, "prefix": "a", "scopes": ["aA9_.:*/-", "a".repeat(100)], "metadata": {} }),
        ),
    ] {
        root.post(target, body).await.expect(201);
    }
    root.post("/v1/keys/verify", json!({ "key": "a".repeat(4096) }))
        .await
        .expect(200);
}

#[tokio::test]
async fn a_missing_member_is_named() {
    let server = Server::start();
    let user = server.root().user().await;
    let mut cases = Vec::new();
    for (target, body, member) in [
        ("/v1/organizations", json!({}), "name"),
        ("/v1/keys", json!({ "owner_id": user.id }), "kind"),
        ("/v1/keys", json!({ "kind": "standard" }), "owner_id"),
        ("/v1/keys/verify", json!({}), "key"),
    ] {
        let request = server.root().request("POST", target).json(&body);
        cases.push(Case::new(
            format!("{target}: {member}"),
            request,
            422,
            &[member],
        ));
    }
    refuse(&server, cases).await;
}

#[tokio::test]
async fn a_key_needs_an_owner_and_a_name_of_the_right_kind() {
    let server = Server::start();
    let (user, organization) = (
        server.root().user().await,
        server.root().organization().await,
    );
    let mut cases = Vec::new();
    for (what, body, says) in [
        (
            "an organization's key for a user",
            json!({ "kind": "organization", "owner_id": user.id }),
            "owner_id",
        ),
        (
            "a user's key for an organization",
            json!({ "kind": "user", "owner_id": organization.id }),
            "owner_id",
        ),
        (
            "a client for a user",
            json!({ "kind": "client", "owner_id": user.id, "name": "x" }),
            "owner_id",
        ),
        (
            "a named key for a user",
            json!({ "kind": "named", "owner_id": user.id, "name": "x" }),
            "owner_id",
        ),
        (
            "a client without a name",
            json!({ "kind": "client", "owner_id": organization.id }),
            "name",
        ),
        (
            "a named key without a name",
            json!({ "kind": "named", "owner_id": organization.id }),
            "name",
        ),
        (
            "a client with a blank name",
            json!({ "kind": "client", "owner_id": organization.id, "name": " " }),
            "name",
        ),
        (
            "a named key with a dot",
            json!({ "kind": "named", "owner_id": organization.id, "name": "a.b" }),
            "name",
        ),
        (
            "a prefix where none may be",
            json!({ "kind": "named", "owner_id": organization.id, "name": "x", "prefix": "a" }),
            "prefix",
        ),
        (
            "a control key of no known scope",
            json!({ "kind": "control", "owner_id": user.id, "scopes": ["keys:wrote"] }),
            "scopes",
        ),
    ] {
        let request = server.root().request("POST", "/v1/keys").json(&body);
        cases.push(Case::new(what, request, 422, &[says]));
    }
    refuse(&server, cases).await;
}

#[tokio::test]
async fn a_rotation_and_a_revocation_keep_their_bounds() {
    let server = Server::start();
    let user = server.root().user().await;
    let standard = json!({ "kind": "standard", "owner_id": user.id });
    let standard = server.root().issue(standard).await;
    let id = standard["key"]["id"].as_str().unwrap();
    let mut cases = Vec::new();
    let rotate = format!("/v1/keys/{id}/rotate");
    for value in [json!(-1), json!(2_592_001), json!(1.5), json!("1")] {
        let request = server
            .root()
            .request("POST", &rotate)
            .json(&json!({ "grace_seconds": value }));
        cases.push(Case::new(
            format!("grace {value}"),
            request,
            422,
            &["grace_seconds"],
        ));
    }
    let revoke = format!("/v1/keys/{id}/revoke");
    for value in [json!("other"), json!("Superseded"), json!(1)] {
        let request = server
            .root()
            .request("POST", &revoke)
            .json(&json!({ "reason": value }));
        cases.push(Case::new(
            format!("reason {value}"),
            request,
            422,
            &["reason"],
        ));
    }
    refuse(&server, cases).await;
    let longest = json!({ "grace_seconds": 2_592_000 });
    server.root().post(&rotate, longest).await.expect(200);
}

#[tokio::test]
async fn an_id_or_a_query_that_is_malformed_is_named() {
    let server = Server::start();
    let mut cases = Vec::new();
    for (target, says) in [
        ("/v1/users/x", "id"),
        (
            "/v1/organizations/0190a6f2-1b08-7c3a-8f51-6d2e4b9a7c1",
            "id",
        ),
        ("/v1/keys/0190a6f2-1b08-7c3a-8f51-6d2e4b9a7c1g", "id"),
        ("/v1/keys?limit=0", "limit"),
        ("/v1/keys?limit=101", "limit"),
        ("/v1/keys?limit=1.5", "limit"),
        ("/v1/keys?limit=", "limit"),
        ("/v1/keys?limit=1&limit=2", "limit"),
        ("/v1/keys?owner_id=x", "owner_id"),
        ("/v1/keys?kind=other", "kind"),
        ("/v1/keys?state=dead", "state"),
        ("/v1/keys?name=", "name"),
        ("/v1/keys?cursor=x", "cursor"),
        ("/v1/keys?cursor=", "cursor"),
    ] {
        let request = server.root().request("GET", target);
        cases.push(Case::new(target, request, 400, &[says]));
    }
    // What a script sends whose variable is empty.
    for target in ["/v1/keys//revoke", "/v1/keys//rotate"] {
        let request = server.root().request("POST", target);
        cases.push(Case::new(target, request, 400, &["id"]));
    }
    refuse(&server, cases).await;
    server.root().get("/v1/keys?limit=100").await.expect(200);
    server.root().get("/v1/keys?limit=1").await.expect(200);
}
