//! The SDK against the live server: every documented operation, and refusals as typed errors.
//! Leaves what the generated code looks like to `cargo xtask sdk --check`.

use keywright_sdk::user_key::types::{ApiVersion, GenerateUserKeyError};
use keywright_sdk::{Error, client_keys, control, named_keys, organization_key, user_key};

use crate::support::harm::{self, Part};
use crate::support::{NamedHolder, Server};

async fn named_holder(server: &Server) -> NamedHolder {
    let organization = server.root().organization().await;
    server.root().named_of(&organization).await
}

#[tokio::test]
async fn a_user_replaces_the_key() {
    let server = Server::start();
    let user = server.root().user().await;
    let client = user_key::client(&server.url(""), user.key.as_str()).unwrap();
    let answer = client
        .generate_user_key()
        .x_exorde_api_version(ApiVersion::V1)
        .send()
        .await
        .unwrap();
    assert_eq!((answer.status().as_u16(), answer.status.cost), (200, 0));
    server.secrets.add(answer.apikey.expose());
    assert_eq!(server.root().verdict(answer.apikey.expose()).await, "VALID");
}

#[tokio::test]
async fn a_client_key_becomes_a_token_and_the_token_a_client_key() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let known = server.root().client_of(&organization).await;
    let anonymous = client_keys::anonymous(&server.url("")).unwrap();
    let (id, secret) = (
        known.id.clone(),
        keywright_sdk::Secret::from(known.secret.clone()),
    );
    let token = anonymous
        .issue_token()
        .body_map(|body| {
            body.grant_type("client_credentials")
                .client_id(id)
                .client_secret(secret)
        })
        .send()
        .await
        .unwrap();
    server.secrets.add(token.access_token.expose());
    let client = client_keys::client(&server.url(""), &token.access_token).unwrap();
    let made = client
        .create_client_key()
        .body_map(|key| key.name("Billing worker"))
        .send()
        .await;
    let made = made.unwrap();
    assert_eq!(
        (made.status().as_u16(), made.name.as_str()),
        (201, "Billing worker")
    );
    server.secrets.add(made.client_secret.expose());
    assert_eq!(
        server.root().verdict(made.client_secret.expose()).await,
        "VALID"
    );
}

#[tokio::test]
async fn a_named_key_creates_another() {
    let server = Server::start();
    let holder = named_holder(&server).await;
    let client = named_keys::client(&server.url(""), holder.key.as_str()).unwrap();
    let made = client
        .create_named_key()
        .body_map(|key| key.name("ci-deploy"))
        .send()
        .await
        .unwrap();
    assert_eq!(
        (made.status().as_u16(), made.name.as_str()),
        (201, "ci-deploy")
    );
    server.secrets.add(made.api_key.expose());
    assert_eq!(server.root().verdict(made.api_key.expose()).await, "VALID");
}

#[tokio::test]
async fn an_organization_replaces_its_key_through_the_sdk() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let client = organization_key::client(&server.url(""), organization.key.as_str()).unwrap();
    let answer = client
        .generate_organization_key()
        .slash_id_org_id(organization.id)
        .send()
        .await
        .unwrap();
    let result = answer.into_inner().result.unwrap();
    server.secrets.add(result.api_key.expose());
    assert_eq!(
        server.root().verdict(result.api_key.expose()).await,
        "VALID"
    );
}

#[tokio::test]
async fn the_operator_makes_a_user() {
    let server = Server::start();
    let client = control::client(&server.url(""), server.root_key.as_str()).unwrap();
    let made = client
        .create_user()
        .body_map(|user| user.plan("gold".to_owned()))
        .send()
        .await;
    let made = made.unwrap();
    assert_eq!(made.plan, "gold");
    server.secrets.add(made.key.secret.expose());
    assert_eq!(
        server.root().verdict(made.key.secret.expose()).await,
        "VALID"
    );
}

#[tokio::test]
async fn a_conflict_is_a_typed_error() {
    let server = Server::start();
    let holder = named_holder(&server).await;
    holder.create("ci-deploy").await.expect(201);
    let client = named_keys::client(&server.url(""), holder.key.as_str()).unwrap();
    let refused = client
        .create_named_key()
        .body_map(|key| key.name("ci-deploy"))
        .send()
        .await;
    let Err(Error::ErrorResponse(refusal)) = refused else {
        panic!("no typed error: {refused:?}");
    };
    assert_eq!(
        (refusal.status().as_u16(), refusal.error_code.as_str()),
        (409, "DuplicateName")
    );
    assert!(refusal.details.is_none());
}

#[tokio::test]
async fn a_refused_credential_is_a_typed_error_in_every_contract() {
    let server = Server::start();
    let url = server.url("");
    let client = user_key::client(&url, "unknown").unwrap();
    match client
        .generate_user_key()
        .x_exorde_api_version(ApiVersion::V1)
        .send()
        .await
    {
        Err(Error::ErrorResponse(refusal)) => match refusal.into_inner() {
            GenerateUserKeyError::ErrorAnswer(answer) => assert_eq!(answer.error.code, 401),
            other @ GenerateUserKeyError::ServerFault(_) => panic!("{other:?}"),
        },
        other => panic!("no typed error: {other:?}"),
    }
    let client = client_keys::client(&url, "unknown").unwrap();
    match client
        .create_client_key()
        .body_map(|key| key.name("x"))
        .send()
        .await
    {
        Err(Error::ErrorResponse(refusal)) => {
            assert_eq!(refusal.code.as_deref(), Some("invalid_token"));
        }
        other => panic!("no typed error: {other:?}"),
    }
    let client = named_keys::client(&url, "unknown").unwrap();
    match client
        .create_named_key()
        .body_map(|key| key.name("x"))
        .send()
        .await
    {
        Err(Error::ErrorResponse(refusal)) => {
            assert_eq!(refusal.error_code, "AuthenticationFailed");
        }
        other => panic!("no typed error: {other:?}"),
    }
    let client = organization_key::client(&url, "unknown").unwrap();
    match client
        .generate_organization_key()
        .slash_id_org_id("x")
        .send()
        .await
    {
        Err(Error::ErrorResponse(refusal)) => assert_eq!(refusal.errors[0].httpcode, 401),
        other => panic!("no typed error: {other:?}"),
    }
    match control::client(&url, "unknown")
        .unwrap()
        .list_keys()
        .send()
        .await
    {
        Err(Error::ErrorResponse(refusal)) => assert_eq!(refusal.status().as_u16(), 401),
        other => panic!("no typed error: {other:?}"),
    }
}

#[tokio::test]
async fn a_fault_of_the_server_is_a_typed_error() {
    let server = Server::start();
    let user = server.root().user().await;
    let folder = server.finish();
    harm::damage(&folder.database(), &[(Part::Indexes, "keys")]);
    let server = Server::on(&folder, &[]);
    let client = user_key::client(&server.url(""), user.key.as_str()).unwrap();
    let failed = client
        .generate_user_key()
        .x_exorde_api_version(ApiVersion::V1)
        .send()
        .await;
    match failed {
        Err(Error::ErrorResponse(failure)) if failure.status().as_u16() == 500 => {
            let id = failure.headers()["x-request-id"]
                .to_str()
                .unwrap()
                .to_owned();
            match failure.into_inner() {
                GenerateUserKeyError::ServerFault(fault) => assert_eq!(*fault.request_id, id),
                other @ GenerateUserKeyError::ErrorAnswer(_) => panic!("{other:?}"),
            }
        }
        other => panic!("no typed error: {other:?}"),
    }
}
