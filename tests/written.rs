//! One thing written in several ways: which ways there are, and which are refused.
//! Leaves instants and numbers by themselves to the unit tests beside them.

use serde_json::{Value, json};

use crate::support::{Answer, Server};

#[tokio::test]
async fn null_is_no_body_where_the_body_is_optional() {
    let server = Server::start();
    let root = server.root();
    let organization = root.organization().await;
    for (body, verb) in [
        ("null", "rotate"),
        (" null\n", "rotate"),
        ("null", "revoke"),
    ] {
        let issued = root
            .issue(json!({ "kind": "standard", "owner_id": organization.id }))
            .await;
        let id = issued["key"]["id"].as_str().unwrap();
        let request = root.request("POST", &format!("/v1/keys/{id}/{verb}"));
        request
            .body("application/json", body)
            .send()
            .await
            .expect(200);
        let secret = issued["secret"].as_str().unwrap();
        assert_ne!(root.verdict(secret).await, "VALID", "{verb}");
    }
    let wanted = root.request("POST", "/v1/keys");
    let answer = wanted.body("application/json", "null").send().await;
    assert_eq!(
        answer.expect(400).string("/detail"),
        r#"the body must be a JSON object, as in {"…": …}"#
    );
}

#[tokio::test]
async fn a_whole_number_in_a_body_is_one_however_json_writes_it() {
    let server = Server::start();
    let root = server.root();
    let organization = root.organization().await;
    let limit = r#"{"name": "a", "limit": 1e2, "window_seconds": 60.0, "burst": 100e-1}"#;
    let body = format!(
        r#"{{"kind": "standard", "owner_id": "{}", "rate_limits": [{limit}],
            "credits": {{"remaining": -0, "refill": {{"amount": 2.0, "every": "day"}}}},
            "expires_at": "9999-12-31T23:59:59Z"}}"#,
        organization.id
    );
    let request = root.request("POST", "/v1/keys");
    let made = request
        .body("application/json", body)
        .send()
        .await
        .expect(201);
    let key = &made.json()["key"];
    assert_eq!(
        key["rate_limits"],
        json!([{"name": "a", "limit": 100, "window_seconds": 60, "burst": 10}])
    );
    assert_eq!(
        key["credits"],
        json!({"remaining": 0, "refill": {"amount": 2, "every": "day"}})
    );
    assert_eq!(key["expires_at"], "9999-12-31T23:59:59.000Z");
    let id = key["id"].as_str().unwrap();
    let rotation = root.request("POST", &format!("/v1/keys/{id}/rotate"));
    let rotation = rotation.body("application/json", r#"{"grace_seconds": 1.0}"#);
    rotation.send().await.expect(200);
    for (number, why) in [
        (
            "1.5",
            "grace_seconds must be a whole number that is not negative",
        ),
        (
            "1e99",
            "grace_seconds must be a whole number from 0 to 4294967295",
        ),
    ] {
        let rotation = root.request("POST", &format!("/v1/keys/{id}/rotate"));
        let body = format!(r#"{{"grace_seconds": {number}}}"#);
        let answer = rotation
            .body("application/json", body)
            .send()
            .await
            .expect(422);
        assert_eq!(answer.string("/errors/0/detail"), why);
    }
}

async fn complaint(request: impl Future<Output = Answer>) -> String {
    let body = request.await.expect(400).json();
    let detail = body.get("detail").and_then(Value::as_str);
    detail.unwrap().to_owned()
}

const SPELLING: &str = "must be a whole number, written in digits without a zero before them";

#[tokio::test]
async fn a_number_in_a_query_has_one_spelling_and_its_range_is_told() {
    let server = Server::start();
    let root = server.root();
    let client = root.client_of(&root.organization().await).await;
    let token = client.token().await;
    for (query, why) in [
        ("limit=%2B1", SPELLING),
        ("limit=01", SPELLING),
        ("limit=", SPELLING),
        ("limit=1.0", SPELLING),
        ("limit=-1", "must be a whole number from 0 to 4294967295"),
        ("limit=0", "must be 1 to 100, got 0"),
    ] {
        for list in ["/v1/users", "/v1/organizations", "/v1/keys", "/v1/events"] {
            let told = complaint(root.get(&format!("{list}?{query}"))).await;
            assert_eq!(told, format!("limit {why}"), "{list}?{query}");
        }
    }
    let told = complaint(root.get("/v1/events?after=007")).await;
    assert_eq!(told, format!("after {SPELLING}"));
    for (query, why) in [
        (
            "offset=2147483648",
            "offset must be a whole number from -2147483648 to 2147483647",
        ),
        ("offset=-1", "offset must be 0 or more, got -1"),
        ("limit=-1", "limit must be 1 to 100, got -1"),
    ] {
        let request = server
            .get(&format!("/api-keys?{query}"))
            .bearer(&token.token);
        assert_eq!(complaint(request.send()).await, why);
    }
}

#[tokio::test]
async fn a_cursor_goes_on_in_its_own_list_only_and_in_one_spelling() {
    let server = Server::start();
    let root = server.root();
    for _ in 0..2 {
        root.user().await;
        root.organization().await;
    }
    let lists = ["/v1/users", "/v1/organizations", "/v1/keys", "/v1/events"];
    let mut cursors = Vec::new();
    for list in lists {
        let page = root.get(&format!("{list}?limit=1")).await.expect(200);
        cursors.push(page.string("/next_cursor"));
    }
    for (list, own) in lists.iter().zip(&cursors) {
        for cursor in &cursors {
            let answer = root.get(&format!("{list}?cursor={cursor}")).await;
            let wanted = if cursor == own { 200 } else { 400 };
            assert_eq!(answer.status, wanted, "{list}?cursor={cursor}");
        }
    }
    let zeros = format!("{}{}", "0".repeat(600), cursors[3]);
    root.get(&format!("/v1/events?cursor={zeros}"))
        .await
        .expect(400);
}

#[tokio::test]
async fn an_e_mail_address_is_what_its_pattern_says() {
    let server = Server::start();
    let root = server.root();
    for good in ["a@b", "a@b@c", "\u{e9}@\u{fc}", "\u{1f511}@b"] {
        root.post("/v1/users", json!({ "email": good }))
            .await
            .expect(201);
    }
    for bad in ["@@@", "a@", "@b@", "a\tb@c", "a\u{7f}@b", "a\0@b"] {
        root.post("/v1/users", json!({ "email": bad }))
            .await
            .expect(422);
    }
}

#[tokio::test]
async fn a_byte_order_mark_is_refused_by_its_name() {
    let server = Server::start();
    let request = server.root().request("POST", "/v1/users");
    let answer = request.body("application/json", "\u{feff}{}").send().await;
    let told = answer.expect(400).string("/detail");
    assert!(told.contains("byte order mark"), "{told}");
}

#[tokio::test]
async fn a_compressed_body_is_refused_by_its_header() {
    let server = Server::start();
    let root = server.root();
    let organization = root.organization().await;
    let named = root.named_of(&organization).await;
    let wish = || {
        root.request("POST", "/v1/organizations")
            .json(&json!({ "name": "a" }))
    };
    let answer = wish()
        .header("content-encoding", "gzip")
        .send()
        .await
        .expect(415);
    let why = "send the body as it is, without Content-Encoding";
    assert_eq!(answer.string("/detail"), why);
    wish()
        .header("content-encoding", "identity")
        .send()
        .await
        .expect(201);
    let request = server.post("/v0/api_keys").bearer(&named.key);
    let request = request.json(&json!({ "name": "a" }));
    let answer = request
        .header("content-encoding", "gzip")
        .send()
        .await
        .expect(400);
    assert!(answer.string("/message").starts_with(why));
}
