//! Headers that carry credentials, retries and ids, against a plain reading of each.

#![no_main]

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use keywright_api::contract::{Context, Received, fuzz};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let headers = read_lines(bytes);
    check_bearer(&headers);
    check_api_key(&headers);
    check_basic(&headers);
    check_retry_key(&headers);
    check_request_id(&headers);
    let accepts = fuzz::accepts_json(&headers);
    assert!(
        accepts || headers.contains_key("accept"),
        "nothing is asked for"
    );
});

/// A header a line: `Name: value`.
fn read_lines(bytes: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in bytes.split(|byte| *byte == b'\n') {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            continue;
        };
        let value = line[colon + 1..].trim_ascii_start();
        let name = HeaderName::from_bytes(&line[..colon]);
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value)) {
            headers.append(name, value);
        }
    }
    headers
}

/// The text of a header that was sent once; an error if it was sent otherwise.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, ()> {
    let values: Vec<&HeaderValue> = headers.get_all(name).iter().collect();
    match values[..] {
        [] => Ok(None),
        [value] => value.to_str().map(Some).map_err(drop),
        _ => Err(()),
    }
}

fn check_bearer(headers: &HeaderMap) {
    let expected = only(headers, "authorization").and_then(|text| match text {
        None => Ok(None),
        Some(text) => {
            let (scheme, rest) = text.split_at_checked(7).ok_or(())?;
            let words: Vec<&str> = rest.split(' ').filter(|word| !word.is_empty()).collect();
            match (scheme.to_ascii_lowercase().as_str(), &words[..]) {
                ("bearer ", [token]) => Ok(Some((*token).to_owned())),
                _ => Err(()),
            }
        }
    });
    let found = fuzz::bearer(headers)
        .map(|found| found.map(|secret| secret.expose().to_owned()))
        .map_err(drop);
    assert_eq!(found, expected);
}

fn check_api_key(headers: &HeaderMap) {
    let expected = match only(headers, "x-api-key") {
        Ok(Some("")) => Err(()),
        other => other.map(|text| text.map(str::to_owned)),
    };
    let found = fuzz::api_key(headers)
        .map(|found| found.map(|secret| secret.expose().to_owned()))
        .map_err(drop);
    assert_eq!(found, expected);
}

fn check_basic(headers: &HeaderMap) {
    let Ok(found) = fuzz::basic(headers) else {
        return;
    };
    let text = only(headers, "authorization").expect("what is no text is refused");
    assert_eq!(found.is_some(), text.is_some());
    if let (Some(found), Some(text)) = (found, text) {
        // Written and read again, the same pair comes back.
        let encode =
            |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let secret = found.client_secret.expose();
        let pair = format!("{}:{}", encode(&found.client_id), encode(secret));
        let mut again = HeaderMap::new();
        let value = format!("Basic {}", STANDARD.encode(pair));
        again.insert("authorization", value.parse().expect("base64 is ASCII"));
        let again = fuzz::basic(&again).expect("it was written as it should be");
        let again = again.expect("it was written");
        assert_eq!(again.client_id, found.client_id, "{text}");
        assert_eq!(again.client_secret.expose(), secret, "{text}");
    }
}

fn check_retry_key(headers: &HeaderMap) {
    let expected = match only(headers, "idempotency-key") {
        Ok(Some(text)) => {
            let is_visible = text.bytes().all(|byte| (b'!'..=b'~').contains(&byte));
            if is_visible && (1..=255).contains(&text.len()) {
                Ok(Some(text.to_owned()))
            } else {
                Err(())
            }
        }
        other => other.map(|_| None),
    };
    assert_eq!(fuzz::retry_key(headers).map_err(drop), expected);
}

/// The id of an answer is the UUID that was sent, if one was, and any other UUID if not.
fn check_request_id(headers: &HeaderMap) {
    let context = Context::new(headers, None, Received::Broken);
    let id = uuid::Uuid::parse_str(&context.request_id_text()).expect("an id is a UUID");
    assert_eq!(context.request_id.len(), 36);
    let sent = only(headers, "x-request-id").ok().flatten();
    let is_sent = sent == Some(context.request_id_text().as_str());
    let is_fit = sent.is_some_and(|text| text.len() == 36 && uuid::Uuid::parse_str(text).is_ok());
    assert_eq!(is_sent, is_fit, "{sent:?} became {id}");
}
