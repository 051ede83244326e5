//! Whole numbers in bodies: whole however they are written, and never rounded.

use serde_json::json;

use crate::support::{Answer, Root, Server, User, database};

/// Makes a standard key with this text for its rate limit and its credits.
async fn create(root: &Root, owner: &User, number: &str) -> Answer {
    let body = format!(
        r#"{{"kind":"standard","owner_id":"{}",
            "rate_limits":[{{"name":"a","limit":{number},"window_seconds":{number},"burst":{number}}}],
            "credits":{{"remaining":{number},"refill":{{"amount":{number},"every":"day"}}}}}}"#,
        owner.id
    );
    let request = root.request("POST", "/v1/keys");
    request.body("application/json", body).send().await
}

#[tokio::test]
async fn a_whole_number_is_one_however_it_is_written() {
    let server = Server::start();
    let root = server.root();
    let owner = root.user().await;
    for (text, number) in [("1.0", 1), ("1e2", 100), ("1.5E+1", 15), ("120e-1", 12)] {
        let key = create(&root, &owner, text).await.expect(201).json();
        let limit =
            json!({ "name": "a", "limit": number, "window_seconds": number, "burst": number });
        assert_eq!(key["key"]["rate_limits"], json!([limit]), "{text}");
        let credits =
            json!({ "remaining": number, "refill": { "amount": number, "every": "day" } });
        assert_eq!(key["key"]["credits"], credits, "{text}");
        let id = key["key"]["id"].as_str().unwrap();
        let rotate = format!("/v1/keys/{id}/rotate");
        let grace = format!(r#"{{"grace_seconds":{text}}}"#);
        let rotate = root.request("POST", &rotate);
        rotate
            .body("application/json", grace)
            .send()
            .await
            .expect(200);
        let question = format!(r#"{{"key":"x","cost":{text}}}"#);
        let verify = root.request("POST", "/v1/keys/verify");
        verify
            .body("application/json", question)
            .send()
            .await
            .expect(200);
    }
    let nothing = r#"{"key":"x","cost":-0}"#;
    let verify = root.request("POST", "/v1/keys/verify");
    verify
        .body("application/json", nothing)
        .send()
        .await
        .expect(200);
}

#[tokio::test]
async fn no_digit_is_lost_on_the_way() {
    let server = Server::start();
    let root = server.root();
    let before = database::state(server.folder());
    for (limit, window, member, says) in [
        (
            "9007199254740993.0",
            "1",
            "limit",
            "must be 0 to 2147483648, got 9007199254740993",
        ),
        (
            "2147483648.0000000000000001",
            "1",
            "limit",
            "must be a whole number that is not negative",
        ),
        (
            "18446744073709551616",
            "1",
            "limit",
            "must be a whole number from 0 to 18446744073709551615",
        ),
        (
            "1e400",
            "1",
            "limit",
            "must be a whole number from 0 to 18446744073709551615",
        ),
        (
            "-1",
            "1",
            "limit",
            "must be a whole number from 0 to 18446744073709551615",
        ),
        (
            "1",
            "4294967296",
            "window_seconds",
            "must be a whole number from 0 to 4294967295",
        ),
    ] {
        let body = format!(
            r#"{{"rate_limits":[{{"name":"a","limit":{limit},"window_seconds":{window}}}]}}"#
        );
        let request = root.request("POST", "/v1/users");
        let answer = request
            .body("application/json", body)
            .send()
            .await
            .expect(422);
        let pointer = format!("/rate_limits/0/{member}");
        assert_eq!(answer.string("/errors/0/pointer"), pointer, "{limit}");
        let detail = answer.string("/errors/0/detail");
        assert!(detail.ends_with(says), "{limit}: {detail}");
    }
    assert_eq!(database::state(server.folder()), before);
}

#[tokio::test]
async fn a_limit_that_is_too_high_says_nothing_of_a_burst_that_nobody_sent() {
    let server = Server::start();
    let limit = json!({ "name": "a", "limit": 2_147_483_649_u64, "window_seconds": 1 });
    let body = json!({ "rate_limits": [limit] });
    let answer = server.root().post("/v1/users", body).await.expect(422);
    let errors = &answer.json()["errors"];
    assert_eq!(
        *errors,
        json!([{
            "pointer": "/rate_limits/0/limit",
            "detail": "limit must be 0 to 2147483648, got 2147483649",
        }])
    );
}
