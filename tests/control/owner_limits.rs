//! The rate limits that all keys of an owner share: how they are given, changed and answered.
//! Leaves limits that break a rule to `bad_input`.

use serde_json::{Value, json};

use crate::support::Clocked;

/// Where owners of both kinds are made, and with what.
fn owners() -> [(&'static str, Value); 2] {
    [
        ("/v1/users", json!({})),
        ("/v1/organizations", json!({ "name": "Example Works" })),
    ]
}

fn with(body: &Value, limits: &Value) -> Value {
    let mut body = body.clone();
    body["rate_limits"] = limits.clone();
    body
}

#[tokio::test]
async fn an_owner_is_made_with_limits_and_answered_with_their_bursts() {
    let server = Clocked::start().await;
    let root = server.root();
    let sent = json!([
        { "name": "second", "limit": 10, "window_seconds": 1, "burst": 3 },
        { "name": "month", "limit": 5000, "window_seconds": 2_592_000 },
        { "name": "closed", "limit": 0, "window_seconds": 60 },
    ]);
    let answered = json!([
        { "name": "second", "limit": 10, "window_seconds": 1, "burst": 3 },
        { "name": "month", "limit": 5000, "window_seconds": 2_592_000, "burst": 5000 },
        { "name": "closed", "limit": 0, "window_seconds": 60, "burst": 1 },
    ]);
    for (path, body) in owners() {
        let made = root.post(path, with(&body, &sent)).await.expect(201);
        assert_eq!(made.json()["rate_limits"], answered, "{path}");
        let read = root.get(&format!("{path}/{}", made.string("/id"))).await;
        assert_eq!(read.expect(200).json()["rate_limits"], answered, "{path}");
    }
    server.finish().await;
}

#[tokio::test]
async fn an_owner_without_limits_says_so() {
    let server = Clocked::start().await;
    for (path, body) in owners() {
        for body in [body.clone(), with(&body, &json!([]))] {
            let made = server.root().post(path, body).await.expect(201);
            assert_eq!(made.json()["rate_limits"], json!([]), "{path}");
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn limits_that_are_sent_take_the_place_of_all_others() {
    let server = Clocked::start().await;
    let root = server.root();
    let old = json!([
        { "name": "a", "limit": 1, "window_seconds": 1, "burst": 1 },
        { "name": "b", "limit": 2, "window_seconds": 2, "burst": 2 },
    ]);
    let new = json!([{ "name": "b", "limit": 7, "window_seconds": 60, "burst": 9 }]);
    for (path, body) in owners() {
        let made = root.post(path, with(&body, &old)).await.expect(201);
        let mut expected = made.json();
        expected.as_object_mut().unwrap().remove("key");
        let target = format!("{path}/{}", made.string("/id"));
        for (patch, limits) in [
            (json!({ "rate_limits": new }), &new),
            (json!({ "remove": ["rate_limits"] }), &json!([])),
        ] {
            server.advance_s(1);
            let changed = root.patch(&target, patch).await;
            let changed = changed.expect(200).json();
            assert_ne!(changed["updated_at"], expected["updated_at"]);
            expected["updated_at"] = changed["updated_at"].clone();
            expected["rate_limits"] = limits.clone();
            assert_eq!(changed, expected, "{path}");
            assert_eq!(root.get(&target).await.expect(200).json(), expected);
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn another_change_leaves_the_limits_and_none_leaves_everything() {
    let server = Clocked::start().await;
    let root = server.root();
    let limits = json!([{ "name": "a", "limit": 1, "window_seconds": 1, "burst": 1 }]);
    for (path, body) in owners() {
        let made = root.post(path, with(&body, &limits)).await.expect(201);
        let target = format!("{path}/{}", made.string("/id"));
        let changed = root.patch(&target, json!({ "suspended": true })).await;
        assert_eq!(changed.expect(200).json()["rate_limits"], limits, "{path}");
        let before = root.get(&target).await.expect(200).json();
        server.advance_s(1);
        let answer = root.patch(&target, json!({})).await.expect(200);
        assert_eq!(answer.json(), before, "{path}");
        assert_eq!(root.get(&target).await.expect(200).json(), before);
    }
    server.finish().await;
}

#[tokio::test]
async fn a_refused_change_of_an_owner_changes_none_of_its_members() {
    let server = Clocked::start().await;
    let root = server.root();
    let body = json!({ "email": "ada@example.com", "plan": "gold" });
    let made = root.post("/v1/users", body).await.expect(201);
    let target = format!("/v1/users/{}", made.string("/id"));
    let before = root.get(&target).await.expect(200).json();
    server.advance_s(1);
    let patch = json!({
        "suspended": true,
        "plan": "free",
        "email": "b@example.com",
        "rate_limits": [
            { "name": "a", "limit": 1, "window_seconds": 1 },
            { "name": "a", "limit": 2, "window_seconds": 1 },
        ],
    });
    let answer = root.patch(&target, patch).await.expect(422);
    assert_eq!(answer.string("/errors/0/pointer"), "/rate_limits/1/name");
    assert_eq!(root.get(&target).await.expect(200).json(), before);
    server.finish().await;
}

/// Another limit under the same `Idempotency-Key` is another request.
#[tokio::test]
async fn a_retry_with_other_limits_is_no_retry() {
    let server = Clocked::start().await;
    let root = server.root();
    let limits = |count: u32| json!([{ "name": "a", "limit": count, "window_seconds": 1 }]);
    for (path, body) in owners() {
        let send = async |limits: Value| {
            let request = root.request("POST", path).json(&with(&body, &limits));
            request.header("idempotency-key", path).send().await
        };
        let first = send(limits(1)).await.expect(201);
        assert_eq!(send(limits(1)).await.expect(201).json(), first.json());
        send(limits(2)).await.expect(422);
        send(json!([])).await.expect(422);
    }
    server.finish().await;
}

/// Many a client sends its lists unasked, and would lift the limits of whatever it changes.
#[tokio::test]
async fn an_empty_list_of_limits_is_refused_and_names_remove() {
    let server = Clocked::start().await;
    let root = server.root();
    let old = json!([{ "name": "a", "limit": 1, "window_seconds": 1, "burst": 1 }]);
    for (path, body) in owners() {
        let made = root.post(path, with(&body, &old)).await.expect(201);
        let target = format!("{path}/{}", made.string("/id"));
        for (patch, pointer, says) in [
            (
                json!({ "suspended": true, "rate_limits": [] }),
                "/rate_limits",
                "rate_limits is empty: leave it out, or name it in remove to take it away",
            ),
            (
                json!({ "rate_limits": old, "remove": ["rate_limits"] }),
                "/remove",
                "rate_limits is sent and removed at once: do one of them",
            ),
            (
                json!({ "remove": ["rate_limits", "rate_limits"] }),
                "/remove",
                "remove names rate_limits twice: name it once",
            ),
            (
                json!({ "remove": ["email"] }),
                "/remove/0",
                "remove/0 must be `rate_limits`",
            ),
        ] {
            let refused = root.patch(&target, patch).await.expect(422);
            assert_eq!(refused.string("/errors/0/pointer"), pointer, "{path}");
            assert_eq!(refused.string("/detail"), says, "{path}");
        }
        let now = root.get(&target).await.expect(200).json();
        assert_eq!(
            (&now["rate_limits"], &now["suspended"]),
            (&old, &json!(false))
        );
    }
    server.finish().await;
}
