//! A control key hands out no scope of control that it lacks, by no operation.
//! Leaves which operations a scope opens to `scopes`.

use serde_json::{Value, json};

use super::holder::{Holder, Kind, Stage};
use super::scopes::{ALL, all_but, assert_lacks, everything};
use crate::support::{Answer, Request};

/// A control key with these scopes.
async fn control(stage: &Stage, scopes: &[&str]) -> Holder {
    stage
        .issued(Kind::Control, json!({ "scopes": scopes }))
        .await
}

async fn send(caller: &Holder, method: &str, target: &str, body: &Value) -> Answer {
    let request = caller.site.request(method, target).bearer(&caller.secret);
    request.json(body).send().await
}

/// A control key for whoever owns `caller`.
fn wish(caller: &Holder, scopes: &[&str]) -> Value {
    json!({ "kind": "control", "owner_id": caller.owner_id, "scopes": scopes })
}

#[tokio::test]
async fn a_control_key_cannot_mint_a_scope_that_it_lacks() {
    let stage = Stage::start().await;
    for lacked in ALL {
        let caller = control(&stage, &all_but(lacked)).await;
        let narrow = control(&stage, &[]).await;
        let before = everything(&stage).await;
        // Without `keys:write`, it is that scope that is missing first of all.
        let all = if lacked == "keys:write" {
            lacked.to_owned()
        } else {
            ALL.join(" ")
        };
        for (method, target, body, missing) in [
            (
                "POST",
                "/v1/keys".to_owned(),
                wish(&caller, &[lacked]),
                lacked,
            ),
            ("POST", "/v1/keys".to_owned(), wish(&caller, &ALL), &all),
            ("PATCH", narrow.key(), json!({ "scopes": [lacked] }), lacked),
            ("PATCH", narrow.key(), json!({ "scopes": ALL }), &all),
            ("PATCH", caller.key(), json!({ "scopes": ALL }), &all),
        ] {
            let answer = send(&caller, method, &target, &body).await;
            assert_lacks(&answer, missing, &format!("{method} {target} {body}"));
        }
        assert_eq!(everything(&stage).await, before, "{lacked}");
    }
    stage.finish().await;
}

#[tokio::test]
async fn a_control_key_cannot_rotate_or_change_one_with_a_scope_that_it_lacks() {
    let stage = Stage::start().await;
    for lacked in ALL {
        let caller = control(&stage, &all_but(lacked)).await;
        let wider = control(&stage, &[lacked]).await;
        let rotate = format!("{}/rotate", wider.key());
        let before = everything(&stage).await;
        for (method, target, body) in [
            ("POST", &rotate, json!({})),
            ("POST", &rotate, json!({ "grace_seconds": 60 })),
            ("PATCH", &wider.key(), json!({ "name": "mine" })),
            ("PATCH", &wider.key(), json!({ "enabled": false })),
            ("PATCH", &wider.key(), json!({ "scopes": [] })),
            (
                "PATCH",
                &wider.key(),
                json!({ "expires_at": "2030-01-01T00:00:00Z" }),
            ),
            ("PATCH", &wider.key(), json!({ "ip_allow": ["127.0.0.1"] })),
            ("PATCH", &wider.key(), json!({ "metadata": { "a": 1 } })),
            ("PATCH", &wider.key(), json!({ "remove": ["name"] })),
        ] {
            let answer = send(&caller, method, target, &body).await;
            assert_lacks(&answer, lacked, &format!("{method} {target} {body}"));
        }
        assert_eq!(everything(&stage).await, before, "{lacked}");
    }
    stage.finish().await;
}

#[tokio::test]
async fn a_control_key_hands_out_all_that_it_has() {
    let stage = Stage::start().await;
    for lacked in ALL.into_iter().filter(|scope| *scope != "keys:write") {
        let own = all_but(lacked);
        let caller = control(&stage, &own).await;
        let made = send(&caller, "POST", "/v1/keys", &wish(&caller, &own)).await;
        assert_eq!(made.clone().expect(201).json()["key"]["scopes"], json!(own));
        let target = format!("/v1/keys/{}", made.string("/key/id"));
        let patched = send(&caller, "PATCH", &target, &json!({ "scopes": [] })).await;
        assert_eq!(patched.expect(200).json()["scopes"], json!([]));
        let patched = send(&caller, "PATCH", &target, &json!({ "scopes": own })).await;
        assert_eq!(patched.expect(200).json()["scopes"], json!(own));
        let rotated = send(&caller, "POST", &format!("{target}/rotate"), &json!({})).await;
        assert_eq!(rotated.expect(200).json()["key"]["scopes"], json!(own));
    }
    // The root key lacks nothing.
    let owner = control(&stage, &[]).await;
    stage.root().issue(wish(&owner, &ALL)).await;
    stage.finish().await;
}

