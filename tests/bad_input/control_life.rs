//! `/v1`: what keys and owners may be given, patches, deletions, batches and queries of lists.
//! Leaves what was there before them to `control`, and questions about keys to that contract's file.

mod patches;
mod queries;

use serde_json::{Value, json};

use super::{Case, bodies, refuse};
use crate::support::{Server, database};

const ID: &str = "0190a6f2-1b08-7c3a-8f51-6d2e4b9a7c10";

/// The operations with a body, and the path of each.
fn with_bodies() -> [(&'static str, String); 3] {
    [
        ("PATCH", format!("/v1/keys/{ID}")),
        ("PATCH", format!("/v1/organizations/{ID}")),
        ("POST", "/v1/keys/verify-batch".to_owned()),
    ]
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused_before_anything_else() {
    let server = Server::start();
    let mut cases = Vec::new();
    for (method, target) in with_bodies() {
        let request = server.root().request(method, &target);
        for (what, body) in [
            ("truncated", b"{\"name\":\"x\"".as_slice()),
            ("no UTF-8", b"{\"name\":\"\xff\"}"),
            ("nothing", b""),
            ("two values", b"{} {}"),
            ("an array", b"[]"),
        ] {
            let what = format!("{method} {target}: {what}");
            let request = request.clone().body("application/json", body);
            cases.push(Case::new(what, request, 400, &["JSON"]));
        }
        let long = bodies::padded(bodies::BODY_LEN_MAX + 1);
        let long = request.clone().body("application/json", long);
        cases.push(Case::new(format!("{target}: long"), long, 413, &["65536"]));
        let other = request.clone().body("text/plain", "{}");
        let says = &["application/json"];
        cases.push(Case::new(format!("{target}: text"), other, 415, says));
        let missing = request.body("x", "{}").without("content-type");
        cases.push(Case::new(format!("{target}: no type"), missing, 415, says));
    }
    refuse(&server, cases).await;
}

/// Lists of limits that break a rule, and where that is.
fn limits() -> Vec<(Value, &'static str)> {
    let with = |member: &str, value: Value| {
        let mut limit = json!({ "name": "a", "limit": 1, "window_seconds": 1 });
        limit[member] = value;
        json!([limit])
    };
    let many = |count: usize| {
        let limit = |index| json!({ "name": format!("n{index}"), "limit": 1, "window_seconds": 1 });
        (0..count).map(limit).collect::<Value>()
    };
    let twice = json!([
        { "name": "a", "limit": 1, "window_seconds": 1 },
        { "name": "a", "limit": 2, "window_seconds": 2 },
    ]);
    vec![
        (json!("a"), ""),
        (json!({}), ""),
        (json!([1]), "/0"),
        (json!([[]]), "/0"),
        (json!([["a", 1, 1, 1]]), "/0"),
        (json!([{ "limit": 1, "window_seconds": 1 }]), "/0/name"),
        (json!([{ "name": "a", "window_seconds": 1 }]), "/0/limit"),
        (json!([{ "name": "a", "limit": 1 }]), "/0/window_seconds"),
        (with("name", json!("")), "/0/name"),
        (with("name", json!("a".repeat(65))), "/0/name"),
        (with("name", json!("A")), "/0/name"),
        (with("name", json!("a b")), "/0/name"),
        (with("name", json!("ä")), "/0/name"),
        (with("name", json!(1)), "/0/name"),
        (with("limit", json!(-1)), "/0/limit"),
        (with("limit", json!(2_147_483_649_u64)), "/0/limit"),
        (with("limit", json!(u64::MAX)), "/0/limit"),
        (with("limit", json!(1.5)), "/0/limit"),
        (with("limit", json!("1")), "/0/limit"),
        (with("window_seconds", json!(0)), "/0/window_seconds"),
        (with("window_seconds", json!(-1)), "/0/window_seconds"),
        (
            with("window_seconds", json!(2_592_001)),
            "/0/window_seconds",
        ),
        (
            with("window_seconds", json!(1_u64 << 32)),
            "/0/window_seconds",
        ),
        (with("burst", json!(0)), "/0/burst"),
        (with("burst", json!(2_147_483_649_u64)), "/0/burst"),
        (with("burst", json!("1")), "/0/burst"),
        (twice, "/1/name"),
        (many(17), ""),
    ]
}

fn credits() -> Vec<(Value, &'static str)> {
    let refill = |refill: Value| json!({ "remaining": 1, "refill": refill });
    vec![
        (json!(1), ""),
        (json!([1]), ""),
        (json!([1, null]), ""),
        (json!({}), "/remaining"),
        (json!({ "remaining": -1 }), "/remaining"),
        (json!({ "remaining": 1_000_000_000_001_i64 }), "/remaining"),
        (json!({ "remaining": u64::MAX }), "/remaining"),
        (json!({ "remaining": 1.5 }), "/remaining"),
        (json!({ "remaining": "1" }), "/remaining"),
        (refill(json!("day")), "/refill"),
        (refill(json!([1, "day"])), "/refill"),
        (refill(json!({ "every": "day" })), "/refill/amount"),
        (refill(json!({ "amount": 1 })), "/refill/every"),
        (
            refill(json!({ "amount": 0, "every": "day" })),
            "/refill/amount",
        ),
        (
            refill(json!({ "amount": 1_000_000_000_001_i64, "every": "day" })),
            "/refill/amount",
        ),
        (
            refill(json!({ "amount": 1, "every": "week" })),
            "/refill/every",
        ),
        (
            refill(json!({ "amount": 1, "every": "Day" })),
            "/refill/every",
        ),
    ]
}

fn networks() -> Vec<(Value, &'static str)> {
    let many: Vec<String> = (0..65).map(|index| format!("192.0.2.{index}")).collect();
    vec![
        (json!("192.0.2.7"), ""),
        (json!([1]), "/0"),
        (json!([""]), "/0"),
        (json!(["192.0.2.7", "localhost"]), "/1"),
        (json!(["192.0.2.7/33"]), "/0"),
        (json!(["192.0.2.7/24"]), "/0"),
        (json!(["2001:db8::1/64"]), "/0"),
        (json!(["192.0.2.7:443"]), "/0"),
        (json!(["[2001:db8::1]"]), "/0"),
        (json!(["fe80::1%eth0"]), "/0"),
        (json!([" 192.0.2.7"]), "/0"),
        (json!(many), ""),
    ]
}

/// Sends a body with each of these values in a member, and expects the refusal to point there.
async fn point(
    server: &Server,
    (method, target): (&str, &str),
    good: &Value,
    member: &str,
    values: Vec<(Value, &'static str)>,
) {
    let before = database::state(server.folder());
    let mut faults = Vec::new();
    for (value, below) in values {
        let mut body = good.clone();
        body[member] = value.clone();
        let request = server.root().request(method, target).json(&body);
        let answer = request.send().await;
        let pointer = answer.json()["errors"][0]["pointer"].clone();
        if answer.status != 422 || pointer != json!(format!("/{member}{below}")) {
            let value = value.to_string();
            faults.push(format!("{target}: {member} {value:.60}: {}", answer.text()));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    assert_eq!(database::state(server.folder()), before);
}

#[tokio::test]
async fn limits_that_break_a_rule_are_pointed_at_wherever_they_are_given() {
    let server = Server::start();
    let (user, organization) = (
        server.root().user().await,
        server.root().organization().await,
    );
    let key = json!({ "kind": "standard", "owner_id": user.id });
    let named = json!({ "name": "x" });
    for (method, target, good) in [
        ("POST", "/v1/users".to_owned(), &json!({})),
        ("PATCH", format!("/v1/users/{}", user.id), &json!({})),
        ("POST", "/v1/organizations".to_owned(), &named),
        (
            "PATCH",
            format!("/v1/organizations/{}", organization.id),
            &named,
        ),
        ("POST", "/v1/keys".to_owned(), &key),
        ("PATCH", format!("/v1/keys/{}", user.key_id), &json!({})),
    ] {
        point(&server, (method, &target), good, "rate_limits", limits()).await;
    }
}

#[tokio::test]
async fn credits_and_networks_that_break_a_rule_are_pointed_at() {
    let server = Server::start();
    let user = server.root().user().await;
    let key = json!({ "kind": "standard", "owner_id": user.id });
    for (method, target, good) in [
        ("POST", "/v1/keys".to_owned(), &key),
        ("PATCH", format!("/v1/keys/{}", user.key_id), &json!({})),
    ] {
        point(&server, (method, &target), good, "credits", credits()).await;
        point(&server, (method, &target), good, "ip_allow", networks()).await;
    }
}

#[tokio::test]
async fn a_network_with_host_bits_names_the_one_that_was_meant() {
    let server = Server::start();
    let user = server.root().user().await;
    let target = format!("/v1/keys/{}", user.key_id);
    for (sent, meant) in [
        ("192.0.2.7/24", "192.0.2.0/24"),
        ("2001:db8::1/64", "2001:db8::/64"),
        ("::ffff:192.0.2.7/120", "192.0.2.0/24"),
    ] {
        let patch = json!({ "ip_allow": [sent] });
        let answer = server.root().patch(&target, patch).await.expect(422);
        let detail =
            format!("'{sent}' must have zeros behind its prefix: {meant} was probably meant");
        assert_eq!(answer.string("/errors/0/detail"), detail);
        let patch = json!({ "ip_allow": [meant] });
        let answer = server.root().patch(&target, patch).await.expect(200);
        assert_eq!(answer.json()["ip_allow"], json!([meant]));
    }
}

#[tokio::test]
async fn values_at_their_limits_are_fine() {
    let server = Server::start();
    let root = server.root();
    let user = root.user().await;
    let name = |index: usize| format!("{index:_<64}");
    let limit = |index| {
        json!({
            "name": name(index),
            "limit": 2_147_483_648_u64,
            "window_seconds": 2_592_000,
            "burst": 2_147_483_648_u64,
        })
    };
    let limits = (0..16).map(limit).collect::<Value>();
    let least = json!([{ "name": "-", "limit": 0, "window_seconds": 1, "burst": 1 }]);
    let networks: Vec<String> = (0..64).map(|index| format!("192.0.2.{index}")).collect();
    let most = 1_000_000_000_000_i64;
    let full = json!({ "remaining": most, "refill": { "amount": most, "every": "month" } });
    let metadata = json!({ "x": "a".repeat(4096 - r#"{"x":""}"#.len()) });
    for values in [
        json!({ "rate_limits": limits, "credits": full, "ip_allow": networks, "metadata": metadata }),
        json!({
            "rate_limits": least,
            "credits": { "remaining": 0, "refill": { "amount": 1, "every": "day" } },
            "ip_allow": ["::"],
            "metadata": {},
        }),
    ] {
        let mut body = json!({ "kind": "standard", "owner_id": user.id });
        let members = body.as_object_mut().unwrap();
        members.extend(values.as_object().unwrap().clone());
        let mut answers = vec![root.issue(body).await["key"].clone()];
        let target = format!("/v1/keys/{}", user.key_id);
        let patched = root.patch(&target, values.clone()).await;
        answers.push(patched.expect(200).json());
        for answer in answers {
            for (member, value) in values.as_object().unwrap() {
                assert_eq!(answer[member], *value, "{member}");
            }
        }
        for (target, name) in [("/v1/users", None), ("/v1/organizations", Some("x"))] {
            let mut body = json!({ "rate_limits": values["rate_limits"] });
            if let Some(name) = name {
                body["name"] = json!(name);
            }
            let made = root.post(target, body).await.expect(201);
            assert_eq!(made.json()["rate_limits"], values["rate_limits"]);
        }
    }
}
