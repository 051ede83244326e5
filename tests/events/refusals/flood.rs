//! However many refusals there are: few events, no window spent, and none forgotten.

use serde_json::{Value, json};

use super::operator::control;
use crate::events::{denied, end, said_since, since, told_since};
use crate::support::{Clocked, Request, Root, User};

/// Callers of one owner that have an event of their own in a minute.
const TOLD_OF_OWNER_MAX: usize = 8;

/// A standard key of this user with one limit, which a single use spends.
async fn limited_key(root: &Root, user: &User) -> (String, String) {
    let limit = json!({ "name": "hourly", "limit": 1, "window_seconds": 3600 });
    let body = json!({ "kind": "standard", "owner_id": user.id, "rate_limits": [limit] });
    let made = root.issue(body).await;
    let text = |pointer: &str| made.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    (text("/key/id"), text("/secret"))
}

fn authorize(server: &Clocked, secret: &str, query: &str) -> Request {
    server.get(&format!("/v1/authorize{query}")).bearer(secret)
}

#[tokio::test]
async fn refusals_of_one_key_in_one_operation_and_minute_are_one_event_with_their_number() {
    let server = Clocked::start().await;
    let (known, secret) = control(&server, &[]).await;
    let start = end(&server).await;
    let list = || server.get("/v1/keys").bearer(&secret);
    let first = list().send().await.expect(403);
    for _ in 1..30 {
        list().send().await.expect(403);
    }
    let users = server.get("/v1/users").bearer(&secret);
    let other = users.send().await.expect(403);
    server.advance_ms(59_999);
    assert_eq!(said_since(&server, start).await, [json!(null); 0]);
    server.advance_ms(1);
    let next = list().send().await.expect(403);
    let expected = [
        known.denied(&first, "ReadKey: INSUFFICIENT_SCOPE (30 times)"),
        known.denied(&other, "ReadOwner: INSUFFICIENT_SCOPE"),
    ];
    assert_eq!(said_since(&server, start).await, expected);
    let start = end(&server).await;
    let expected = [known.denied(&next, "ReadKey: INSUFFICIENT_SCOPE")];
    assert_eq!(told_since(&server, start).await, expected);
    server.finish().await;
}

#[tokio::test]
async fn a_refusal_spends_no_window() {
    let server = Clocked::start().await;
    let root = server.root();
    let (key_id, secret) = limited_key(&root, &root.user().await).await;
    let verify = json!({ "key": secret, "scopes": ["not-mine"] });
    for _ in 0..3 {
        let refused = authorize(&server, &secret, "?scope=not-mine").send().await;
        refused.expect(403);
        let verdict = root
            .post("/v1/keys/verify", verify.clone())
            .await
            .expect(200);
        assert_eq!(verdict.string("/code"), "INSUFFICIENT_SCOPE");
    }
    super::patch_key(&root, &key_id, super::elsewhere()).await;
    authorize(&server, &secret, "").send().await.expect(403);
    super::patch_key(&root, &key_id, json!({ "ip_allow": ["127.0.0.1"] })).await;
    authorize(&server, &secret, "").send().await.expect(204);
    authorize(&server, &secret, "").send().await.expect(429);
    server.finish().await;
}

/// The flood that once filled disks: keys with a limit that ask for a scope which they lack, and those of an
/// owner that was suspended for it.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_refusals_writes_at_most_a_hundred_events_a_minute() {
    const KEYS: usize = 60;
    let server = Clocked::start().await;
    let root = server.root();
    let (active, suspended) = (root.user().await, root.user().await);
    let mut requests = Vec::new();
    for _ in 0..KEYS {
        let (_, secret) = limited_key(&root, &active).await;
        requests.push(authorize(&server, &secret, "?scope=not-mine"));
        let (_, secret) = limited_key(&root, &suspended).await;
        requests.push(authorize(&server, &secret, ""));
    }
    root.suspend_user(&suspended).await;
    let start = end(&server).await;
    for minute in 1..=2 {
        for _ in 0..10 {
            for request in &requests {
                request.clone().send().await.expect(403);
            }
        }
        server.advance_s(60);
        let events = since(&server, start).await;
        let told = &events[events.len() * (minute - 1) / minute..];
        for owner in [&active, &suspended] {
            let of_owner = told.iter().filter(|event| event["owner_id"] == owner.id);
            let of_owner: Vec<&Value> = of_owner.collect();
            let (rest, others) = of_owner.split_last().unwrap();
            assert_eq!(others.len(), TOLD_OF_OWNER_MAX);
            assert!(
                others
                    .iter()
                    .all(|event| event["detail"].as_str().unwrap().ends_with(" (10 times)")),
                "{others:?}"
            );
            let said = ["actor", "action", "outcome"].map(|member| rest[member].clone());
            assert_eq!(said, ["server", "access.denied", "denied"]);
            let beyond = format!(" ({} times)", 10 * (KEYS - TOLD_OF_OWNER_MAX));
            let detail = rest["detail"].as_str().unwrap();
            assert!(
                detail.starts_with("Others: ") && detail.ends_with(&beyond),
                "{detail}"
            );
        }
        assert_eq!(told.len(), 2 * (TOLD_OF_OWNER_MAX + 1));
    }
    server.finish().await;
}

#[tokio::test]
async fn every_reason_is_told_in_the_one_event_of_a_key() {
    let server = Clocked::start().await;
    let root = server.root();
    let user = root.user().await;
    let (key_id, secret) = limited_key(&root, &user).await;
    let start = end(&server).await;
    let first = authorize(&server, &secret, "?scope=a")
        .send()
        .await
        .expect(403);
    super::patch_key(&root, &key_id, super::elsewhere()).await;
    for _ in 0..2 {
        authorize(&server, &secret, "").send().await.expect(403);
    }
    let more = json!({
        "target_id": key_id,
        "owner_id": user.id,
        "detail": "Authorize: INSUFFICIENT_SCOPE, FORBIDDEN_IP (2 times)",
    });
    let expected = denied(&format!("key:{key_id}"), &first, more);
    let told = told_since(&server, start).await;
    assert_eq!(told.last(), Some(&expected), "{told:?}");
    server.finish().await;
}
