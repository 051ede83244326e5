//! Metadata: answered to the last digit wherever a key is told, or refused with its pointer.

use serde_json::json;

use crate::support::{Answer, Root, Server, database};

/// A member that `serde_json` would take for an instruction.
const RAW: &str = "$serde_json::private::RawValue";

/// Makes a standard key with this text for its metadata.
async fn create(root: &Root, owner_id: &str, metadata: &str) -> Answer {
    let body = format!(r#"{{"kind":"standard","owner_id":"{owner_id}","metadata":{metadata}}}"#);
    let request = root.request("POST", "/v1/keys");
    request.body("application/json", body).send().await
}

/// As many arrays inside each other, within the object's own level.
fn nested(depth: usize) -> String {
    let depth = depth - 1;
    format!(r#"{{"x":{}{}}}"#, "[".repeat(depth), "]".repeat(depth))
}

#[tokio::test]
async fn metadata_is_answered_as_it_was_sent_wherever_a_key_is_told() {
    let server = Server::start();
    let owner = server.root().user().await;
    let mut keys = Vec::new();
    for (sent, kept) in [
        (
            r#"{"b":1,"a":{"d":2,"c":3}}"#,
            r#"{"b":1,"a":{"d":2,"c":3}}"#,
        ),
        (
            r#"{"n":[18446744073709551616,-9223372036854775809,-0,1.0,1e2,0.1000000000000000055]}"#,
            r#"{"n":[18446744073709551616,-9223372036854775809,-0,1.0,1e2,0.1000000000000000055]}"#,
        ),
        ("{ \"a\" :\n[ 1 ,\t2 ] }", r#"{"a":[1,2]}"#),
        (
            r#"{"\u0061":"\u00e9\ud83d\udd11\/ \u0000\"\\"}"#,
            r#"{"a":"é🔑/ \u0000\"\\"}"#,
        ),
        (
            r#"{"":null,"x":[true,false,{},[],""]}"#,
            r#"{"":null,"x":[true,false,{},[],""]}"#,
        ),
        (
            r#"{"x":"{\"$serde_json::private::RawValue\":\"[1, 2]\"}"}"#,
            r#"{"x":"{\"$serde_json::private::RawValue\":\"[1, 2]\"}"}"#,
        ),
        (
            "{\"yaml\":\"a: &a [1, *a]\\n- !!str\\n\"}",
            "{\"yaml\":\"a: &a [1, *a]\\n- !!str\\n\"}",
        ),
    ] {
        let made = create(&server.root(), &owner.id, sent).await.expect(201);
        let told = format!(r#""metadata":{kept}"#);
        assert!(made.text().contains(&told), "{sent}: {}", made.text());
        keys.push((made.string("/key/id"), made.string("/secret"), told));
    }
    let server = Server::on(&server.finish(), &[]);
    let root = server.root();
    for (id, secret, told) in keys {
        let question = json!({ "key": secret });
        let batch = json!({ "requests": [question] });
        for answer in [
            root.get(&format!("/v1/keys/{id}")).await,
            root.get(&format!("/v1/keys?owner_id={}", owner.id)).await,
            root.post("/v1/keys/verify", question).await,
            root.post("/v1/keys/verify-batch", batch).await,
            root.post(&format!("/v1/keys/{id}/rotate"), json!({})).await,
            root.post(&format!("/v1/keys/{id}/revoke"), json!({})).await,
        ] {
            let text = answer.expect(200).text();
            assert!(text.contains(&told), "{told}: {text}");
        }
    }
}

#[tokio::test]
async fn metadata_that_not_everybody_could_read_is_refused_with_its_pointer() {
    let server = Server::start();
    let root = server.root();
    let owner = root.user().await;
    let key = root
        .issue(json!({ "kind": "standard", "owner_id": owner.id, "metadata": { "is": "kept" } }))
        .await;
    let target = format!("/v1/keys/{}", key["key"]["id"].as_str().unwrap());
    let before = database::state(server.folder());
    let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
    let depths = |depth: usize| format!("/metadata/x{}", "/0".repeat(depth - 1));
    for (metadata, pointer) in [
        (format!(r#"{{"{RAW}":"{{}}"}}"#), format!("/metadata/{RAW}")),
        (
            format!(r#"{{"x":{{"{RAW}":"{{\"a\":1}}"}}}}"#),
            format!("/metadata/x/{RAW}"),
        ),
        (
            format!(r#"{{"x":[{{"{RAW}":"hello"}}]}}"#),
            format!("/metadata/x/0/{RAW}"),
        ),
        // Each part is within the limit of a parser, both together are not.
        (
            format!(
                r#"{{"x":{}{{"{RAW}":"{deep}"}}{}}}"#,
                "[".repeat(20),
                "]".repeat(20)
            ),
            format!("/metadata/x{}/{RAW}", "/0".repeat(20)),
        ),
        (
            r#"{"x":{"$serde_json::private::Number":"1"}}"#.to_owned(),
            "/metadata/x/$serde_json::private::Number".to_owned(),
        ),
        (nested(33), depths(32)),
        (nested(126), depths(32)),
        (nested(20_000), depths(32)),
        (
            r#"{"a":{"b":1,"\u0062":2}}"#.to_owned(),
            "/metadata/a/b".to_owned(),
        ),
        (r#"{"a":1,"a":1}"#.to_owned(), "/metadata/a".to_owned()),
        (
            r#"{"a/b":[0,1e400]}"#.to_owned(),
            "/metadata/a~1b/1".to_owned(),
        ),
        (r#"{"a":"\ud800"}"#.to_owned(), "/metadata/a".to_owned()),
        (r#"{"\udc00":1}"#.to_owned(), "/metadata".to_owned()),
        ("[]".to_owned(), "/metadata".to_owned()),
        ("null".to_owned(), "/metadata".to_owned()),
    ] {
        let made = create(&root, &owner.id, &metadata).await;
        let patch = format!(r#"{{"metadata":{metadata}}}"#);
        let patched = root
            .request("PATCH", &target)
            .body("application/json", patch);
        for answer in [made, patched.send().await] {
            let text = answer.text();
            assert_eq!(answer.status, 422, "{metadata:.80}: {text}");
            assert_eq!(answer.string("/errors/0/pointer"), pointer, "{text}");
        }
    }
    assert_eq!(database::state(server.folder()), before);
}

#[tokio::test]
async fn the_deepest_metadata_is_read_listed_rotated_and_ended() {
    let server = Server::start();
    let root = server.root();
    let owner = root.user().await;
    let made = create(&root, &owner.id, &nested(32)).await.expect(201);
    let server = Server::on(&server.finish(), &[]);
    let root = server.root();
    let target = format!("/v1/keys/{}", made.string("/key/id"));
    root.get(&target).await.expect(200);
    root.get("/v1/keys").await.expect(200);
    assert_eq!(root.verdict(&made.string("/secret")).await, "VALID");
    let rotated = root.post(&format!("{target}/rotate"), json!({})).await;
    root.revoke(&rotated.expect(200).string("/key/id")).await;
    let deletion = root.request("DELETE", &format!("/v1/users/{}", owner.id));
    deletion.send().await.expect(204);
}

#[tokio::test]
async fn names_and_addresses_are_answered_as_they_were_sent() {
    let server = Server::start();
    let root = server.root();
    let organization =
        json!({ "name": "\u{feff}{\"$serde_json::private::RawValue\":\"1\"}\t\u{7f}é" });
    let made = root.post("/v1/organizations", organization.clone()).await;
    let id = made.expect(201).string("/id");
    let user = json!({ "email": "\"a b\"\u{1F511}@$&<ex>.example", "plan": "-_0" });
    let made = root.post("/v1/users", user.clone()).await;
    let user_id = made.expect(201).string("/id");
    let key = json!({ "kind": "standard", "owner_id": user_id, "name": "{\"a\":1}\r\n\u{85}\u{2028}", "scopes": ["*:/.-_"] });
    let made = root.issue(key.clone()).await;
    let server = Server::on(&server.finish(), &[]);
    let root = server.root();
    let key_id = made["key"]["id"].as_str().unwrap();
    for (target, sent) in [
        (format!("/v1/organizations/{id}"), organization),
        (format!("/v1/users/{user_id}"), user),
        (format!("/v1/keys/{key_id}"), key),
    ] {
        let read = root.get(&target).await.expect(200).json();
        for (member, value) in sent.as_object().unwrap() {
            assert_eq!(read[member], *value);
        }
    }
}
