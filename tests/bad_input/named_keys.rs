//! `POST /v0/api_keys`: bodies, names and content types.
//! Leaves credentials to `credentials`.

use serde_json::{Value, json};

use super::{Case, bodies, refuse};
use crate::support::{NamedHolder, Server};

async fn holder(server: &Server) -> NamedHolder {
    let organization = server.root().organization().await;
    server.root().named_of(&organization).await
}

#[tokio::test]
async fn a_named_key_body_that_is_no_object_with_a_name_is_refused() {
    let server = Server::start();
    let request = holder(&server).await.request();
    let mut cases = Vec::new();
    for (what, body, says) in bodies::unreadable() {
        let request = request.clone().body("application/json", body);
        cases.push(Case::new(what, request, 400, &[says]));
    }
    for len in [1 << 20, bodies::BODY_LEN_MAX + 1] {
        let long = request
            .clone()
            .body("application/json", bodies::padded(len));
        cases.push(Case::new(
            format!("{len} bytes"),
            long,
            400,
            &["body", "65536"],
        ));
    }
    for name in [
        json!(1),
        json!(null),
        json!(true),
        json!(["x"]),
        json!({ "name": "x" }),
    ] {
        let request = request.clone().json(&json!({ "name": name }));
        cases.push(Case::new(
            format!("the name {name}"),
            request,
            400,
            &["name", "string"],
        ));
    }
    let misspelt = request.clone().json(&json!({ "Name": "x" }));
    cases.push(Case::new(
        "a name in another case",
        misspelt,
        400,
        &["name"],
    ));
    cases.push(Case::new(
        "an empty object",
        request.clone().json(&json!({})),
        400,
        &["name"],
    ));
    refuse(&server, cases).await;
    let longest = request.body("application/json", bodies::padded(bodies::BODY_LEN_MAX));
    longest.send().await.expect(201);
}

#[tokio::test]
async fn a_body_that_cannot_be_read_has_its_own_code_and_null_details() {
    let server = Server::start();
    let request = holder(&server).await.request();
    for (what, body, _) in bodies::unreadable() {
        let answer = request
            .clone()
            .body("application/json", body)
            .send()
            .await
            .expect(400);
        let expected = (json!("InvalidRequestBody"), Value::Null);
        assert_eq!(
            (
                answer.json()["error_code"].clone(),
                answer.json()["details"].clone()
            ),
            expected,
            "{what}"
        );
    }
}

#[tokio::test]
async fn a_name_that_breaks_a_rule_is_refused_with_the_first_rule_it_breaks() {
    let server = Server::start();
    let holder = holder(&server).await;
    let long = "a".repeat(101);
    let wide = "\u{1F511}".repeat(100);
    for (name, code, details) in [
        ("", "EmptyName", Value::Null),
        (
            long.as_str(),
            "TooLongName",
            json!({ "name": long, "length": 101, "maximum": 100 }),
        ),
        (
            wide.as_str(),
            "TooLongName",
            json!({ "name": wide, "length": 400, "maximum": 100 }),
        ),
        ("a.b", "NameDoesNotMatchPattern", unmatched("a.b")),
        ("a\n", "NameDoesNotMatchPattern", unmatched("a\n")),
        ("\na", "NameDoesNotMatchPattern", unmatched("\na")),
        (" ", "NameDoesNotMatchPattern", unmatched(" ")),
        ("\u{a0}", "NameDoesNotMatchPattern", unmatched("\u{a0}")),
        ("\u{feff}", "NameDoesNotMatchPattern", unmatched("\u{feff}")),
        ("\u{2003}", "NameDoesNotMatchPattern", unmatched("\u{2003}")),
        ("\u{85}", "NameDoesNotMatchPattern", unmatched("\u{85}")),
        (
            "caf\u{e9}",
            "NameDoesNotMatchPattern",
            unmatched("caf\u{e9}"),
        ),
        ("\u{0661}", "NameDoesNotMatchPattern", unmatched("\u{0661}")),
    ] {
        let answer = holder.create(name).await.expect(400);
        let mut found = answer.json()["details"].clone();
        if let Some(found) = found.as_object_mut() {
            found.remove("pattern_description");
        }
        assert_eq!(
            (answer.string("/error_code"), found),
            (code.to_owned(), details),
            "{name:?}"
        );
    }
}

fn unmatched(name: &str) -> Value {
    json!({ "name": name, "pattern": "^[a-zA-Z0-9_-]+$" })
}

#[tokio::test]
async fn a_refused_name_changes_nothing_and_says_the_remedy() {
    let server = Server::start();
    let request = holder(&server).await.request();
    let name = |name: &str| request.clone().json(&json!({ "name": name }));
    refuse(
        &server,
        vec![
            Case::new("empty", name(""), 400, &["name", "empty"]),
            Case::new("too long", name(&"a".repeat(101)), 400, &["name", "100"]),
            Case::new("a dot", name("a.b"), 400, &["name", "letters"]),
            Case::new("U+0000", name("a\u{0}"), 400, &["name"]),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_named_key_name_at_its_limit_is_fine() {
    let server = Server::start();
    let holder = holder(&server).await;
    for name in ["a", &"a".repeat(100), "-", "_", "A-1_z"] {
        holder.create(name).await.expect(201);
    }
}

#[tokio::test]
async fn unknown_members_of_a_named_key_are_ignored() {
    let server = Server::start();
    let body = json!({ "name": "x", "scopes": ["Read"], "id": "y", "": { "deep": [1] } });
    let made = holder(&server)
        .await
        .request()
        .json(&body)
        .send()
        .await
        .expect(201);
    let target = format!("/v1/keys/{}", made.string("/id"));
    let scopes = server.root().get(&target).await.expect(200).json()["scopes"].clone();
    assert_eq!(scopes, json!(["Read", "Write"]));
}

#[tokio::test]
async fn a_named_key_body_must_say_that_it_is_json() {
    let server = Server::start();
    let request = holder(&server).await.request();
    let body = r#"{"name":"x"}"#;
    let says = ["Content-Type", "application/json"];
    let mut cases = Vec::new();
    for media in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonp",
        "json",
        "",
    ] {
        cases.push(Case::new(
            media,
            request.clone().body(media, body),
            400,
            &says,
        ));
    }
    let missing = request.clone().body("x", body).without("content-type");
    cases.push(Case::new("missing", missing, 400, &says));
    refuse(&server, cases).await;
    request
        .body("application/json; charset=utf-8", body)
        .send()
        .await
        .expect(201);
}
