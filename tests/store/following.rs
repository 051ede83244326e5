//! Several servers on one PostgreSQL: what one changes, the memory of the others knows; and one that cannot know says so.
//! Leaves what is decided by the database itself, as races for a name, to `store`.

mod relay;
mod silence;

use serde_json::{Value, json};

use crate::support::postgres::Database;
use crate::support::{Folder, Root, Server, until};

const PEPPER: &str = "0123456789abcdef0123456789abcdef0123456789abcdef";

/// A server on a database, in a folder of its own.
fn server(url: &str, more: &[(&str, &str)]) -> Server {
    let mut settings = vec![
        ("database.url", url),
        ("pepper.value", PEPPER),
        ("tokens.issuer", "https://keys.example.com"),
    ];
    settings.extend(more);
    Server::on(&Folder::new(), &settings)
}

/// Three servers on one database.
fn three() -> (Database, [Server; 3]) {
    let database = Database::empty();
    let url = database.url();
    (database, [(); 3].map(|()| server(&url, &[])))
}

fn roots(servers: &[Server]) -> Vec<Root> {
    servers.iter().map(|server| server.root()).collect()
}

/// The verdict past memory.
async fn verdict_of_primary(root: &Root, secret: &str) -> String {
    let request = root.request("POST", "/v1/keys/verify");
    let request = request.header("cache-control", "no-cache");
    let answer = request.json(&json!({ "key": secret })).send().await;
    answer.expect(200).string("/code")
}

/// All servers come to this verdict, and never go back to another.
async fn come_to(roots: &[Root], secret: &str, code: &str) {
    for root in roots {
        until("a server to hear of a change", async || {
            (root.verdict(secret).await == code).then_some(())
        })
        .await;
    }
    for root in roots.iter().chain(roots) {
        assert_eq!(root.verdict(secret).await, code);
    }
}

/// Every server has this key in memory.
async fn remember(roots: &[Root], secret: &str) {
    for root in roots.iter().chain(roots) {
        assert_eq!(root.verdict(secret).await, "VALID");
    }
}

#[tokio::test]
async fn a_key_that_is_revoked_at_one_server_is_refused_at_the_others() {
    let (_database, servers) = three();
    let roots = roots(&servers);
    let organization = roots[0].organization().await;
    for round in 0..20 {
        let (id, secret) = roots[round % 3].standard_of(&organization.id).await;
        remember(&roots, &secret).await;
        roots[(round + 1) % 3].revoke(&id).await;
        assert_eq!(roots[(round + 1) % 3].verdict(&secret).await, "REVOKED");
        if round % 2 == 0 {
            // Past memory it is known at once, and from then on in memory as well.
            for root in &roots {
                assert_eq!(verdict_of_primary(root, &secret).await, "REVOKED");
                assert_eq!(root.verdict(&secret).await, "REVOKED");
            }
        }
        come_to(&roots, &secret, "REVOKED").await;
    }
}

#[tokio::test]
async fn a_key_that_is_made_at_one_server_is_good_at_the_others_at_once() {
    let (_database, servers) = three();
    let roots = roots(&servers);
    let organization = roots[1].organization().await;
    for round in 0..20 {
        let made = roots[round % 3].standard_of(&organization.id).await;
        assert_eq!(roots[(round + 1) % 3].verdict(&made.1).await, "VALID");
        assert_eq!(roots[(round + 2) % 3].verdict(&made.1).await, "VALID");
    }
}

#[tokio::test]
async fn what_becomes_of_an_owner_at_one_server_becomes_of_its_keys_at_the_others() {
    let (_database, servers) = three();
    let roots = roots(&servers);
    let organization = roots[0].organization().await;
    let (_, secret) = roots[0].standard_of(&organization.id).await;
    remember(&roots, &secret).await;
    let target = format!("/v1/organizations/{}", organization.id);
    for (suspended, code) in [(true, "OWNER_SUSPENDED"), (false, "VALID")] {
        let body = json!({ "suspended": suspended });
        roots[1].patch(&target, body).await.expect(200);
        come_to(&roots, &secret, code).await;
    }
    roots[2].request("DELETE", &target).send().await.expect(204);
    come_to(&roots, &secret, "REVOKED").await;
}

#[tokio::test]
async fn a_key_that_is_changed_or_rotated_at_one_server_is_so_at_the_others() {
    let (_database, servers) = three();
    let roots = roots(&servers);
    let organization = roots[0].organization().await;
    let (id, secret) = roots[0].standard_of(&organization.id).await;
    remember(&roots, &secret).await;
    let target = format!("/v1/keys/{id}");
    for (enabled, code) in [(false, "DISABLED"), (true, "VALID")] {
        let body = json!({ "enabled": enabled });
        roots[1].patch(&target, body).await.expect(200);
        come_to(&roots, &secret, code).await;
    }
    let rotated = roots[2].post(&format!("{target}/rotate"), json!({})).await;
    let successor = rotated.expect(200).string("/secret");
    assert_eq!(roots[0].verdict(&successor).await, "VALID");
    come_to(&roots, &secret, "REPLACED").await;
    come_to(&roots, &successor, "VALID").await;
}

