use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::Redaction;
use keywright_api::contract::CONTRACTS;
use keywright_api::openapi::document;

fn redaction() -> Redaction {
    let documents = CONTRACTS.iter().map(|mounted| (mounted, document(mounted)));
    Redaction::derive(documents).unwrap()
}

fn json_headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, json);
    headers
}

/// What is shown of a body that is sent to an operation.
fn redacted(method: &str, route: &str, body: &Value) -> Value {
    let redaction = redaction();
    let operation = redaction.find(method, Some(route)).unwrap();
    let body = body.to_string();
    operation.request_body(&json_headers(), Some(body.as_bytes()))
}

#[test]
fn a_marked_member_is_hidden_and_its_neighbours_are_shown() {
    let body = json!({"key": "kw_planted", "scopes": ["reports:read"], "cost": 1});
    assert_eq!(
        redacted("POST", "/v1/keys/verify", &body),
        json!({"key": "[secret]", "scopes": ["reports:read"], "cost": 1})
    );
    assert_eq!(
        redacted(
            "POST",
            "/v1/keys/verify-batch",
            &json!({"requests": [body]})
        ),
        json!({"requests": [{"key": "[secret]", "scopes": ["reports:read"], "cost": 1}]})
    );
    let redaction = redaction();
    let operation = redaction.find("PUT", Some("/user/api-key")).unwrap();
    let answer = json!({"apikey": "planted", "status": {"cost": 0}}).to_string();
    assert_eq!(
        operation.answer_body(StatusCode::OK, &json_headers(), answer.as_bytes()),
        json!({"apikey": "[secret]", "status": {"cost": 0}})
    );
}

#[test]
fn what_is_not_described_is_not_shown() {
    let create = |body: Value| redacted("POST", "/v1/keys", &body);
    for (sent, shown) in [
        (
            json!({"secret": "planted", "name": "n"}),
            json!({"name": "n"}),
        ),
        (json!({"name": {"secret": "planted"}}), json!({})),
        (json!({"name": ["planted"]}), json!({})),
        (json!({"kind": "planted"}), json!({})),
        (
            json!({"metadata": {"password": "planted"}}),
            json!({"metadata": {}}),
        ),
        (
            json!({"scopes": ["s", {"a": "planted"}]}),
            json!({"scopes": ["s"]}),
        ),
        (json!({"name": null}), json!({})),
        (json!({"name": "kw_planted"}), json!({"name": "[secret]"})),
        (json!(["planted"]), Value::Null),
        (json!("planted"), Value::Null),
    ] {
        assert_eq!(create(sent.clone()), shown, "{sent}");
    }
}

#[test]
fn what_is_no_json_is_not_shown() {
    let redaction = redaction();
    let find = |route| redaction.find("POST", Some(route)).unwrap();
    let torn = br#"{"name": "planted"#.as_slice();
    let body = find("/v1/keys").request_body(&json_headers(), Some(torn));
    assert_eq!(body, Value::Null);
    let whole = br#"{"client_id": "visible"}"#.as_slice();
    let token = find("/oauth/token");
    let mut form = HeaderMap::new();
    assert_eq!(token.request_body(&form, Some(whole)), Value::Null);
    let type_ = HeaderValue::from_static("application/x-www-form-urlencoded");
    form.insert(header::CONTENT_TYPE, type_);
    assert_eq!(token.request_body(&form, Some(whole)), Value::Null);
    let shown = token.request_body(&json_headers(), Some(whole));
    assert_eq!(shown, json!({"client_id": "visible"}));
}

#[test]
fn of_the_headers_only_described_ones_are_shown_and_credentials_are_hidden() {
    let redaction = redaction();
    let route = Some("/organizations/api-keys");
    let operation = redaction.find("PUT", route).unwrap();
    let mut sent = HeaderMap::new();
    for (name, value) in [
        ("slashid-api-key", "planted"),
        ("slashid-required-consistency", "all_regions"),
        ("idempotency-key", "planted"),
        ("authorization", "planted"),
        ("cookie", "planted"),
    ] {
        sent.insert(name, HeaderValue::from_static(value));
    }
    assert_eq!(
        operation.request_headers(&sent),
        json!({
            "slashid-api-key": "[secret]",
            "slashid-required-consistency": "all_regions",
            "idempotency-key": "[secret]",
        })
    );
}

#[test]
fn a_document_that_marks_nothing_is_refused() {
    for mounted in CONTRACTS {
        let text = document(mounted).to_string();
        let bare: Value =
            serde_json::from_str(&text.replace(r#""format":"password""#, r#""format":"x""#))
                .unwrap();
        let refusal = Redaction::derive([(mounted, bare)]).unwrap_err();
        let refusal = refusal.to_string();
        assert!(refusal.contains(mounted.name), "{refusal}");
        assert!(refusal.contains("format: password"), "{refusal}");
    }
    assert!(Redaction::derive([(&CONTRACTS[0], json!({}))]).is_err());
}

#[test]
fn a_document_without_the_mark_of_a_declared_secret_is_refused() {
    let mut document = document(&CONTRACTS[0]);
    document["components"]["schemas"]["IssuedKey"]["properties"]["secret"]["format"] = json!("x");
    let refusal = Redaction::derive([(&CONTRACTS[0], document)]).unwrap_err();
    let refusal = refusal.to_string();
    assert!(
        refusal.contains("as a secret, which it is declared"),
        "{refusal}"
    );
}

#[test]
fn a_credential_whose_header_is_not_known_is_refused() {
    let mut document = document(&CONTRACTS[0]);
    document["components"]["securitySchemes"]["cookie"] =
        json!({"type": "apiKey", "in": "cookie", "name": "session"});
    let refusal = Redaction::derive([(&CONTRACTS[0], document)]).unwrap_err();
    assert!(refusal.to_string().contains("cookie"), "{refusal}");
}
