//! Which request an event comes from: the id that its caller chose, and the one that no caller can choose.

use serde_json::{Value, json};

use super::{page, since};
use crate::support::Clocked;

/// What the caller calls its requests, again and again.
const CHOSEN: &str = "3f2b8a54-0c6e-4d1f-9a7b-5e8d2c1f0a96";

#[tokio::test]
async fn requests_that_share_a_chosen_id_are_told_apart() {
    let server = Clocked::start().await;
    for _ in 0..3 {
        let request = server.root().request("POST", "/v1/users");
        let request = request.header("x-request-id", CHOSEN).json(&json!({}));
        let answer = request.send().await.expect(201);
        assert_eq!(answer.header("x-request-id"), Some(CHOSEN));
    }
    let events = since(&server, 0).await;
    let own: Vec<&Value> = events
        .iter()
        .map(|event| &event["server_request_id"])
        .collect();
    assert!(own.iter().all(|id| id.is_string()), "{own:?}");
    assert!(
        own[0] != own[1] && own[1] != own[2] && own[0] != own[2],
        "{own:?}"
    );
    for event in &events {
        assert_eq!(event["request_id"], json!(CHOSEN));
    }
    server.finish().await;
}

#[tokio::test]
async fn a_request_without_an_id_has_the_one_of_the_server() {
    let server = Clocked::start().await;
    let made = server.root().post("/v1/users", json!({})).await.expect(201);
    let (events, _) = page(&server, "").await;
    let id = json!(made.header("x-request-id").unwrap());
    assert_eq!(
        (&events[0]["request_id"], &events[0]["server_request_id"]),
        (&id, &id)
    );
    server.finish().await;
}

#[tokio::test]
async fn a_refusal_that_was_counted_names_the_first_request_by_both_ids() {
    let server = Clocked::start().await;
    let stranger = || server.get("/v1/keys").bearer("unknown");
    stranger()
        .header("x-request-id", CHOSEN)
        .send()
        .await
        .expect(401);
    stranger().send().await.expect(401);
    server.advance_s(60);
    let events = since(&server, 0).await;
    assert_eq!(events[0]["request_id"], json!(CHOSEN));
    assert!(events[0]["server_request_id"].is_string(), "{events:?}");
    assert_ne!(events[0]["server_request_id"], json!(CHOSEN));
    server.finish().await;
}
