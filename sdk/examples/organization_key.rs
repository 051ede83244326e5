//! Replaces an organization's API key, and waits until every region acts on it.
//!
//! Set `KEYWRIGHT_URL`, `KEYWRIGHT_ORGANIZATION_ID` and `KEYWRIGHT_ORGANIZATION_KEY` (the current
//! key), then `cargo run -p keywright-sdk --example organization_key`.

use std::env;
use std::error::Error as StdError;

use keywright_sdk::organization_key::types::RequiredConsistency;
use keywright_sdk::{Error, organization_key};

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let key = env::var("KEYWRIGHT_ORGANIZATION_KEY")?;
    let client = organization_key::client(&env::var("KEYWRIGHT_URL")?, key)?;

    let answer = client
        .generate_organization_key()
        .slash_id_org_id(env::var("KEYWRIGHT_ORGANIZATION_ID")?)
        .slash_id_required_consistency(RequiredConsistency::AllRegions)
        .send()
        .await;
    match answer {
        Ok(answer) => {
            let result = answer
                .into_inner()
                .result
                .ok_or("a success carries the key")?;
            println!("the new key, shown this once: {}", result.api_key.expose());
        }
        Err(Error::ErrorResponse(refusal)) if refusal.status() == 408 => {
            println!("not everywhere yet, but it may still arrive; retry with an idempotency key");
        }
        Err(Error::ErrorResponse(refusal)) => {
            for error in &refusal.errors {
                println!("refused ({}): {}", error.httpcode, error.message);
            }
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
