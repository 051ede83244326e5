//! Instants in bodies: all that RFC 3339 allows, and nothing else.

use serde_json::json;

use crate::support::{Operator, Server, database};

#[tokio::test]
async fn an_end_may_be_any_instant_of_rfc_3339() {
    let server = Server::start();
    let root = server.root();
    let owner = root.user().await;
    for (sent, answered) in [
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59.000Z"),
        (
            "9999-12-31T23:59:59.99999999999999999999Z",
            "9999-12-31T23:59:59.999Z",
        ),
        ("9999-12-30T22:00:01Z", "9999-12-30T22:00:01.000Z"),
        (
            "2100-02-28t23:30:00.0000000001z",
            "2100-02-28T23:30:00.000Z",
        ),
        ("2100-01-01T00:00:00+23:59", "2099-12-31T00:01:00.000Z"),
        ("2100-01-01T00:00:00-23:59", "2100-01-01T23:59:00.000Z"),
        ("2100-06-30T23:59:60Z", "2100-06-30T23:59:59.999Z"),
    ] {
        let body = json!({ "kind": "standard", "owner_id": owner.id, "expires_at": sent });
        let made = root.issue(body).await;
        assert_eq!(made["key"]["expires_at"], answered, "{sent}");
        let secret = made["secret"].as_str().unwrap();
        assert_eq!(root.verdict(secret).await, "VALID");
        let target = format!("/v1/keys/{}", made["key"]["id"].as_str().unwrap());
        let read = root.get(&target).await.expect(200).json();
        assert_eq!(read["expires_at"], answered);
        let patched = root.patch(&target, json!({ "expires_at": answered })).await;
        assert_eq!(patched.expect(200).json()["expires_at"], answered);
    }
    let page = root.get(&format!("/v1/keys?owner_id={}", owner.id)).await;
    page.expect(200);
}

#[tokio::test]
async fn what_is_no_instant_of_rfc_3339_is_refused() {
    let server = Server::start();
    let root = server.root();
    let owner = root.user().await;
    let before = database::state(server.folder());
    for sent in [
        "2100-01-01T10:00:00+05:00[Europe/Paris]",
        "2100-01-01T10:00:00Z[UTC]",
        "2100-01-01T10:00:00+25:59",
        "2100-01-01T10:00:00+24:00",
        "2100-01-01T10:00:00+00",
        "2100-01-01T10:00:00+0000",
        "21000101T000000Z",
        "2100-01-01T00Z",
        "2100-01-01T00:00Z",
        "2100-01-01T00:00:00,5Z",
        "2100-01-01 00:00:00Z",
        "2100-01-01T00:00:00",
        "2100-01-01T00:00:60Z",
        "2100-03-31T23:59:60Z",
        "2100-02-29T00:00:00Z",
        "9999-12-31T23:59:59-00:01",
    ] {
        let body = json!({ "kind": "standard", "owner_id": owner.id, "expires_at": sent });
        let answer = root.post("/v1/keys", body).await;
        assert_eq!(answer.status, 422, "{sent}: {}", answer.text());
        assert_eq!(
            answer.json()["errors"],
            json!([{
                "pointer": "/expires_at",
                "detail": "expires_at must be an instant with its zone, as in 2030-01-31T12:00:00Z",
            }])
        );
    }
    assert_eq!(database::state(server.folder()), before);
}

#[tokio::test]
async fn the_command_line_writes_and_shows_the_last_instant_of_all() {
    let server = Server::start();
    let owner = server.root().user().await;
    let operator = Operator::of(&server);
    let end = "9999-12-31T23:59:59Z";
    let line = format!(
        "keys create --kind standard --owner {} --expires {end}",
        owner.id
    );
    let made = operator.json(&line);
    assert_eq!(made["key"]["expires_at"], end);
    let id = made["key"]["id"].as_str().unwrap();
    let shown = operator.run(&format!("keys show {id}"));
    assert!(shown.stdout.contains(end), "{}", shown.stdout);
}
