//! What is remembered of a key's uses: how many, and the minute of the last one.
//! Leaves credits, which are spent by the same uses, to `credits` and `reservations`.

use serde_json::{Value, json};

use super::{CLIENTS, Key, at_once, per_minute};
use crate::support::{Clocked, Server};

/// The number of uses, and the last one if there was one.
async fn used(key: &Key) -> (i64, Option<String>) {
    told(&key.read().await)
}

fn told(key: &Value) -> (i64, Option<String>) {
    let last = key.get("last_used_at").map(|at| at.as_str().unwrap());
    (key["uses"].as_i64().unwrap(), last.map(str::to_owned))
}

#[tokio::test]
async fn a_use_is_seen_at_once_and_to_the_minute() {
    let server = Clocked::start().await;
    let key = Key::with(&server, json!({})).await;
    assert_eq!(used(&key).await, (0, None));
    let at = |time: &str| Some(format!("2026-03-15T{time}.000Z"));
    assert_eq!(key.code(1).await, "VALID");
    assert_eq!(used(&key).await, (1, at("12:00:00")));
    server.advance_ms(59_999);
    key.authorize("").send().await.expect(204);
    assert_eq!(used(&key).await, (2, at("12:00:00")));
    server.advance_ms(1);
    assert_eq!(
        used(&key).await,
        (2, at("12:00:00")),
        "time alone is no use"
    );
    assert_eq!(key.code(1).await, "VALID");
    assert_eq!(used(&key).await, (3, at("12:01:00")));
    let batch = json!({ "requests": vec![json!({ "key": key.secret }); 5] });
    let root = server.root();
    root.post("/v1/keys/verify-batch", batch).await.expect(200);
    assert_eq!(used(&key).await, (8, at("12:01:00")));
    let target = format!("/v1/keys?owner_id={}&kind=standard", key.owner_id);
    let listed = root.get(&target).await.expect(200).json();
    assert_eq!(told(&listed["items"][0]), (8, at("12:01:00")));
    assert_eq!(
        told(&key.patch(json!({ "name": "a" })).await),
        (8, at("12:01:00"))
    );
    let target = format!("{}/revoke", key.target());
    let revoked = root.request("POST", &target).send().await.expect(200);
    assert_eq!(told(&revoked.json()), (8, at("12:01:00")));
    server.finish().await;
}

#[tokio::test]
async fn no_use_is_told_to_lie_before_its_key_was_made() {
    let server = Clocked::start().await;
    server.advance_ms(31_500);
    let key = Key::with(&server, json!({})).await;
    assert_eq!(key.code(1).await, "VALID");
    let made = "2026-03-15T12:00:31.500Z";
    assert_eq!(key.read().await["created_at"], made);
    assert_eq!(used(&key).await, (1, Some(made.to_owned())));
    server.advance_ms(28_500);
    assert_eq!(key.code(1).await, "VALID");
    let minute = "2026-03-15T12:01:00.000Z".to_owned();
    assert_eq!(used(&key).await, (2, Some(minute)));
    server.finish().await;
}

