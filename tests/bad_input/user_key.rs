//! `PUT /user/api-key`: the version header, `Accept`, and bodies that it does not take.
//! Leaves credentials to `credentials`.

use super::{Case, bodies, refuse};
use crate::support::Server;

const FREE: [(&str, &str); 1] = [("user_key.rate_limit_per_minute", "0")];

#[tokio::test]
async fn a_version_is_v1_sent_once_and_nothing_else() {
    let server = Server::with(&FREE);
    let user = server.root().user().await;
    let request = user.request();
    let says = ["X-Exorde-Api-Version", "v1"];
    let mut cases = vec![
        Case::new(
            "absent",
            request.clone().without("x-exorde-api-version"),
            400,
            &says,
        ),
        Case::new(
            "repeated",
            request.clone().header("x-exorde-api-version", "v1"),
            400,
            &["X-Exorde-Api-Version", "once"],
        ),
        Case::new(
            "a misspelt name",
            request
                .clone()
                .without("x-exorde-api-version")
                .header("x-exorde-api-versions", "v1"),
            400,
            &says,
        ),
    ];
    let too_long = "v1".repeat(4_000);
    for value in ["", "V1", "v2", "v1.0", "1", "v1,v1", "v 1", &too_long] {
        let request = request.clone().with("x-exorde-api-version", value);
        cases.push(Case::new(format!("{value:.10}"), request, 400, &says));
    }
    let foreign = request.with("x-exorde-api-version", "v\u{661}");
    let says = ["X-Exorde-Api-Version", "visible ASCII"];
    cases.push(Case::new("an Arabic digit", foreign, 400, &says));
    refuse(&server, cases).await;
}

#[tokio::test]
async fn spaces_around_a_header_value_are_not_part_of_a_user_key() {
    let server = Server::with(&FREE);
    let mut user = server.root().user().await;
    for value in [" v1", "v1 ", "\tv1\t"] {
        let request = user.request().with("x-exorde-api-version", value);
        user.key = request.send().await.expect(200).string("/apikey");
    }
}

#[tokio::test]
async fn an_accept_that_excludes_json_is_refused() {
    let server = Server::with(&FREE);
    let user = server.root().user().await;
    let says = ["Accept", "application/json"];
    let mut cases = Vec::new();
    for accept in [
        "text/html",
        "text/html, image/*",
        "application/xml",
        "application/json;q=0",
        "*/*;q=0",
        "text/*",
    ] {
        let request = user.request().with("accept", accept);
        cases.push(Case::new(accept, request, 400, &says));
    }
    refuse(&server, cases).await;
}

#[tokio::test]
async fn an_accept_that_allows_json_is_fine() {
    let server = Server::with(&FREE);
    let mut user = server.root().user().await;
    for accept in [
        "*/*",
        "application/json",
        "application/*",
        "text/html, */*;q=0.1",
        "Application/JSON",
        "text/html, application/json;q=0.5",
    ] {
        let answer = user
            .request()
            .with("accept", accept)
            .send()
            .await
            .expect(200);
        user.key = answer.string("/apikey");
    }
}

#[tokio::test]
async fn a_user_key_body_that_is_too_long_is_refused_and_a_short_one_ignored() {
    let server = Server::with(&FREE);
    let mut user = server.root().user().await;
    let request = user.request();
    let body = |len| {
        request
            .clone()
            .body("application/json", bodies::padded(len))
    };
    refuse(
        &server,
        vec![
            Case::new("1 MiB", body(1 << 20), 400, &["body", "65536"]),
            Case::new(
                "one byte too long",
                body(bodies::BODY_LEN_MAX + 1),
                400,
                &["body", "65536"],
            ),
        ],
    )
    .await;
    for sent in [
        b"{}".as_slice(),
        b"[",
        b"\xff",
        &bodies::padded(bodies::BODY_LEN_MAX),
    ] {
        let answer = user
            .request()
            .body("text/plain", sent)
            .send()
            .await
            .expect(200);
        user.key = answer.string("/apikey");
    }
}
