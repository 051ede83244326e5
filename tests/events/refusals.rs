//! A refusal of a known caller is counted, in every contract, and told when its minute is over.

mod flood;
mod operator;

use serde_json::{Value, json};

use super::{denied, done, end, told_since};
use crate::support::issuer::{Issuer, claims};
use crate::support::{Answer, Clocked, Request, Root};

/// Whose key is refused: the actor, the key, and the owner.
struct Known {
    actor: String,
    key_id: String,
    owner_id: String,
}

impl Known {
    fn key(key_id: &str, owner_id: &str) -> Self {
        Self {
            actor: format!("key:{key_id}"),
            key_id: key_id.to_owned(),
            owner_id: owner_id.to_owned(),
        }
    }

    fn token(key_id: &str, owner_id: &str) -> Self {
        Self {
            actor: format!("token:{key_id}"),
            ..Self::key(key_id, owner_id)
        }
    }

    /// The one event that this refusal must leave.
    fn denied(&self, answer: &Answer, detail: &str) -> Value {
        let more = json!({
            "target_id": self.key_id, "owner_id": self.owner_id, "detail": detail,
        });
        denied(&self.actor, answer, more)
    }
}

/// Sends each request in a minute of its own, and expects its 403 to leave this one event.
async fn refuse(server: &Clocked, known: &Known, cases: Vec<(&str, Request)>) {
    for (detail, request) in cases {
        let start = end(server).await;
        let answer = request.send().await.expect(403);
        let expected = known.denied(&answer, detail);
        assert_eq!(told_since(server, start).await, [expected]);
    }
}

fn versioned(request: Request) -> Request {
    request.header("x-exorde-api-version", "v1")
}

async fn patch_key(root: &Root, key_id: &str, patch: Value) {
    let target = format!("/v1/keys/{key_id}");
    root.patch(&target, patch).await.expect(200);
}

fn elsewhere() -> Value {
    json!({ "ip_allow": ["192.0.2.7"] })
}

#[tokio::test]
async fn users_are_told_when_they_are_refused() {
    let server = Clocked::start().await;
    let root = server.root();
    let user = root.user().await;
    let known = Known::key(&user.key_id, &user.id);
    let info = || versioned(server.get("/user/info").bearer(&user.key));
    patch_key(&root, &user.key_id, elsewhere()).await;
    let cases = vec![
        ("RotateUserKey: FORBIDDEN_IP", user.request()),
        ("ReadUser: FORBIDDEN_IP", info()),
    ];
    refuse(&server, &known, cases).await;
    root.suspend_user(&user).await;
    let cases = vec![
        ("RotateUserKey: OWNER_SUSPENDED", user.request()),
        ("ReadUser: OWNER_SUSPENDED", info()),
    ];
    refuse(&server, &known, cases).await;
    server.finish().await;
}

#[tokio::test]
async fn tokens_are_told_when_they_are_refused() {
    let server = Clocked::start().await;
    let root = server.root();
    let organization = root.organization().await;
    let client = root.client_of(&organization).await;
    let known = Known::token(&client.key_id, &organization.id);
    let name = json!({ "name": "x" });
    let create = |token: &str| server.post("/api-keys").bearer(token).json(&name);
    let list = |token: &str| server.get("/api-keys").bearer(token);
    let delete = |token: &str| {
        let target = format!("/api-keys/{}", client.id);
        server.request("DELETE", &target).bearer(token)
    };
    let named = |token: &str| server.post("/v0/api_keys").bearer(token).json(&name);
    let reader = client.token_for("read:api-key").await.token;
    let writer = client.token_for("create:api-key").await.token;
    let cases = vec![
        ("CreateClientKey: INSUFFICIENT_SCOPE", create(&reader)),
        ("DeleteClientKey: INSUFFICIENT_SCOPE", delete(&reader)),
        ("ListClientKeys: INSUFFICIENT_SCOPE", list(&writer)),
        ("CreateNamedKey: INSUFFICIENT_SCOPE", named(&reader)),
    ];
    refuse(&server, &known, cases).await;
    patch_key(&root, &client.key_id, elsewhere()).await;
    let cases = vec![
        ("CreateClientKey: FORBIDDEN_IP", create(&writer)),
        ("ListClientKeys: FORBIDDEN_IP", list(&reader)),
        ("CreateNamedKey: FORBIDDEN_IP", named(&reader)),
    ];
    refuse(&server, &known, cases).await;
    root.suspend(&organization).await;
    let cases = vec![
        ("CreateClientKey: OWNER_SUSPENDED", create(&writer)),
        ("DeleteClientKey: OWNER_SUSPENDED", delete(&reader)),
    ];
    refuse(&server, &known, cases).await;
    server.finish().await;
}