#[tokio::test]
async fn a_key_that_was_narrowed_hands_out_only_what_is_left_from_the_next_request_on() {
    let stage = Stage::start().await;
    let caller = control(&stage, &["keys:write", "owners:write"]).await;
    let body = wish(&caller, &["owners:write"]);
    send(&caller, "POST", "/v1/keys", &body).await.expect(201);
    caller.amend(json!({ "scopes": ["keys:write"] })).await;
    let answer = send(&caller, "POST", "/v1/keys", &body).await;
    assert_lacks(&answer, "owners:write", "narrowed");
    caller
        .amend(json!({ "scopes": ["keys:write", "owners:write"] }))
        .await;
    send(&caller, "POST", "/v1/keys", &body).await.expect(201);
    stage.finish().await;
}

#[tokio::test]
async fn a_narrow_key_gets_nothing_from_the_idempotency_key_of_a_wider_one() {
    let stage = Stage::start().await;
    let wide = control(&stage, &ALL).await;
    let narrow = wish(&wide, &["keys:write"]);
    let narrow = stage.root().issue(narrow).await;
    let narrow = narrow["secret"].as_str().unwrap();
    let again = |request: Request| {
        request.header("idempotency-key", "f6e5c7a0-0b5c-4d6e-9a57-1c2b3d4e5f60")
    };
    let create = again(stage.post("/v1/keys").json(&wish(&wide, &ALL)));
    let made = create.clone().bearer(&wide.secret).send().await.expect(201);
    let rotate = format!("/v1/keys/{}/rotate", made.string("/key/id"));
    let rotate = again(stage.post(&rotate).json(&json!({ "grace_seconds": 60 })));
    rotate.clone().bearer(&wide.secret).send().await.expect(200);
    for request in [create, rotate] {
        let answer = request.clone().bearer(narrow).send().await;
        assert_lacks(&answer, &ALL.join(" "), "the narrow key of the same owner");
        // Whoever may, gets the same answer again.
        let status = request.bearer(&wide.secret).send().await.status;
        assert!(status == 200 || status == 201, "{status}");
    }
    stage.finish().await;
}

#[tokio::test]
async fn keys_of_other_kinds_are_handed_out_with_whatever_scopes() {
    let stage = Stage::start().await;
    let root = stage.root();
    let caller = control(&stage, &["keys:write"]).await;
    let (user, organization) = (root.user().await, root.organization().await);
    root.revoke(&user.key_id).await;
    root.revoke(&organization.key_id).await;
    for (kind, owner_id, scopes) in [
        ("standard", &user.id, json!(ALL)),
        ("named", &organization.id, json!(["Read", "Write"])),
        ("client", &organization.id, json!(Kind::Client.scopes())),
        ("user", &user.id, json!([])),
        ("organization", &organization.id, json!([])),
    ] {
        let body = json!({ "kind": kind, "owner_id": owner_id, "name": "x", "scopes": scopes });
        let made = send(&caller, "POST", "/v1/keys", &body).await;
        let made = made.expect(201).json();
        let target = format!("/v1/keys/{}", made["key"]["id"].as_str().unwrap());
        let none = json!({ "scopes": [] });
        send(&caller, "PATCH", &target, &none).await.expect(200);
        let all = json!({ "scopes": scopes });
        send(&caller, "PATCH", &target, &all).await.expect(200);
        let rotate = format!("{target}/rotate");
        let new = send(&caller, "POST", &rotate, &json!({})).await.expect(200);
        assert_eq!(new.json()["key"]["scopes"], scopes, "{kind}");
    }
    stage.finish().await;
}