#[tokio::test]
async fn only_what_is_found_valid_is_a_use() {
    let server = Clocked::with(json!({ "authorize": { "kinds": ["named"] } })).await;
    let organization = server.root().organization().await;
    let members = json!({
        "kind": "named", "name": "first",
        "credits": { "remaining": 2 },
        "rate_limits": [per_minute("calls", 60, 3)],
        "ip_allow": ["127.0.0.1"],
    });
    let key = Key::of(&server, &organization.id, members).await;
    let here = |cost: i64| json!({ "client_ip": "127.0.0.1", "cost": cost });
    assert_eq!(key.judged(here(0)).await["code"], "VALID");
    assert_eq!(key.judged(here(2)).await["code"], "VALID");
    assert_eq!(used(&key).await.0, 2, "a use that costs nothing is one");
    server.advance_s(3_600);
    let before = used(&key).await;
    assert_eq!(key.judged(here(4)).await["code"], "RATE_LIMITED");
    assert_eq!(key.judged(here(3)).await["code"], "CREDITS_EXHAUSTED");
    assert_eq!(key.judged(json!({})).await["code"], "FORBIDDEN_IP");
    let scope = json!({ "client_ip": "127.0.0.1", "scopes": ["other"] });
    assert_eq!(key.judged(scope).await["code"], "INSUFFICIENT_SCOPE");
    key.authorize("?cost=4").send().await.expect(429);
    key.authorize("?scope=other").send().await.expect(403);
    let list = server.get("/v0/api_keys").bearer(&key.secret);
    list.send().await.expect(200);
    key.patch(json!({ "enabled": false })).await;
    assert_eq!(key.judged(here(0)).await["code"], "DISABLED");
    assert_eq!(used(&key).await, before);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_uses_of_sixty_four_clients_are_all_counted() {
    let server = Clocked::start().await;
    let key = Key::with(&server, json!({})).await;
    for turn in 1..=2 {
        let both = [key.question(json!({})), key.authorize("")];
        at_once(both.into_iter().cycle().take(CLIENTS)).await;
        assert_eq!(used(&key).await.0, turn * 64);
    }
    server.finish().await;
}

#[tokio::test]
async fn a_successor_begins_unused_and_its_predecessor_counts_on() {
    let server = Clocked::start().await;
    let old = Key::with(&server, json!({})).await;
    assert_eq!(old.code(1).await, "VALID");
    let (answer, new) = old.rotated(60).await;
    assert_eq!(told(&answer["key"]), (0, None));
    assert_eq!(old.code(1).await, "VALID");
    assert_eq!(new.code(1).await, "VALID");
    assert_eq!((used(&old).await.0, used(&new).await.0), (2, 1));
    server.advance_s(60);
    assert_eq!(old.code(1).await, "REPLACED");
    assert_eq!(used(&old).await.0, 2);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clean_end_keeps_uses_and_the_last_of_them() {
    let server = Server::start();
    let key = Key::with(&server, json!({})).await;
    at_once(vec![key.authorize(""); CLIENTS]).await;
    let before = used(&key).await;
    assert_eq!(before.0, 64);
    assert!(before.1.is_some());
    let server = Server::on(&server.finish(), &[]);
    let key = key.at(&server);
    assert_eq!(used(&key).await, before);
    key.authorize("").send().await.expect(204);
    assert_eq!(used(&key).await.0, 65);
    let server = Server::on(&server.finish(), &[]);
    assert_eq!(used(&key.at(&server)).await.0, 65);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_uses_of_more_keys_than_are_written_down_at_once_are_all_kept() {
    let server = Server::start();
    let owner = server.root().user().await;
    let members = json!({ "kind": "standard", "owner_id": owner.id });
    let mut secrets = Vec::new();
    for _ in 0..21 {
        let mint = server.root().request("POST", "/v1/keys").json(&members);
        for answer in at_once(vec![mint; 50]).await {
            secrets.push(answer.expect(201).json()["secret"].clone());
        }
    }
    for part in secrets.chunks(100) {
        let requests: Vec<_> = part.iter().map(|key| json!({ "key": key })).collect();
        let root = server.root();
        root.post("/v1/keys/verify-batch", json!({ "requests": requests }))
            .await
            .expect(200);
    }
    let server = Server::on(&server.finish(), &[]);
    let mut target = format!("/v1/keys?owner_id={}&kind=standard&limit=100", owner.id);
    let mut kept = 0;
    loop {
        let page = server.root().get(&target).await.expect(200).json();
        let items = page["items"].as_array().unwrap();
        kept += items.iter().filter(|key| key["uses"] == 1).count();
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        target = format!(
            "/v1/keys?owner_id={}&kind=standard&limit=100&cursor={cursor}",
            owner.id
        );
    }
    assert_eq!(kept, 1050);
}
