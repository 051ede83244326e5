//! Refusals of control keys, of keys at a proxy, and what is no refusal.

use serde_json::{Value, json};

use super::{Known, elsewhere, patch_key, refuse};
use crate::events::{end, told_since};
use crate::support::Clocked;

/// A control key with these scopes, and who it is.
pub(super) async fn control(server: &Clocked, scopes: &[&str]) -> (Known, String) {
    let root = server.root();
    let user = root.user().await;
    let body = json!({
        "kind": "control", "owner_id": user.id, "scopes": scopes, "reach": "all",
    });
    let made = root.issue(body).await;
    let key_id = made["key"]["id"].as_str().unwrap();
    let secret = made["secret"].as_str().unwrap().to_owned();
    (Known::key(key_id, &user.id), secret)
}

#[tokio::test]
async fn control_keys_are_told_when_they_are_too_narrow() {
    let server = Clocked::start().await;
    let user = server.root().user().await;
    let (known, secret) = control(&server, &[]).await;
    let owner = format!("/v1/users/{}", user.id);
    let key = format!("/v1/keys/{}", user.key_id);
    let mut cases = Vec::new();
    for (operation, method, target) in [
        ("CreateOwner", "POST", "/v1/users".to_owned()),
        ("CreateOwner", "POST", "/v1/organizations".to_owned()),
        ("ReadOwner", "GET", "/v1/users".to_owned()),
        ("ReadOwner", "GET", "/v1/organizations".to_owned()),
        ("ReadOwner", "GET", owner.clone()),
        ("UpdateOwner", "PATCH", owner.clone()),
        ("DeleteOwner", "DELETE", owner),
        ("CreateKey", "POST", "/v1/keys".to_owned()),
        ("ReadKey", "GET", "/v1/keys".to_owned()),
        ("ReadKey", "GET", key.clone()),
        ("UpdateKey", "PATCH", key.clone()),
        ("RotateKey", "POST", format!("{key}/rotate")),
        ("RevokeKey", "POST", format!("{key}/revoke")),
        ("VerifyKey", "POST", "/v1/keys/verify".to_owned()),
        ("VerifyKey", "POST", "/v1/keys/verify-batch".to_owned()),
        ("ReadEvents", "GET", "/v1/events".to_owned()),
    ] {
        let request = server.request(method, &target).bearer(&secret);
        let detail = format!("{operation}: INSUFFICIENT_SCOPE");
        cases.push((detail, request.json(&json!({}))));
    }
    let cases = cases
        .iter()
        .map(|(detail, request)| (detail.as_str(), request.clone()));
    refuse(&server, &known, cases.collect()).await;
    server.finish().await;
}

#[tokio::test]
async fn control_keys_are_told_when_they_reach_too_far() {
    let server = Clocked::start().await;
    let root = server.root();
    let (known, secret) = control(&server, &["keys:write"]).await;
    let (wide, _) = control(&server, &["owners:write"]).await;
    let wide = format!("/v1/keys/{}", wide.key_id);
    let body = json!({ "kind": "control", "owner_id": known.owner_id, "scopes": ["keys:read"] });
    let request = |method: &str, target: &str, body: &Value| {
        let request = server.request(method, target).bearer(&secret);
        request.json(body)
    };
    let off = json!({ "enabled": false });
    let cases = vec![
        (
            "CreateKey: INSUFFICIENT_SCOPE",
            request("POST", "/v1/keys", &body),
        ),
        (
            "UpdateKey: INSUFFICIENT_SCOPE",
            request("PATCH", &wide, &off),
        ),
        (
            "RotateKey: INSUFFICIENT_SCOPE",
            request("POST", &format!("{wide}/rotate"), &json!({})),
        ),
        (
            "RevokeKey: INSUFFICIENT_SCOPE",
            request("POST", &format!("{wide}/revoke"), &json!({})),
        ),
    ];
    refuse(&server, &known, cases).await;
    patch_key(&root, &known.key_id, elsewhere()).await;
    let list = || vec![("ReadKey: FORBIDDEN_IP", request("GET", "/v1/keys", &off))];
    refuse(&server, &known, list()).await;
    let target = format!("/v1/users/{}", known.owner_id);
    let patch = json!({ "suspended": true });
    root.patch(&target, patch).await.expect(200);
    let list = vec![("ReadKey: OWNER_SUSPENDED", request("GET", "/v1/keys", &off))];
    refuse(&server, &known, list).await;
    server.finish().await;
}

#[tokio::test]
async fn keys_at_a_proxy_are_told_when_they_are_refused() {
    let server = Clocked::start().await;
    let root = server.root();
    let user = root.user().await;
    let body = json!({
        "kind": "standard",
        "owner_id": user.id,
        "scopes": ["a"],
        "credits": { "remaining": 1 },
    });
    let made = root.issue(body).await;
    let secret = made["secret"].as_str().unwrap();
    let known = Known::key(made["key"]["id"].as_str().unwrap(), &user.id);
    let ask = |query: &str| {
        let request = server.get(&format!("/v1/authorize{query}"));
        request.bearer(secret)
    };
    ask("?scope=a").send().await.expect(204);
    let cases = vec![
        ("Authorize: INSUFFICIENT_SCOPE", ask("?scope=a&scope=b")),
        ("Authorize: CREDITS_EXHAUSTED", ask("?scope=a")),
    ];
    refuse(&server, &known, cases).await;
    patch_key(&root, &known.key_id, elsewhere()).await;
    let cases = vec![("Authorize: FORBIDDEN_IP", ask(""))];
    refuse(&server, &known, cases).await;
    root.suspend_user(&user).await;
    let cases = vec![
        ("Authorize: OWNER_SUSPENDED", ask("")),
        (
            "Authorize: OWNER_SUSPENDED",
            server.get("/v1/authorize").header("x-api-key", secret),
        ),
    ];
    refuse(&server, &known, cases).await;
    server.finish().await;
}

/// Whoever is told to wait, or that a thing is not there, was not refused.
#[tokio::test]
async fn other_answers_to_somebody_known_leave_nothing() {
    let server = Clocked::with(json!({ "control": {
        "rate_limit_per_minute": 1, "rate_limit_burst": 3,
    } }))
    .await;
    let root = server.root();
    let (_, secret) = control(&server, &["keys:read", "owners:write"]).await;
    let user = root.user().await;
    let limits = json!([{ "name": "a", "limit": 1, "window_seconds": 60 }]);
    let (key_id, key) = root.standard_of(&user.id).await;
    patch_key(&root, &key_id, json!({ "rate_limits": limits })).await;
    let start = end(&server).await;
    let known = |method: &str, target: &str| server.request(method, target).bearer(&secret);
    let unknown = "/v1/keys/0190a6f2-3c41-7d52-9e0b-5f6a7c8d9e01";
    known("GET", unknown).send().await.expect(404);
    known("GET", "/v1/keys?limit=0").send().await.expect(400);
    let bad = json!({ "plan": "A" });
    known("POST", "/v1/users")
        .json(&bad)
        .send()
        .await
        .expect(422);
    known("GET", "/v1/keys").send().await.expect(429);
    let authorize = || server.get("/v1/authorize").bearer(&key);
    authorize().send().await.expect(204);
    authorize().send().await.expect(429);
    assert_eq!(told_since(&server, start).await, [json!(null); 0]);
    server.finish().await;
}
