//! Patches of keys that break the rules of a kind, or have no shape of a patch.

use serde_json::json;

use super::point;
use crate::bad_input::{Case, refuse};
use crate::support::Server;

#[tokio::test]
async fn a_patch_keeps_the_rules_of_the_kind_of_key() {
    let server = Server::start();
    let root = server.root();
    let (user, organization) = (root.user().await, root.organization().await);
    let client = root.client_of(&organization).await;
    let named = root.named_of(&organization).await;
    let body = json!({ "kind": "control", "owner_id": user.id });
    let control = root.issue(body).await["key"]["id"].clone();
    let control = control.as_str().unwrap().to_owned();
    let long = "a".repeat(101);
    let mut cases = Vec::new();
    for (what, key_id, patch, says) in [
        (
            "named",
            &named.key_id,
            json!({ "remove": ["name"] }),
            "name",
        ),
        ("named", &named.key_id, json!({ "name": "" }), "name"),
        ("named", &named.key_id, json!({ "name": "a.b" }), "name"),
        ("named", &named.key_id, json!({ "name": long }), "name"),
        (
            "named",
            &named.key_id,
            json!({ "scopes": ["read"] }),
            "/scopes/0",
        ),
        (
            "client",
            &client.key_id,
            json!({ "remove": ["name"] }),
            "name",
        ),
        ("client", &client.key_id, json!({ "name": " \t" }), "name"),
        ("client", &client.key_id, json!({ "name": long }), "name"),
        (
            "client",
            &client.key_id,
            json!({ "scopes": ["Read"] }),
            "/scopes/0",
        ),
        (
            "user",
            &user.key_id,
            json!({ "scopes": ["a"] }),
            "/scopes/0",
        ),
        ("user", &user.key_id, json!({ "name": "a\u{0}" }), "name"),
        (
            "control",
            &control,
            json!({ "scopes": ["keys:read", "a"] }),
            "/scopes/1",
        ),
        (
            "organization",
            &organization.key_id,
            json!({ "scopes": ["a"] }),
            "/scopes/0",
        ),
    ] {
        let request = root.request("PATCH", &format!("/v1/keys/{key_id}"));
        let what = format!("{what}: {patch:.60}");
        cases.push(Case::new(what, request.json(&patch), 422, &[says]));
    }
    refuse(&server, cases).await;
}

#[tokio::test]
async fn a_patch_of_the_wrong_shape_is_pointed_at() {
    let server = Server::start();
    let user = server.root().user().await;
    let body = json!({ "kind": "standard", "owner_id": user.id });
    let made = server.root().issue(body).await;
    let target = format!("/v1/keys/{}", made["key"]["id"].as_str().unwrap());
    let scopes: Vec<String> = (0..65).map(|index| format!("s{index}")).collect();
    for (member, values) in [
        ("enabled", vec![(json!("true"), ""), (json!(0), "")]),
        ("name", vec![(json!(""), ""), (json!(1), "")]),
        (
            "scopes",
            vec![
                (json!("a"), ""),
                (json!(["a", ""]), "/1"),
                (json!(scopes), ""),
            ],
        ),
        (
            "expires_at",
            vec![
                (json!("tomorrow"), ""),
                (json!("2122-01-01"), ""),
                (json!("2122-01-01T00:00:00"), ""),
                (json!("2020-01-01T00:00:00Z"), ""),
                (json!(4_796_668_800_i64), ""),
            ],
        ),
        (
            "metadata",
            vec![
                (json!([]), ""),
                (json!("x"), ""),
                (json!({ "x": "a".repeat(4096) }), ""),
            ],
        ),
        (
            "remove",
            vec![
                (json!("name"), ""),
                (json!(["scopes"]), "/0"),
                (json!(["name", "Credits"]), "/1"),
                (json!(["name", "name"]), ""),
                (json!(["rate_limits", "rate_limits"]), ""),
                (json!([1]), "/0"),
            ],
        ),
    ] {
        point(&server, ("PATCH", &target), &json!({}), member, values).await;
    }
}
