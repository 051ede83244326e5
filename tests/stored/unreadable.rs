//! Rows that can no longer be read: refused, shown, mended and ended; all others are served.
//! Leaves damaged pages to `failures`.

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::support::{Folder, Server, database};

/// A key with everything that can become unreadable, and one that stays as it is.
struct Pair {
    owner_id: String,
    id: String,
    secret: String,
    other_secret: String,
}

/// Members of a key as they were sent.
fn members() -> Value {
    json!({
        "name": "harmed", "scopes": ["a"], "expires_at": "2100-01-01T00:00:00.000Z",
        "rate_limits": [{ "name": "a", "limit": 10, "window_seconds": 60, "burst": 10 }],
        "credits": { "remaining": 10, "refill": { "amount": 10, "every": "day" } },
        "ip_allow": ["192.0.2.0/24"], "metadata": { "is": "kept" },
    })
}

impl Pair {
    async fn make(server: &Server) -> Self {
        let root = server.root();
        let owner_id = root.user().await.id;
        let mut body = members();
        body["kind"] = json!("standard");
        body["owner_id"] = json!(owner_id);
        let harmed = root.issue(body).await;
        let other = root
            .issue(json!({ "kind": "standard", "owner_id": owner_id }))
            .await;
        let text = |made: &Value, pointer: &str| {
            made.pointer(pointer).unwrap().as_str().unwrap().to_owned()
        };
        Self {
            id: text(&harmed, "/key/id"),
            secret: text(&harmed, "/secret"),
            other_secret: text(&other, "/secret"),
            owner_id,
        }
    }

    fn target(&self) -> String {
        format!("/v1/keys/{}", self.id)
    }
}

/// What a request for a key's verification asks, from where the key may be used.
fn question(secret: &str) -> Value {
    json!({ "key": secret, "client_ip": "192.0.2.7" })
}

/// Writes into the database of a server that was stopped, as no server of this version would.
fn plant(folder: &Folder, statement: &str, id: &str) {
    let connection = Connection::open(folder.database()).unwrap();
    connection
        .pragma_update(None, "ignore_check_constraints", true)
        .unwrap();
    let id = uuid::Uuid::parse_str(id).unwrap();
    let changed = connection.execute(statement, [id.as_bytes()]).unwrap();
    assert_eq!(changed, 1, "{statement}");
}

/// A value of a column that cannot be read, and the member that it belongs to.
fn harms() -> Vec<(&'static str, String)> {
    let keys = |assignment: &str| format!("UPDATE keys SET {assignment} WHERE id = ?1");
    let credits = |assignment: &str| format!("UPDATE credits SET {assignment} WHERE lineage = ?1");
    // As an earlier version stored it: it began to count anew within the string.
    let deep = format!(
        r#"{{"x":{}{{"a":{}1{}}}{}}}"#,
        "[".repeat(100),
        "[".repeat(100),
        "]".repeat(100),
        "]".repeat(100)
    );
    vec![
        ("metadata", keys(&format!("metadata = '{deep}'"))),
        ("metadata", keys("metadata = '{'")),
        ("metadata", keys("metadata = '[]'")),
        ("metadata", keys("metadata = x'ff'")),
        ("scopes", keys("scopes = x'ff'")),
        ("rate_limits", keys("rate_limits = '[[\"a\"]]'")),
        ("rate_limits", keys("rate_limits = CAST(x'ff' AS text)")),
        ("ip_allow", keys("ip_allow = '192.0.2.0/24 nowhere'")),
        ("expires_at", keys("expires_at_ms = 'soon'")),
        ("credits", credits("refill_every = 'year'")),
        ("credits", credits("remaining = 'many'")),
        ("name", keys("name = x'ff'")),
        ("kind", keys("kind = 'other'")),
        ("created_at", keys("created_at_ms = 'once'")),
        ("digest", keys("digest = x'ff'")),
    ]
}

#[tokio::test]
async fn a_key_that_cannot_be_read_is_refused_shown_and_revoked() {
    for (member, statement) in harms() {
        let server = Server::start();
        let pair = Pair::make(&server).await;
        let folder = server.finish();
        plant(&folder, &statement, &pair.id);
        let server = Server::on(&folder, &[]);
        let root = server.root();

        let read = root.get(&pair.target()).await.expect(200).json();
        assert_eq!(read["unreadable"], json!([member]), "{statement}");
        assert_eq!(read["state"], "disabled", "{statement}");
        let page = root
            .get(&format!("/v1/keys?owner_id={}", pair.owner_id))
            .await;
        let page = page.expect(200).json();
        assert_eq!(page["items"].as_array().unwrap().len(), 3, "{statement}");
        assert!(page["items"].as_array().unwrap().contains(&read), "{page}");

        let verdict = root.post("/v1/keys/verify", question(&pair.secret)).await;
        let code = verdict.expect(200).string("/code");
        let expected = if member == "digest" {
            "NOT_FOUND"
        } else {
            "DISABLED"
        };
        assert_eq!(code, expected, "{statement}");
        let through = server
            .get("/v1/authorize")
            .bearer(&pair.secret)
            .send()
            .await;
        assert!([401, 403].contains(&through.status), "{statement}");
        assert_eq!(root.verdict(&pair.other_secret).await, "VALID");

        let before = database::state(server.folder());
        let rotated = root
            .post(&format!("{}/rotate", pair.target()), json!({}))
            .await;
        let switched = root.patch(&pair.target(), json!({ "enabled": true })).await;
        for refused in [rotated, switched] {
            let detail = refused.expect(409).string("/detail");
            assert!(detail.starts_with(member), "{detail}");
        }
        assert_eq!(database::state(server.folder()), before);

        root.revoke(&pair.id).await;
        let read = root.get(&pair.target()).await.expect(200).json();
        assert_eq!(read["state"], "revoked", "{statement}");
        assert_eq!(root.verdict(&pair.other_secret).await, "VALID");
    }
}

