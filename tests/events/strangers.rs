//! Answers to unknown callers: counted, and told when their minute is over.

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{end, said_since, told, told_since};
use crate::support::{Answer, Clocked, Request};

/// What the sample says that this answer brought.
fn sample(answer: &Answer, count: usize) -> Value {
    let detail = format!("{count} since the last such event");
    told(
        "anonymous",
        "access.unknown",
        "denied",
        answer,
        json!({ "detail": detail }),
    )
}

fn stranger(server: &Clocked) -> Request {
    server.get("/v1/keys").bearer("unknown")
}

#[tokio::test]
async fn a_thousand_strangers_are_told_as_one_when_their_minute_is_over() {
    let server = Clocked::start().await;
    let first = stranger(&server).send().await.expect(401);
    for _ in 1..1000 {
        stranger(&server).send().await.expect(401);
    }
    server.advance_ms(59_999);
    assert_eq!(end(&server).await, 0);
    server.advance_ms(1);
    assert_eq!(said_since(&server, 0).await, [sample(&first, 1000)]);
    // A new minute alone tells nothing: somebody must come.
    server.advance_s(60);
    assert_eq!(end(&server).await, 1);
    let next = stranger(&server).send().await.expect(401);
    stranger(&server).send().await.expect(401);
    assert_eq!(told_since(&server, 1).await, [sample(&next, 2)]);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_strangers_that_come_at_once_none_is_forgotten() {
    const TIMES: usize = 200;
    let server = Clocked::start().await;
    let mut tasks = JoinSet::new();
    for _ in 0..TIMES {
        tasks.spawn(stranger(&server).send());
    }
    let ids: Vec<Value> = tasks
        .join_all()
        .await
        .into_iter()
        .map(|answer| json!(answer.expect(401).header("x-request-id").unwrap()))
        .collect();
    let told = told_since(&server, 0).await;
    let [event] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert_eq!(event["detail"], "200 since the last such event");
    assert!(ids.contains(&event["request_id"]), "{event}");
    server.finish().await;
}

/// Requests that each contract answers with 401.
async fn unknown_everywhere(server: &Clocked) -> Vec<Request> {
    let root = server.root();
    let (user, organization) = (root.user().await, root.organization().await);
    let (other, client) = (
        root.organization().await,
        root.client_of(&organization).await,
    );
    root.revoke(&user.key_id).await;
    let authorize = |key: &str| server.get("/v1/authorize").bearer(key);
    vec![
        user.request(),
        user.request_with("0c6f3f3e-6a5b-4c39-9d0a-5e6f7a8b9c0d"),
        user.request().without("authorization"),
        user.request().with("authorization", "Digest x"),
        organization.request_with("mFv0Y1pQ8sJ3nXw2Lk7RtB5cHdE="),
        organization.request().without("slashid-api-key"),
        // Known, but not to whom it wants to act for.
        organization.request_with(&other.key),
        server.get("/api-keys").bearer("unknown"),
        server.get("/api-keys").bearer(&client.secret),
        server.get("/v0/api_keys").bearer("apikey:unknown"),
        server.post("/oauth/token").json(&json!({
            "grant_type": "client_credentials",
            "client_id": client.id,
            "client_secret": "unknown",
        })),
        server.get("/v1/users").bearer(&organization.key),
        server.get("/v1/events"),
        authorize("unknown"),
        authorize(&user.key),
        authorize(&root.site.root_key),
        server.get("/v1/authorize"),
        server.get("/v1/authorize").with("authorization", "Bearer"),
    ]
}

#[tokio::test]
async fn strangers_are_counted_in_every_contract() {
    let server = Clocked::start().await;
    let requests = unknown_everywhere(&server).await;
    for (index, request) in requests.into_iter().enumerate() {
        let start = end(&server).await;
        let answer = request.clone().send().await.expect(401);
        request.send().await.expect(401);
        let told = told_since(&server, start).await;
        assert_eq!(told, [sample(&answer, 2)], "request {index}");
    }
    server.finish().await;
}

/// `/v1/keys/verify` is asked by somebody known about somebody who may be unknown.
#[tokio::test]
async fn an_unknown_key_that_is_asked_about_is_no_stranger() {
    let server = Clocked::start().await;
    let root = server.root();
    assert_eq!(root.verdict("unknown").await, "NOT_FOUND");
    assert_eq!(told_since(&server, 0).await, [json!(null); 0]);
    server.finish().await;
}