/// OAuth has no 403 for it, but the client is as known as anybody.
#[tokio::test]
async fn a_client_that_may_not_have_a_token_from_here_is_told() {
    let server = Clocked::start().await;
    let root = server.root();
    let organization = root.organization().await;
    let client = root.client_of(&organization).await;
    patch_key(&root, &client.key_id, elsewhere()).await;
    let start = end(&server).await;
    let answer = client.token_request().send().await.expect(401);
    let known = Known::key(&client.key_id, &organization.id);
    let expected = known.denied(&answer, "IssueToken: FORBIDDEN_IP");
    assert_eq!(told_since(&server, start).await, [expected]);
    server.finish().await;
}

#[tokio::test]
async fn named_keys_are_told_when_they_are_refused() {
    let server = Clocked::start().await;
    let root = server.root();
    let organization = root.organization().await;
    let named = root.named_of(&organization).await;
    let known = Known::key(&named.key_id, &organization.id);
    let create = || named.request().json(&json!({ "name": "x" }));
    let list = || server.get("/v0/api_keys").bearer(&named.key);
    let read = || server.get("/v0/api_keys/first").bearer(&named.key);
    let delete = || {
        let request = server.request("DELETE", "/v0/api_keys/first");
        request.bearer(&named.key)
    };
    patch_key(&root, &named.key_id, json!({ "scopes": ["Read"] })).await;
    let cases = vec![
        ("CreateNamedKey: INSUFFICIENT_SCOPE", create()),
        ("DeleteNamedKey: INSUFFICIENT_SCOPE", delete()),
    ];
    refuse(&server, &known, cases).await;
    patch_key(&root, &named.key_id, json!({ "scopes": ["Write"] })).await;
    let cases = vec![
        ("CreateNamedKey: INSUFFICIENT_SCOPE", create()),
        ("ReadNamedKeys: INSUFFICIENT_SCOPE", list()),
        ("ReadNamedKeys: INSUFFICIENT_SCOPE", read()),
    ];
    refuse(&server, &known, cases).await;
    patch_key(&root, &named.key_id, elsewhere()).await;
    let cases = vec![("ReadNamedKeys: FORBIDDEN_IP", list())];
    refuse(&server, &known, cases).await;
    root.suspend(&organization).await;
    let cases = vec![
        ("CreateNamedKey: OWNER_SUSPENDED", create()),
        ("DeleteNamedKey: OWNER_SUSPENDED", delete()),
    ];
    refuse(&server, &known, cases).await;
    server.finish().await;
}

#[tokio::test]
async fn the_tokens_of_an_issuer_are_told_by_its_name_and_their_subject() {
    let issuer = Issuer::new();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("issuer.json");
    std::fs::write(&file, issuer.keys().to_string()).unwrap();
    let trusted = json!({
        "issuer": "https://issuer.example",
        "audience": "keywright",
        "jwks_file": file,
        "organizations": ["*"],
        "organization_claim": "tenant",
    });
    let server = Clocked::with(json!({ "tokens": { "issuers": [trusted] } })).await;
    let organization = server.root().organization().await;
    let create = |scope: &str, name: &str| {
        let mut claims = claims(&organization.id);
        claims["scope"] = json!(scope);
        if name == "nobody" {
            claims.as_object_mut().unwrap().remove("sub");
        }
        let request = server.post("/v0/api_keys").bearer(&issuer.token(&claims));
        request.json(&json!({ "name": name }))
    };
    let start = end(&server).await;
    let all = "read:api-key create:api-key delete:api-key";
    let made = create(all, "first").send().await.expect(201);
    let refused = create("read:api-key", "second").send().await.expect(403);
    let nobody = create("read:api-key", "nobody").send().await.expect(403);
    let actor = "issuer:https://issuer.example somebody";
    let more = json!({ "target_id": made.string("/id"), "owner_id": organization.id });
    let detail = "CreateNamedKey: INSUFFICIENT_SCOPE";
    let why = json!({ "owner_id": organization.id, "detail": detail });
    let expected = [
        done(actor, "key.issued", &made, more),
        denied(actor, &refused, why.clone()),
        denied("issuer:https://issuer.example", &nobody, why),
    ];
    assert_eq!(told_since(&server, start).await, expected);
    server.finish().await;
}

#[tokio::test]
async fn organizations_are_told_when_they_are_refused() {
    let server = Clocked::start().await;
    let root = server.root();
    let parent = root.organization().await;
    let child = root.organization_below(&parent).await;
    let known = Known::key(&parent.key_id, &parent.id);
    root.suspend(&child).await;
    let suspended = "RotateOrganizationKey: OWNER_SUSPENDED";
    // The caller is active, and the one that it acts for is not.
    let cases = vec![(suspended, child.request_with(&parent.key))];
    refuse(&server, &known, cases).await;
    let cases = vec![(suspended, child.request())];
    refuse(&server, &Known::key(&child.key_id, &child.id), cases).await;
    patch_key(&root, &parent.key_id, elsewhere()).await;
    let cases = vec![("RotateOrganizationKey: FORBIDDEN_IP", parent.request())];
    refuse(&server, &known, cases).await;
    root.suspend(&parent).await;
    refuse(&server, &known, vec![(suspended, parent.request())]).await;
    server.finish().await;
}