#[tokio::test]
async fn a_token_that_is_revoked_at_one_server_is_refused_at_the_others() {
    let (_database, servers) = three();
    let roots = roots(&servers);
    let organization = roots[0].organization().await;
    let client = roots[0].client_of(&organization).await;
    let clients: Vec<_> = servers.iter().map(|server| client.at(server)).collect();
    let is_active = async |token: &str| {
        let mut states = Vec::new();
        for client in &clients {
            states.push(client.introspect(token).await["active"].clone());
        }
        states
    };
    let (doomed, other) = (client.token().await, clients[2].token().await);
    for token in [&doomed, &other] {
        assert_eq!(is_active(&token.token).await, [true; 3]);
    }
    clients[1].revoke_token(&doomed.token).await;
    until("all servers to hear of it", async || {
        (is_active(&doomed.token).await == [false; 3]).then_some(())
    })
    .await;
    assert_eq!(is_active(&doomed.token).await, [false; 3]);
    assert_eq!(is_active(&other.token).await, [true; 3]);
    // A token ends with its client key.
    for server in &servers {
        let list = || server.get("/v0/api_keys").bearer(&other.token);
        list().send().await.expect(200);
    }
    roots[2].revoke(&client.key_id).await;
    for server in &servers {
        until("a server to hear of the end of its key", async || {
            let list = server.get("/v0/api_keys").bearer(&other.token);
            (list.send().await.status == 401).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn lists_show_what_other_servers_have_changed() {
    let (_database, servers) = three();
    let roots = roots(&servers);
    let organization = roots[0].organization().await;
    let (id, secret) = roots[0].standard_of(&organization.id).await;
    remember(&roots, &secret).await;
    roots[1].revoke(&id).await;
    for root in &roots {
        let list = format!("/v1/keys?owner_id={}", organization.id);
        let list = root.get(&list).await.expect(200).json();
        let items = list["items"].as_array().unwrap().clone();
        let listed = items.iter().find(|key| key["id"] == id.as_str()).unwrap();
        assert_eq!(listed["state"], "revoked");
        let shown = root.get(&format!("/v1/keys/{id}")).await.expect(200);
        assert_eq!(shown.string("/state"), "revoked");
    }
}

#[tokio::test]
async fn keys_that_are_revoked_while_others_are_made_never_come_back() {
    let (_database, servers) = three();
    let roots = roots(&servers);
    let organization = roots[0].organization().await;
    let one = async |root: &Root, other: &Root| {
        for _ in 0..15 {
            let (id, secret) = root.standard_of(&organization.id).await;
            remember(&roots, &secret).await;
            other.revoke(&id).await;
            for root in &roots {
                assert_eq!(verdict_of_primary(root, &secret).await, "REVOKED");
                assert_eq!(root.verdict(&secret).await, "REVOKED");
            }
            come_to(&roots, &secret, "REVOKED").await;
        }
    };
    let together = [
        one(&roots[0], &roots[1]),
        one(&roots[1], &roots[2]),
        one(&roots[2], &roots[0]),
    ];
    futures_util::future::join_all(together).await;
}

#[tokio::test]
async fn what_an_event_of_a_newer_version_has_touched_is_not_known_and_all_is_read_anew() {
    let (database, servers) = three();
    let roots = roots(&servers);
    let organization = roots[0].organization().await;
    let (id, secret) = roots[0].standard_of(&organization.id).await;
    remember(&roots, &secret).await;
    let told = format!(
        "BEGIN; UPDATE keys SET current = false, revoked_at_ms = 1 WHERE id = '{id}'; \
         INSERT INTO events (position, at_ms, actor, action, target, outcome, request_id, mac) \
             SELECT position + 1, at_ms, actor, 'key.unheard_of', '{id}', outcome, request_id, sha256(mac) \
             FROM events ORDER BY position DESC LIMIT 1; \
         COMMIT; SELECT 1"
    );
    assert_eq!(database.number(&told), 1);
    come_to(&roots, &secret, "REVOKED").await;
    // And they go on behind it.
    let (_, next) = roots[1].standard_of(&organization.id).await;
    come_to(&roots, &next, "VALID").await;
}

/// The answer to a verification, whatever it is: status, and code or nothing.
async fn answer(root: &Root, secret: &str) -> (u16, Value) {
    let answer = root.post("/v1/keys/verify", json!({ "key": secret })).await;
    let code = answer.json().get("code").cloned();
    (answer.status, code.unwrap_or_default())
}
