//! Owns the proof that clients send the right headers and read each kind of answer.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::{JoinHandle, spawn};

use super::{client_keys, control, named_keys, organization_key, user_key};
use crate::Error;
use user_key::types::{ApiVersion, GenerateUserKeyError};

/// Answers one request with these words; returns the base URL, and the request once it was read.
fn answering(status: &str, headers: &str, body: &str) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    let request = spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let request = read_request(&mut stream);
        stream.write_all(answer.as_bytes()).unwrap();
        request
    });
    (base_url, request)
}

fn read_request(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return text;
            }
        }
        let count = stream.read(&mut buffer).unwrap();
        assert!(count > 0, "the request ended early: {text}");
        request.extend_from_slice(&buffer[..count]);
    }
}

const REVOKED_KEY: &str = r#"{"id":"0190a6f2-3c41-7d52-9e0b-5f6a7c8d9e02","kind":"user",
    "owner_id":"0190a6f2-3c41-7d52-9e0b-5f6a7c8d9e03","hint":"1234","scopes":[],"state":"revoked",
    "enabled":true,"created_at":"2026-11-22T00:00:00.000Z","uses":0,"rate_limits":[],"ip_allow":[],
    "metadata":{}}"#;

async fn replace_user_key(
    base_url: &str,
) -> Result<user_key::types::ApiKeyAnswer, Error<GenerateUserKeyError>> {
    let client = user_key::client(base_url, "old-key").unwrap();
    let answer = client
        .generate_user_key()
        .x_exorde_api_version(ApiVersion::V1)
        .send()
        .await;
    answer.map(crate::ResponseValue::into_inner)
}

