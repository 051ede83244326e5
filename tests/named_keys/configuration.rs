//! `GET /v0/config`, which the provider's own clients ask first.
//! Leaves what those clients make of it to `contract_tools`.

use serde_json::json;

use super::holder;
use crate::support::{Server, assert_answer};

#[tokio::test]
async fn whoever_holds_a_key_is_told_what_server_this_is() {
    let server = Server::start();
    let root = server.root();
    let organization = root.organization().await;
    for (name, scopes) in [
        ("neither", json!([])),
        ("reader", json!(["Read"])),
        ("writer", json!(["Write"])),
    ] {
        let wish = json!({
            "kind": "named", "owner_id": organization.id, "name": name, "scopes": scopes,
        });
        let holder = root.named(wish).await;
        let asked = server.get("/v0/config").bearer(&holder.key).send().await;
        let told = asked.expect(200).json();
        assert_eq!(told["edition"], "Open source");
        assert_eq!(told["version"], env!("CARGO_PKG_VERSION"));
    }
}

#[tokio::test]
async fn a_stranger_is_told_nothing() {
    let server = Server::start();
    assert_answer!(server.get("/v0/config").send().await, @r#"
    {
      "body": {
        "details": null,
        "error_code": "AuthenticationFailed",
        "message": "Unauthorized API key"
      },
      "headers": {
        "content-type": "application/json",
        "www-authenticate": "Bearer",
        "x-request-id": "[request id]"
      },
      "status": 401
    }
    "#);
    let holder = holder(&server).await;
    server.root().revoke(&holder.key_id).await;
    let ended = server.get("/v0/config").bearer(&holder.key);
    ended.send().await.expect(401);
}
