//! Replaces a user's API key.
//!
//! Set `KEYWRIGHT_URL` and `KEYWRIGHT_USER_KEY` (the current key), then
//! `cargo run -p keywright-sdk --example user_key`.

use std::env;
use std::error::Error as StdError;

use keywright_sdk::user_key::types::{ApiVersion, GenerateUserKeyError};
use keywright_sdk::{Error, user_key};

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let key = env::var("KEYWRIGHT_USER_KEY")?;
    let client = user_key::client(&env::var("KEYWRIGHT_URL")?, key)?;

    match client
        .generate_user_key()
        .x_exorde_api_version(ApiVersion::V1)
        .send()
        .await
    {
        Ok(answer) => {
            println!("cost: {} credits", answer.status.cost);
            println!("the new key, shown this once: {}", answer.apikey.expose());
        }
        Err(Error::ErrorResponse(refusal)) => match refusal.into_inner() {
            GenerateUserKeyError::ErrorAnswer(answer) => {
                println!("refused ({}): {}", answer.error.code, answer.error.message);
            }
            GenerateUserKeyError::ServerFault(fault) => {
                println!(
                    "the server failed; name the request {} when you ask",
                    *fault.request_id
                );
            }
        },
        // A 503 of this contract has no body to be typed.
        Err(Error::UnexpectedResponse(response)) if response.status() == 503 => {
            println!(
                "try again in {:?} seconds",
                response.headers().get("Retry-After")
            );
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
