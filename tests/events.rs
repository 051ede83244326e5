//! `GET /v1/events`: who did what, who was refused, and how the list is read.
//! Leaves queries that break a rule to `bad_input`.

mod changes;
mod deletions;
mod filters;
mod pages;
mod quiet;
mod refusals;
mod requests;
mod retention;
mod strangers;
mod tail;

use serde_json::{Value, json};

use crate::support::site::Site;
use crate::support::{Answer, Clocked, assert_answer};

/// Where the operator's and everybody else's requests come from in these tests.
const ADDRESS: &str = "127.0.0.1";

/// A page of events.
async fn page(site: &Site, query: &str) -> (Vec<Value>, Option<String>) {
    let page = site.root().get(&format!("/v1/events?{query}")).await;
    let page = page.expect(200).json();
    let cursor = page["next_cursor"].as_str().map(ToOwned::to_owned);
    (page["items"].as_array().unwrap().clone(), cursor)
}

/// All events behind a position, oldest first.
async fn since(site: &Site, position: i64) -> Vec<Value> {
    let mut events = Vec::new();
    loop {
        let (page, _) = page(
            site,
            &format!("limit=100&after={}", at_least(&events, position)),
        )
        .await;
        if page.is_empty() {
            return events;
        }
        events.extend(page);
    }
}

fn at_least(events: &[Value], position: i64) -> i64 {
    events.last().map_or(position, position_of)
}

fn position_of(event: &Value) -> i64 {
    event["position"].as_i64().unwrap()
}

/// The position of the last event so far; 0 if there is none.
async fn end(site: &Site) -> i64 {
    let (events, _) = page(site, "order=desc&limit=1").await;
    at_least(&events, 0)
}

/// What was said behind a position, apart from where it stands, when it was, and what the server calls the request.
async fn said_since(site: &Site, position: i64) -> Vec<Value> {
    let mut events = since(site, position).await;
    for event in &mut events {
        let members = event.as_object_mut().unwrap();
        members.remove("position").unwrap();
        members.remove("at").unwrap();
        members.remove("server_request_id");
    }
    events
}

/// What was said behind a position once the minute is over: what was counted in it, too.
async fn told_since(server: &Clocked, position: i64) -> Vec<Value> {
    server.advance_s(60);
    said_since(server, position).await
}

/// What an event says of a change that this answer reports, beside `more`.
fn done(actor: &str, action: &str, answer: &Answer, more: Value) -> Value {
    told(actor, action, "done", answer, more)
}

/// What an event says of a refusal that this answer is, beside `more`.
fn denied(actor: &str, answer: &Answer, more: Value) -> Value {
    told(actor, "access.denied", "denied", answer, more)
}

fn told(actor: &str, action: &str, outcome: &str, answer: &Answer, more: Value) -> Value {
    let mut event = more;
    for (member, value) in [
        ("actor", actor),
        ("action", action),
        ("outcome", outcome),
        ("request_id", answer.header("x-request-id").unwrap()),
        ("address", ADDRESS),
    ] {
        event[member] = json!(value);
    }
    event
}

#[tokio::test]
async fn an_event_is_answered_whole() {
    let server = Clocked::start().await;
    let request = server.root().request("POST", "/v1/users");
    let request = request.header("x-request-id", "3f2b8a54-0c6e-4d1f-9a7b-5e8d2c1f0a96");
    let made = request.json(&json!({})).send().await.expect(201);
    let answer = server.root().get("/v1/events").await;
    let event = &answer.json()["items"][0];
    assert_eq!(event["target_id"], made.json()["id"]);
    assert_eq!(event["related_id"], made.json()["key"]["id"]);
    assert_eq!(event["owner_id"], made.json()["id"]);
    assert_eq!(
        event["request_id"],
        json!("3f2b8a54-0c6e-4d1f-9a7b-5e8d2c1f0a96")
    );
    assert_ne!(event["request_id"], event["server_request_id"]);
    let mut whole = answer;
    whole.body = hide(
        &whole.json(),
        &["target_id", "related_id", "server_request_id"],
    );
    assert_answer!(whole, @r#"
    {
      "body": {
        "items": [
          {
            "action": "owner.created",
            "actor": "root",
            "address": "127.0.0.1",
            "at": "2026-03-15T12:00:00.000Z",
            "outcome": "done",
            "owner_id": "[owner id]",
            "position": 1,
            "related_id": "[hidden]",
            "request_id": "[request id]",
            "server_request_id": "[hidden]",
            "target_id": "[hidden]"
          }
        ],
        "next_cursor": "[cursor]"
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 200
    }
    "#);
    server.finish().await;
}

/// The body with these members of its events replaced.
fn hide(body: &Value, members: &[&str]) -> Vec<u8> {
    let mut body = body.clone();
    for event in body["items"].as_array_mut().unwrap() {
        for member in members {
            event[member] = json!("[hidden]");
        }
    }
    body.to_string().into_bytes()
}

#[tokio::test]
async fn before_anything_has_happened_there_is_no_event() {
    let server = Clocked::start().await;
    for query in ["", "order=asc", "order=desc"] {
        assert_eq!(page(&server, query).await, (vec![], None), "{query}");
    }
    server.finish().await;
}

#[tokio::test]
async fn events_are_told_only_to_who_may_read_them() {
    let server = Clocked::start().await;
    let root = server.root();
    let reader = root.control(&["events:read"]).await;
    reader.get("/v1/events").await.expect(200);
    let other = root
        .control(&[
            "keys:verify",
            "keys:read",
            "keys:write",
            "owners:read",
            "owners:write",
        ])
        .await;
    let refused = other.get("/v1/events").await.expect(403);
    assert_eq!(
        refused.string("/detail"),
        "this operation needs the scope events:read"
    );
    server.get("/v1/events").send().await.expect(401);
    server.finish().await;
}