#[tokio::test]
async fn a_success_is_typed_and_its_secret_does_not_show() {
    let body = r#"{"apikey":"123e4567-e89b-42d3-a456-426655440000","status":{"cost":0}}"#;
    let (base_url, request) = answering("200 OK", "", body);
    let answer = replace_user_key(&base_url).await.unwrap();
    assert_eq!(
        answer.apikey.expose(),
        "123e4567-e89b-42d3-a456-426655440000"
    );
    assert!(!format!("{answer:?}").contains("123e4567"), "{answer:?}");
    let request = request.join().unwrap();
    assert!(
        request.starts_with("PUT /user/api-key HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(
        request.contains("authorization: Bearer old-key\r\n"),
        "{request}"
    );
    assert!(
        request.contains("x-exorde-api-version: v1\r\n"),
        "{request}"
    );
}

#[tokio::test]
async fn both_error_bodies_of_a_contract_are_told_apart() {
    let id = "123e4567-e89b-42d3-a456-426655440000";
    let body = format!(
        r#"{{"error":{{"message":"Unknown key","code":401,"requestId":"{id}"}},"status":{{"cost":0}}}}"#
    );
    let (base_url, _) = answering("401 Unauthorized", "WWW-Authenticate: Bearer\r\n", &body);
    let Err(Error::ErrorResponse(refusal)) = replace_user_key(&base_url).await else {
        panic!("a 401 is documented");
    };
    assert_eq!(refusal.status(), 401);
    assert_eq!(refusal.headers()["www-authenticate"], "Bearer");
    let GenerateUserKeyError::ErrorAnswer(answer) = refusal.into_inner() else {
        panic!("this body has an error");
    };
    assert_eq!(
        (answer.error.code, answer.error.message.as_str()),
        (401, "Unknown key")
    );

    let (base_url, _) = answering(
        "500 Internal Server Error",
        "",
        &format!(r#"{{"requestId":"{id}"}}"#),
    );
    let Err(Error::ErrorResponse(refusal)) = replace_user_key(&base_url).await else {
        panic!("a 500 is documented");
    };
    let GenerateUserKeyError::ServerFault(fault) = refusal.into_inner() else {
        panic!("this body has a request and nothing else");
    };
    assert_eq!(**fault.request_id, *id);
}

#[tokio::test]
async fn an_error_without_a_body_arrives_with_its_status_and_headers() {
    let (base_url, _) = answering("503 Service Unavailable", "Retry-After: 1\r\n", "");
    let Err(Error::UnexpectedResponse(response)) = replace_user_key(&base_url).await else {
        panic!("there is no body to be typed");
    };
    assert_eq!(response.status(), 503);
    assert_eq!(response.headers()["retry-after"], "1");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (base_url, _) = answering(
        "307 Temporary Redirect",
        "Location: http://127.0.0.1:1/\r\n",
        "",
    );
    let Err(Error::UnexpectedResponse(response)) = replace_user_key(&base_url).await else {
        panic!("no redirect is documented");
    };
    assert_eq!(response.status(), 307);
}

#[tokio::test]
async fn a_taken_name_is_a_typed_error() {
    let body = r#"{"message":"An entity with this name already exists","error_code":"DuplicateName","details":null}"#;
    let (base_url, request) = answering("409 Conflict", "", body);
    let client = named_keys::client(&base_url, "apikey:abc").unwrap();
    let answer = client
        .create_named_key()
        .body_map(|key| key.name("ci-deploy"))
        .send()
        .await;
    let Err(Error::ErrorResponse(refusal)) = answer else {
        panic!("a 409 is documented");
    };
    assert_eq!(refusal.error_code, "DuplicateName");
    assert!(refusal.details.is_none());
    assert!(request.join().unwrap().ends_with(r#"{"name":"ci-deploy"}"#));
}

#[tokio::test]
async fn a_name_that_breaks_its_pattern_is_never_sent() {
    let client = named_keys::client("http://127.0.0.1:1", "apikey:abc").unwrap();
    let answer = client
        .create_named_key()
        .body_map(|key| key.name("a.b"))
        .send()
        .await;
    assert!(matches!(answer, Err(Error::InvalidRequest(_))));

    let client = client_keys::client("http://127.0.0.1:1", "token").unwrap();
    let answer = client
        .create_client_key()
        .body_map(|key| key.name("\u{a0}"))
        .send()
        .await;
    assert!(matches!(answer, Err(Error::InvalidRequest(_))));
}

#[test]
fn blank_is_what_ecma_script_calls_blank() {
    let name = |text: &str| text.parse::<client_keys::types::ApiKeyInputName>().is_ok();
    assert!(!name("\u{feff}\u{2003}\u{a0}"));
    assert!(name("\u{85}") && name(" a ") && name(&"\u{1f511}".repeat(100)));
    assert!(!name("") && !name(&"a".repeat(101)));
}

#[tokio::test]
async fn an_organization_key_travels_in_its_own_header() {
    let (base_url, request) = answering("200 OK", "", r#"{"result":{"api_key":"secret"}}"#);
    let client = organization_key::client(&base_url, "old-key").unwrap();
    let answer = client
        .generate_organization_key()
        .slash_id_org_id("af5fbd30-7ce7-4548-8b30-4cd59cb2aba1")
        .slash_id_required_consistency_timeout(120)
        .send()
        .await
        .unwrap();
    assert_eq!(
        answer.into_inner().result.unwrap().api_key.expose(),
        "secret"
    );
    let request = request.join().unwrap();
    assert!(
        request.contains("slashid-api-key: old-key\r\n"),
        "{request}"
    );
    assert!(
        request.contains("slashid-orgid: af5fbd30-7ce7-4548-8b30-4cd59cb2aba1\r\n"),
        "{request}"
    );
    assert!(
        request.contains("slashid-required-consistency-timeout: 120\r\n"),
        "{request}"
    );
    assert!(!request.contains("authorization"), "{request}");
}

#[tokio::test]
async fn an_error_keeps_the_members_that_its_document_leaves_open() {
    let body = r#"{"message":"No","code":"invalid_token","hint":7}"#;
    let (base_url, _) = answering("401 Unauthorized", "", body);
    let client = client_keys::client(&base_url, "token").unwrap();
    let answer = client
        .create_client_key()
        .body_map(|key| key.name("x"))
        .send()
        .await;
    let Err(Error::ErrorResponse(refusal)) = answer else {
        panic!("a 401 is documented");
    };
    assert_eq!(refusal.code.as_deref(), Some("invalid_token"));
    assert_eq!(refusal.extra["hint"], 7);
}

#[tokio::test]
async fn a_problem_is_read_whatever_its_content_type() {
    let body = r#"{"type":"about:blank","title":"Not Found","status":404,"detail":"No such key",
        "request_id":"0190a6f2-3c41-7d52-9e0b-5f6a7c8d9e01"}"#;
    let (base_url, _) = answering(
        "404 Not Found",
        "Content-Type: application/problem+json\r\n",
        body,
    );
    let client = control::client(&base_url, "root").unwrap();
    let id: uuid::Uuid = "0190a6f2-3c41-7d52-9e0b-5f6a7c8d9e02".parse().unwrap();
    let Err(Error::ErrorResponse(problem)) = client.read_key().id(id).send().await else {
        panic!("a 404 is documented");
    };
    assert_eq!(
        (problem.title.as_str(), problem.detail.as_str()),
        ("Not Found", "No such key")
    );
}

#[tokio::test]
async fn an_optional_body_may_be_left_out() {
    let (base_url, request) = answering("200 OK", "", REVOKED_KEY);
    let client = control::client(&base_url, "root").unwrap();
    let id: uuid::Uuid = "0190a6f2-3c41-7d52-9e0b-5f6a7c8d9e02".parse().unwrap();
    let key = client.revoke_key().id(id).send().await.unwrap();
    assert_eq!(key.state, control::types::KeyState::Revoked);
    assert!(request.join().unwrap().ends_with("\r\n\r\n{}"));
}

#[tokio::test]
async fn an_empty_list_is_sent_and_a_member_without_a_value_is_not() {
    let (base_url, request) = answering("200 OK", "", REVOKED_KEY);
    let client = control::client(&base_url, "root").unwrap();
    let id: uuid::Uuid = "0190a6f2-3c41-7d52-9e0b-5f6a7c8d9e02".parse().unwrap();
    let change = client
        .update_key()
        .id(id)
        .body_map(|patch| patch.scopes(Vec::new()).enabled(false));
    change.send().await.unwrap();
    let request = request.join().unwrap();
    assert!(
        request.ends_with(r#"{"enabled":false,"scopes":[]}"#),
        "{request}"
    );
}

#[tokio::test]
async fn a_batch_of_keys_to_judge_does_not_show_them() {
    let one = control::types::Verification::builder()
        .key("hunter2")
        .try_into();
    let one: control::types::Verification = one.unwrap();
    let batch = control::types::VerificationBatch {
        requests: vec![one],
    };
    assert!(!format!("{batch:?}").contains("hunter2"), "{batch:?}");

    let body = r#"{"results":[{"valid":false,"code":"NOT_FOUND"}]}"#;
    let (base_url, request) = answering("200 OK", "", body);
    let client = control::client(&base_url, "root").unwrap();
    let call = client.verify_keys().cache_control("no-cache").body(batch);
    let verdicts = call.send().await.unwrap().into_inner();
    assert_eq!(
        verdicts.results[0].code,
        control::types::VerdictCode::NotFound
    );
    let request = request.join().unwrap();
    assert!(request.contains("cache-control: no-cache\r\n"), "{request}");
    assert!(
        request.ends_with(r#"{"requests":[{"cost":1,"key":"hunter2"}]}"#),
        "{request}"
    );
}

fn scope(text: &str) -> control::types::AuthorizeScopeItem {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_forwarded_request_is_authorized_by_the_key_that_it_carries() {
    let (base_url, request) = answering("204 No Content", "X-Key-Scopes: a b c\r\n", "");
    let client = control::client(&base_url, "kw_subject").unwrap();
    let answer = client
        .authorize()
        .scope(vec![scope("a"), scope("b")])
        .nginx(control::types::AuthorizeNginx::try_from(1).unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["x-key-scopes"], "a b c");
    let request = request.join().unwrap();
    assert!(
        request.starts_with("GET /v1/authorize?nginx=1&scope=a&scope=b HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(
        request.contains("authorization: Bearer kw_subject\r\n"),
        "{request}"
    );
}

#[tokio::test]
async fn a_server_that_hangs_is_given_up() {
    // It takes the connection, and nobody reads from it.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let options = crate::Options::new().timeout(std::time::Duration::from_millis(50));
    for client in [
        control::client_with(&base_url, "kwc_control", &options).unwrap(),
        control::verifier(&base_url, "kwc_control").unwrap(),
    ] {
        let question = client
            .verify_key()
            .body_map(|question| question.key("kw_key"));
        let refusal = question.send().await.unwrap_err();
        let Error::CommunicationError(error) = refusal else {
            panic!("{refusal}");
        };
        assert!(error.is_timeout(), "{error}");
    }
}
