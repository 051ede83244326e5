//! `resource` and `audience`: whom a token is for (RFC 8707), and what it opens then.

use serde_json::{Value, json};

use super::{claims, client};
use crate::support::{Answer, Client, Server, assert_answer};

const ISSUER: &str = "https://keys.example.com";
const API: &str = "https://api.example.com";

/// A server that makes tokens for an API, too.
fn server() -> Server {
    Server::with_file(&format!(
        "[tokens]\nissuer = '{ISSUER}'\naudiences = ['{API}', 'billing']\n"
    ))
}

/// The answer to a request for a token as a form, with this at its end.
async fn form(server: &Server, client: &Client, more: &str) -> Answer {
    let body = format!("grant_type=client_credentials{more}");
    let request = server
        .post("/oauth/token")
        .basic(&client.id, &client.secret);
    let request = request.body("application/x-www-form-urlencoded", body);
    request.send().await
}

/// The answer to a request for a token as JSON, with this member.
async fn json(server: &Server, client: &Client, member: &str, value: Value) -> Answer {
    let mut body = json!({ "grant_type": "client_credentials" });
    body[member] = value;
    let request = server
        .post("/oauth/token")
        .basic(&client.id, &client.secret);
    request.json(&body).send().await
}

fn audience(answer: Answer) -> Value {
    claims(&answer.expect(200).string("/access_token"))["aud"].clone()
}

#[tokio::test]
async fn a_token_for_somebody_unknown_is_refused_in_the_words_of_rfc_8707() {
    let server = Server::start();
    let client = client(&server).await;
    assert_answer!(form(&server, &client, "&resource=https://api.example.com").await, @r#"
    {
      "body": {
        "error": "invalid_target",
        "error_description": "resource and audience must be the issuer or one of tokens.audiences"
      },
      "headers": {
        "content-type": "application/json",
        "x-request-id": "[request id]"
      },
      "status": 400
    }
    "#);
    let issuer = server.issuer_url("");
    for more in [
        format!("&audience={API}"),
        format!("&resource={issuer}&resource={API}"),
        format!("&resource={issuer}&audience={API}"),
        format!("&resource={issuer}/"),
        format!("&resource={}", issuer.to_uppercase()),
    ] {
        let refused = form(&server, &client, &more).await.expect(400);
        assert_eq!(refused.string("/error"), "invalid_target", "{more}");
    }
    for member in ["resource", "audience"] {
        let refused = json(&server, &client, member, json!(API)).await.expect(400);
        assert_eq!(refused.string("/error"), "invalid_target", "{member}");
    }
}

#[tokio::test]
async fn a_token_is_for_whom_it_was_asked_for_and_else_for_the_issuer() {
    let server = server();
    let client = client(&server).await;
    for (more, expected) in [
        (String::new(), json!(ISSUER)),
        ("&resource=&audience=".to_owned(), json!(ISSUER)),
        (format!("&resource={ISSUER}"), json!(ISSUER)),
        (format!("&resource={API}"), json!(API)),
        (format!("&audience={API}&resource={API}"), json!(API)),
        ("&audience=billing".to_owned(), json!("billing")),
        (
            format!("&resource={API}&resource={ISSUER}&resource={API}"),
            json!([ISSUER, API]),
        ),
        (
            format!("&audience=billing&resource={API}"),
            json!([API, "billing"]),
        ),
    ] {
        assert_eq!(
            audience(form(&server, &client, &more).await),
            expected,
            "{more}"
        );
    }
    for member in ["resource", "audience"] {
        let answer = json(&server, &client, member, json!(API)).await;
        assert_eq!(audience(answer), json!(API), "{member}");
    }
}

#[tokio::test]
async fn a_token_opens_the_contracts_only_if_it_is_for_the_issuer_too() {
    let server = server();
    let client = client(&server).await;
    for (more, status) in [
        (format!("&resource={API}"), 401),
        (format!("&resource={API}&audience=billing"), 401),
        (format!("&resource={API}&resource={ISSUER}"), 200),
        (String::new(), 200),
    ] {
        let token = form(&server, &client, &more).await.expect(200);
        let token = token.string("/access_token");
        for target in ["/api-keys", "/v0/api_keys"] {
            // Whether it was seen before does not matter.
            for _ in 0..2 {
                let answer = server.get(target).bearer(&token).send().await;
                assert_eq!(answer.status, status, "{target} {more}");
            }
        }
    }
}

/// The name of the issuer follows the address that clients use; a token keeps the one it was made under.
#[tokio::test]
async fn a_token_that_was_made_under_another_name_of_the_issuer_goes_on_working() {
    let server = Server::with(&[("tokens.issuer", "https://old.example.com")]);
    let token = client(&server).await.token().await.token;
    let server = Server::on(&server.finish(), &[("tokens.issuer", ISSUER)]);
    for target in ["/api-keys", "/v0/api_keys"] {
        server.get(target).bearer(&token).send().await.expect(200);
    }
}

#[tokio::test]
async fn a_target_that_is_no_text_is_refused_and_not_taken_for_none() {
    let server = server();
    let client = client(&server).await;
    for value in [json!(null), json!([API]), json!(1), json!({ "a": API })] {
        for member in ["resource", "audience"] {
            let refused = json(&server, &client, member, value.clone())
                .await
                .expect(400);
            assert_eq!(
                refused.string("/error"),
                "invalid_request",
                "{member} {value}"
            );
            let says = format!("{member} must be a string");
            assert_eq!(refused.string("/error_description"), says);
        }
    }
}

#[tokio::test]
async fn a_token_ends_with_its_key_for_whomever_it_is() {
    let server = server();
    let root = server.root();
    let organization = root.organization().await;
    let end_s = jiff::Timestamp::now().as_second() + 600;
    let end = jiff::Timestamp::from_second(end_s).unwrap().to_string();
    let wish = json!({
        "kind": "client", "owner_id": organization.id, "name": "short", "expires_at": end,
    });
    let client = root.client(wish).await;
    let answer = form(&server, &client, &format!("&resource={API}")).await;
    let answer = answer.expect(200);
    let claims = claims(&answer.string("/access_token"));
    assert_eq!(claims["exp"], end_s);
    let left_s = end_s - claims["iat"].as_i64().unwrap();
    assert_eq!(answer.json()["expires_in"], left_s);
}
