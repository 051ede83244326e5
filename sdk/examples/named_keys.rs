//! Makes a named key, and shows what happens when the name is taken.
//!
//! Set `KEYWRIGHT_URL` and `KEYWRIGHT_NAMED_KEY`, then
//! `cargo run -p keywright-sdk --example named_keys`; a second run finds the name taken.

use std::env;
use std::error::Error as StdError;

use keywright_sdk::{Error, named_keys};

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let key = env::var("KEYWRIGHT_NAMED_KEY")?;
    let client = named_keys::client(&env::var("KEYWRIGHT_URL")?, key)?;

    match client
        .create_named_key()
        .body_map(|key| key.name("ci-deploy"))
        .send()
        .await
    {
        Ok(key) => println!(
            "{} is {}, shown this once: {}",
            key.name,
            key.id,
            key.api_key.expose()
        ),
        Err(Error::ErrorResponse(refusal)) if refusal.error_code == "DuplicateName" => {
            println!("ci-deploy exists already: {}", refusal.message);
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