#[tokio::test]
async fn the_owner_of_a_key_that_cannot_be_read_is_deleted() {
    for (_, statement) in harms() {
        let server = Server::start();
        let pair = Pair::make(&server).await;
        let folder = server.finish();
        plant(&folder, &statement, &pair.id);
        let server = Server::on(&folder, &[]);
        let root = server.root();
        let owner = format!("/v1/users/{}", pair.owner_id);
        root.request("DELETE", &owner).send().await.expect(204);
        let read = root.get(&pair.target()).await.expect(200).json();
        assert_eq!(read["state"], "revoked", "{statement}");
        let code = root.verdict(&pair.secret).await;
        assert!(["REVOKED", "NOT_FOUND"].contains(&code.as_str()), "{code}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_mended_by_sending_it_anew() {
    for (member, statement) in harms() {
        let sent = members()[member].clone();
        if sent.is_null() {
            continue;
        }
        let server = Server::start();
        let pair = Pair::make(&server).await;
        let folder = server.finish();
        plant(&folder, &statement, &pair.id);
        let server = Server::on(&folder, &[]);
        let root = server.root();
        let patched = root.patch(&pair.target(), json!({ member: sent })).await;
        let key = patched.expect(200).json();
        assert_eq!(key["state"], "live", "{statement}");
        assert!(key.get("unreadable").is_none(), "{key}");
        for (member, value) in members().as_object().unwrap() {
            assert_eq!(key[member], *value, "{statement}");
        }
        let verdict = root.post("/v1/keys/verify", question(&pair.secret)).await;
        assert_eq!(verdict.expect(200).string("/code"), "VALID", "{statement}");
        let elsewhere = root.verdict(&pair.secret).await;
        assert_eq!(elsewhere, "FORBIDDEN_IP", "{statement}");
    }
}

#[tokio::test]
async fn a_row_without_an_id_hides_no_other() {
    let server = Server::start();
    let pair = Pair::make(&server).await;
    let folder = server.finish();
    let connection = Connection::open(folder.database()).unwrap();
    connection
        .execute_batch(
            "PRAGMA foreign_keys = OFF;
             INSERT INTO keys (id, kind, owner_id, hint, scopes, metadata, digest, pepper_version,
                 current, created_at_ms)
             SELECT x'00', 'standard', owner_id, '', '', '{}', x'00', 1, false, 0 FROM keys LIMIT 1;
             INSERT INTO owners (id, kind, created_at_ms, updated_at_ms) VALUES ('x', 'user', 0, 0);",
        )
        .unwrap();
    drop(connection);
    let server = Server::on(&folder, &[]);
    let root = server.root();
    let mut target = "/v1/keys?limit=1".to_owned();
    let mut ids = Vec::new();
    while ids.len() < 3 {
        let page = root.get(&target).await.expect(200).json();
        ids.push(page["items"][0]["id"].clone());
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        target = format!("/v1/keys?limit=1&cursor={cursor}");
    }
    assert_eq!(ids.len(), 3, "{ids:?}");
    assert!(ids.contains(&json!(pair.id)));
    let users = root.get("/v1/users").await.expect(200).json();
    assert_eq!(users["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_keys_of_an_owner_that_cannot_be_read_are_refused_until_it_is_mended() {
    for (member, assignment, mended) in [
        (
            "rate_limits",
            "rate_limits = '{'",
            json!({ "remove": ["rate_limits"] }),
        ),
        ("plan", "plan = x'ff'", json!({ "plan": "free" })),
    ] {
        let server = Server::start();
        let user = server.root().user().await;
        let folder = server.finish();
        let statement = format!("UPDATE owners SET {assignment} WHERE id = ?1");
        plant(&folder, &statement, &user.id);
        let server = Server::on(&folder, &[]);
        let root = server.root();
        assert_eq!(root.verdict(&user.key).await, "OWNER_SUSPENDED");
        let page = root.get("/v1/users").await.expect(200).json();
        assert_eq!(page["items"][0]["unreadable"], json!([member]));
        assert_eq!(page["items"][0]["suspended"], true);
        let target = format!("/v1/users/{}", user.id);
        let patched = root.patch(&target, mended).await;
        let patched = patched.expect(200).json();
        assert_eq!(patched["suspended"], false, "{patched}");
        assert!(patched.get("unreadable").is_none(), "{patched}");
        assert_eq!(root.verdict(&user.key).await, "VALID");
    }
}
