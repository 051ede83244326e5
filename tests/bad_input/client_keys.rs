//! `POST /api-keys` and `POST /oauth/token`: bodies, names and content types.
//! Leaves credentials to `credentials`.

use serde_json::json;

use super::{Case, bodies, refuse};
use crate::support::{Server, TokenHolder};

async fn holder(server: &Server) -> TokenHolder {
    let organization = server.root().organization().await;
    server.root().client_of(&organization).await.token().await
}

#[tokio::test]
async fn a_client_key_body_that_is_no_object_with_a_name_is_refused() {
    let server = Server::start();
    let request = holder(&server).await.request();
    let mut cases = Vec::new();
    for (what, body, says) in bodies::unreadable() {
        let request = request.clone().body("application/json", body);
        cases.push(Case::new(what, request, 400, &[says]));
    }
    let long = request
        .clone()
        .body("application/json", bodies::one_mebibyte());
    cases.push(Case::new("1 MiB", long, 400, &["body", "65536"]));
    let long = request
        .clone()
        .body("application/json", bodies::padded(bodies::BODY_LEN_MAX + 1));
    cases.push(Case::new(
        "one byte too long",
        long,
        400,
        &["body", "65536"],
    ));
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
async fn a_name_that_breaks_a_rule_is_refused_with_the_rule() {
    let server = Server::start();
    let request = holder(&server).await.request();
    let mut cases = Vec::new();
    for (what, name, says) in [
        ("empty", String::new(), ["name", "1 to 100"]),
        ("101 characters", "a".repeat(101), ["name", "1 to 100"]),
        (
            "101 wide characters",
            "\u{1F511}".repeat(101),
            ["name", "1 to 100"],
        ),
        ("spaces", "   ".to_owned(), ["name", "blank"]),
        ("U+00A0", "\u{a0}".to_owned(), ["name", "blank"]),
        ("U+FEFF", "\u{feff}".to_owned(), ["name", "blank"]),
        ("U+2003", "\u{2003}".to_owned(), ["name", "blank"]),
        (
            "line ends",
            "\r\n\u{2028}\u{2029}".to_owned(),
            ["name", "blank"],
        ),
        ("U+0000", "a\u{0}b".to_owned(), ["name", "U+0000"]),
    ] {
        let request = request.clone().json(&json!({ "name": name }));
        cases.push(Case::new(what, request, 400, &says));
    }
    refuse(&server, cases).await;
}

#[tokio::test]
async fn a_client_key_name_at_its_limit_is_fine() {
    let server = Server::start();
    let holder = holder(&server).await;
    for name in [
        "a",
        &"a".repeat(100),
        &"\u{1F511}".repeat(100),
        "\u{85}",
        "a.b",
        "a\n",
        " a ",
    ] {
        let made = holder.create(name).await.expect(201);
        assert_eq!(made.string("/name"), name);
    }
}

#[tokio::test]
async fn a_refused_member_is_pointed_at() {
    let server = Server::start();
    let request = holder(&server).await.request();
    for (body, pointer) in [
        (json!({}), "/name"),
        (json!({ "name": 1 }), "/name"),
        (json!({ "name": "" }), "/name"),
        (json!([]), ""),
    ] {
        let answer = request.clone().json(&body).send().await.expect(400);
        assert_eq!(answer.string("/errors/0/pointer"), pointer, "{body}");
        assert_eq!(answer.string("/code"), "invalid_request");
    }
}

#[tokio::test]
async fn unknown_members_of_a_client_key_are_ignored() {
    let server = Server::start();
    let body = json!({ "name": "x", "scopes": ["a"], "clientId": "y", "": { "deep": [1] } });
    holder(&server)
        .await
        .request()
        .json(&body)
        .send()
        .await
        .expect(201);
}

#[tokio::test]
async fn a_client_key_body_must_say_that_it_is_json() {
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
    for media in ["application/json; charset=utf-8", "Application/JSON"] {
        request.clone().body(media, body).send().await.expect(201);
    }
}

#[tokio::test]
async fn a_token_request_that_cannot_be_read_is_refused() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let client = server.root().client_of(&organization).await;
    let request = client.token_request();
    let form = |body: String| {
        request
            .clone()
            .body("application/x-www-form-urlencoded", body)
    };
    let (id, secret) = (&client.id, &client.secret);
    let proof = format!("client_id={id}&client_secret={secret}");
    let mut cases = vec![
        Case::new("no grant", form(proof.clone()), 400, &["grant_type"]),
        Case::new(
            "an empty grant",
            form(format!("grant_type=&{proof}")),
            400,
            &["grant_type"],
        ),
        Case::new(
            "another grant",
            form(format!("grant_type=authorization_code&{proof}")),
            400,
            &["client_credentials"],
        ),
        Case::new(
            "a grant twice",
            form(format!(
                "grant_type=client_credentials&grant_type=client_credentials&{proof}"
            )),
            400,
            &["grant_type"],
        ),
        Case::new(
            "an unknown scope",
            form(format!(
                "grant_type=client_credentials&scope=everything&{proof}"
            )),
            400,
            &["scope"],
        ),
        Case::new(
            "text",
            request.clone().body("text/plain", "x"),
            400,
            &["Content-Type"],
        ),
        Case::new("1 MiB", form("a".repeat(1 << 20)), 400, &["body", "65536"]),
    ];
    for (what, body, _) in bodies::unreadable() {
        if what != "duplicate members" {
            let request = request.clone().body("application/json", body);
            cases.push(Case::new(what, request, 400, &[]));
        }
    }
    refuse(&server, cases).await;
}
