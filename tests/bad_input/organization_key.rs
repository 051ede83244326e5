//! `PUT /organizations/api-keys`: the organization, the level and the timeout.
//! Leaves credentials to `credentials`.

use super::{Case, bodies, refuse};
use crate::support::Server;

#[tokio::test]
async fn a_timeout_is_a_plain_number_from_1_to_120_sent_once() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let header = "slashid-required-consistency-timeout";
    let says = ["SlashID-Required-Consistency-Timeout", "1", "120"];
    let mut cases = Vec::new();
    let nines = "9".repeat(20);
    let too_long = "1".repeat(8_000);
    for value in [
        "0", "121", "1.5", "-1", "+5", "030", "", "00", "1e2", "0x10", "1_0", "ten", "30s",
        "30,30", "3 0", &nines, &too_long,
    ] {
        let request = organization.request().header(header, value);
        cases.push(Case::new(format!("{value:.20}"), request, 400, &says));
    }
    let foreign = organization.request().header(header, "\u{661}");
    let says = ["SlashID-Required-Consistency-Timeout", "visible ASCII"];
    cases.push(Case::new("an Arabic digit", foreign, 400, &says));
    let twice = organization
        .request()
        .header(header, "30")
        .header(header, "30");
    cases.push(Case::new(
        "repeated",
        twice,
        400,
        &["SlashID-Required-Consistency-Timeout", "once"],
    ));
    refuse(&server, cases).await;
}

#[tokio::test]
async fn a_level_is_one_of_two_words_sent_once() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let header = "slashid-required-consistency";
    let says = [
        "SlashID-Required-Consistency",
        "local_region",
        "all_regions",
    ];
    let mut cases = Vec::new();
    let too_long = "all_regions".repeat(700);
    for value in [
        "",
        "Local_Region",
        "ALL_REGIONS",
        "all regions",
        "all",
        "local_region,all_regions",
        &too_long,
    ] {
        let request = organization.request().header(header, value);
        cases.push(Case::new(format!("{value:.24}"), request, 400, &says));
    }
    let twice = organization
        .request()
        .header(header, "all_regions")
        .header(header, "all_regions");
    cases.push(Case::new(
        "repeated",
        twice,
        400,
        &["SlashID-Required-Consistency", "once"],
    ));
    refuse(&server, cases).await;
}

#[tokio::test]
async fn spaces_around_a_header_value_are_not_part_of_an_organization_key() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let request = organization
        .request()
        .header("slashid-required-consistency", " all_regions ")
        .header("slashid-required-consistency-timeout", "\t30 ");
    request.send().await.expect(200);
}

#[tokio::test]
async fn an_organization_is_named_once() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let request = organization.request();
    let misspelt = request
        .clone()
        .without("slashid-orgid")
        .header("slashid-org-id", &organization.id);
    refuse(
        &server,
        vec![
            Case::new(
                "absent",
                request.clone().without("slashid-orgid"),
                400,
                &["SlashID-OrgID"],
            ),
            Case::new("a misspelt name", misspelt, 400, &["SlashID-OrgID"]),
            Case::new(
                "repeated",
                request.clone().header("slashid-orgid", &organization.id),
                400,
                &["SlashID-OrgID", "once"],
            ),
            Case::new(
                "unknown",
                request.clone().with("slashid-orgid", "unknown"),
                401,
                &[],
            ),
            Case::new(
                "far too long",
                request.with("slashid-orgid", "a".repeat(8_000)),
                401,
                &[],
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn an_organization_key_body_that_is_too_long_is_refused_and_a_short_one_ignored() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let body = |len| {
        organization
            .request()
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
    organization
        .request()
        .body("text/plain", "[")
        .send()
        .await
        .expect(200);
}
