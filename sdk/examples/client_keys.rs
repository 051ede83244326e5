//! Exchanges a client key for an access token, and makes another client key with it.
//!
//! Set `KEYWRIGHT_URL`, `KEYWRIGHT_CLIENT_ID` and `KEYWRIGHT_CLIENT_SECRET`, then
//! `cargo run -p keywright-sdk --example client_keys`.

use std::env;
use std::error::Error as StdError;

use keywright_sdk::{Error, Secret, client_keys};

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let base_url = env::var("KEYWRIGHT_URL")?;
    let client_id = env::var("KEYWRIGHT_CLIENT_ID")?;
    let client_secret = Secret::from(env::var("KEYWRIGHT_CLIENT_SECRET")?);

    let answer = client_keys::anonymous(&base_url)?
        .issue_token()
        .body_map(|request| {
            request
                .grant_type("client_credentials")
                .client_id(client_id)
                .client_secret(client_secret)
        })
        .send()
        .await;
    let token = match answer {
        Ok(answer) => answer.into_inner(),
        Err(Error::ErrorResponse(refusal)) => {
            println!("no token: {}", refusal.error);
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    };
    println!(
        "a token for {} seconds, with {}",
        token.expires_in, token.scope
    );

    let client = client_keys::client(&base_url, token.access_token)?;
    match client
        .create_client_key()
        .body_map(|key| key.name("Billing worker"))
        .send()
        .await
    {
        Ok(key) => {
            println!(
                "client {}, its secret shown this once: {}",
                key.client_id,
                key.client_secret.expose()
            );
        }
        Err(Error::ErrorResponse(refusal)) if refusal.code.as_deref() == Some("invalid_token") => {
            println!("the token is no longer good: {}", refusal.message);
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
