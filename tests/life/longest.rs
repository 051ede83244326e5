//! `limits.key_lifetime_max_days`: no key lives longer than that, however it was made.
//! Leaves what an expiry does to `time`.

use serde_json::{Value, json};

use crate::support::{Clocked, Folder, Server, Site};

const DAYS: i64 = 90;
const DAY_S: i64 = 86_400;
/// Ninety days after the clock's beginning, 2026-03-15T12:00:00Z.
const LATEST: &str = "2026-06-13T12:00:00.000Z";
const TOO_LATE: &str = "2026-06-13T12:00:00.001Z";

async fn bounded() -> Clocked {
    Clocked::with(json!({ "limits": { "key_lifetime_max_days": DAYS } })).await
}

/// The end of the newest key of an owner.
async fn end(site: &Site, owner_id: &str) -> Value {
    let listed = format!("/v1/keys?owner_id={owner_id}&limit=100");
    let listed = site.root().get(&listed).await.expect(200).json();
    let keys = listed["items"].as_array().unwrap();
    keys.last().unwrap()["expires_at"].clone()
}

#[tokio::test]
async fn a_key_that_would_live_too_long_is_refused_with_the_field_and_the_remedy() {
    let server = bounded().await;
    let user = server.root().user().await;
    let create = |expires_at: Option<&str>| {
        let mut body = json!({ "kind": "standard", "owner_id": user.id });
        if let Some(expires_at) = expires_at {
            body["expires_at"] = json!(expires_at);
        }
        body
    };
    for expires_at in [None, Some(TOO_LATE), Some("2999-01-01T00:00:00Z")] {
        let answer = server.root().post("/v1/keys", create(expires_at)).await;
        let answer = answer.expect(422);
        assert_eq!(answer.string("/errors/0/pointer"), "/expires_at");
        let detail = answer.string("/errors/0/detail");
        assert!(
            detail.contains(LATEST) && detail.contains("limits.key_lifetime_max_days"),
            "{detail}"
        );
    }
    let made = server.root().issue(create(Some(LATEST))).await;
    assert_eq!(made["key"]["expires_at"], LATEST);
    server.finish().await;
}

#[tokio::test]
async fn a_change_never_prolongs_a_key_beyond_the_longest_life() {
    let server = bounded().await;
    let user = server.root().user().await;
    let path = format!("/v1/keys/{}", user.key_id);
    for patch in [
        json!({ "remove": ["expires_at"] }),
        json!({ "expires_at": TOO_LATE }),
    ] {
        let answer = server.root().patch(&path, patch).await.expect(422);
        assert_eq!(answer.string("/errors/0/pointer"), "/expires_at");
    }
    assert_eq!(end(&server, &user.id).await, LATEST);
    let sooner = json!({ "expires_at": "2026-04-01T00:00:00Z" });
    server.root().patch(&path, sooner).await.expect(200);
    let latest = json!({ "expires_at": LATEST });
    server.root().patch(&path, latest).await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn a_key_of_a_contract_that_knows_no_expiry_gets_the_longest_life() {
    let server = bounded().await;
    let root = server.root();
    let user = root.user().await;
    assert_eq!(end(&server, &user.id).await, LATEST);
    user.rotate().await.expect(200);
    assert_eq!(end(&server, &user.id).await, LATEST);
    let organization = root.organization().await;
    assert_eq!(end(&server, &organization.id).await, LATEST);
    let request = organization.request_with(&organization.key);
    request.send().await.expect(200);
    assert_eq!(end(&server, &organization.id).await, LATEST);
    let client = json!({
        "kind": "client", "owner_id": organization.id, "name": "first", "expires_at": LATEST,
    });
    let token = root.client(client).await.token().await;
    token.create("second").await.expect(201);
    assert_eq!(end(&server, &organization.id).await, LATEST);
    token.create_named("third").await.expect(201);
    assert_eq!(end(&server, &organization.id).await, LATEST);
    server.finish().await;
}

#[tokio::test]
async fn a_successor_has_a_whole_life_unless_an_earlier_end_was_chosen() {
    let server = bounded().await;
    let root = server.root();
    let mut user = root.user().await;
    let chosen = json!({
        "kind": "standard", "owner_id": user.id, "expires_at": "2026-06-01T00:00:00.000Z",
    });
    let chosen = root.issue(chosen).await["key"]["id"].clone();
    let given = json!({ "kind": "standard", "owner_id": user.id, "expires_at": LATEST });
    let given = root.issue(given).await["key"]["id"].clone();
    server.advance_s(60 * DAY_S + 1);
    let rotated = async |id: &Value| {
        let path = format!("/v1/keys/{}/rotate", id.as_str().unwrap());
        let answer = root.post(&path, json!({})).await.expect(200);
        answer.json()["key"]["expires_at"].clone()
    };
    assert_eq!(rotated(&chosen).await, "2026-06-01T00:00:00.000Z");
    assert_eq!(rotated(&given).await, "2026-08-12T12:00:01.000Z");
    // Twice, so that it is well past the end of the first.
    user.rotated().await;
    server.advance_s(60 * DAY_S);
    user.rotated().await;
    assert_eq!(root.verdict(&user.key).await, "VALID");
    assert_eq!(end(&server, &user.id).await, "2026-10-11T12:00:01.000Z");
    server.finish().await;
}

#[tokio::test]
async fn an_end_that_was_changed_is_a_chosen_one_whatever_it_is() {
    let server = bounded().await;
    let root = server.root();
    let user = root.user().await;
    let wish = json!({
        "kind": "control", "owner_id": user.id, "scopes": ["keys:write"], "reach": "all",
        "expires_at": "2026-03-17T13:00:00Z",
    });
    let made = root.issue(wish).await;
    let holder = root.holding(&made);
    let path = format!("/v1/keys/{}", made["key"]["id"].as_str().unwrap());
    // A whole day after it was made.
    let tomorrow = json!({ "expires_at": "2026-03-16T12:00:00.000Z" });
    holder.patch(&path, tomorrow).await.expect(200);
    let rotated = holder.post(&format!("{path}/rotate"), json!({})).await;
    let end = rotated.expect(200).string("/key/expires_at");
    assert_eq!(end, "2026-03-16T12:00:00.000Z");
    server.finish().await;
}

#[tokio::test]
async fn a_key_from_before_stays_as_it_is_and_its_successor_does_not() {
    let folder = Folder::new();
    let server = Server::on(&folder, &[]);
    let user = server.root().user().await;
    server.finish();
    let server = Server::on(&folder, &[("limits.key_lifetime_max_days", "36500")]);
    let path = format!("/v1/keys/{}", user.key_id);
    let named = server.root().patch(&path, json!({ "name": "old" })).await;
    assert!(named.expect(200).json().get("expires_at").is_none());
    let answer = server
        .root()
        .post(&format!("{path}/rotate"), json!({}))
        .await;
    let answer = answer.expect(200).json();
    assert!(answer["key"]["expires_at"].is_string(), "{answer}");
}

#[test]
fn a_longest_life_of_no_days_or_of_more_than_a_century_is_refused() {
    for days in ["0", "36501", "-1", "1.5"] {
        let said = Folder::new().refusal(&[("limits.key_lifetime_max_days", days)]);
        assert!(
            said.contains("limits.key_lifetime_max_days must be") && said.contains("1 to 36500"),
            "{said}"
        );
    }
}
