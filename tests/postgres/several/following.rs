//! What is over at one server, as its three neighbours answer it to proxies and operators; behind the proxy, too.
//! Leaves what `/v1/keys/verify` says of it, and lists and tokens, to `store::following`.

use serde_json::json;

use super::Several;
use crate::support::{Request, Site, until};

/// How often the proxy is asked, once all servers have refused a key.
const ASKED: usize = 20;

/// Asks for a good answer at all servers: in the memory of each it is from then on.
async fn remember(several: &Several, request: impl Fn(&Site) -> Request, status: u16) {
    for server in several.servers.iter().chain(&several.servers) {
        request(server).send().await.expect(status);
    }
}

/// The server that made the change refuses at once, its neighbours once they have heard of it, and all of them for good.
async fn assert_refused(
    several: &Several,
    changed_at: usize,
    request: impl Fn(&Site) -> Request,
    refusal: (u16, Option<&str>),
) {
    let ask = async |site: &Site| {
        let answer = request(site).send().await;
        let code = answer.header("x-key-refusal").map(str::to_owned);
        (answer.status, code)
    };
    let refusal = (refusal.0, refusal.1.map(str::to_owned));
    assert_eq!(ask(&several.servers[changed_at]).await, refusal);
    for server in &several.servers {
        until("a neighbour to hear of it", async || {
            (ask(server).await == refusal).then_some(())
        })
        .await;
    }
    for _ in 0..ASKED {
        assert_eq!(ask(&several.site).await, refusal);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_over_at_one_server_passes_at_none() {
    let several = Several::start().await;
    for (changed_at, (change, status, code)) in [
        ("revoke", 401, "REVOKED"),
        ("rotate", 401, "REPLACED"),
        ("suspend", 403, "OWNER_SUSPENDED"),
        ("delete", 401, "REVOKED"),
    ]
    .into_iter()
    .enumerate()
    {
        let user = several.root().user().await;
        let (id, secret) = several.root().standard_of(&user.id).await;
        let passes = |site: &Site| site.get("/v1/authorize").bearer(&secret);
        remember(&several, passes, 204).await;
        let root = several.servers[changed_at].root();
        let owner = format!("/v1/users/{}", user.id);
        let rotation = format!("/v1/keys/{id}/rotate");
        match change {
            "revoke" => root.revoke(&id).await,
            "suspend" => root.suspend_user(&user).await,
            "delete" => {
                root.request("DELETE", &owner).send().await.expect(204);
            }
            _ => {
                root.post(&rotation, json!({})).await.expect(200);
            }
        }
        assert_refused(&several, changed_at, passes, (status, Some(code))).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operators_key_that_is_revoked_at_one_server_reads_at_none() {
    let several = Several::start().await;
    let owner = several.root().user().await;
    let wish = json!({
        "kind": "control", "owner_id": owner.id, "scopes": ["owners:read"], "reach": "all",
    });
    let issued = several.root().issue(wish).await;
    let secret = issued["secret"].as_str().unwrap();
    let reads = |site: &Site| site.get("/v1/users").bearer(secret);
    remember(&several, reads, 200).await;
    let id = issued["key"]["id"].as_str().unwrap();
    several.servers[1].root().revoke(id).await;
    assert_refused(&several, 1, reads, (401, None)).await;
}
