//! Makes a user, verifies its first key, revokes it and verifies it again.
//!
//! Set `KEYWRIGHT_URL` and `KEYWRIGHT_ROOT_KEY`, then
//! `cargo run -p keywright-sdk --example control`.

use std::env;
use std::error::Error as StdError;

use keywright_sdk::control::types::RevocationReason;
use keywright_sdk::{Error, control};

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let root_key = env::var("KEYWRIGHT_ROOT_KEY")?;
    let client = control::client(&env::var("KEYWRIGHT_URL")?, root_key)?;

    let user = client
        .create_user()
        .body_map(|user| user.plan("free"))
        .send()
        .await?
        .into_inner();
    println!("user {} with key {}", user.id, user.key.id);

    for _ in 0..2 {
        let verdict = client
            .verify_key()
            .body_map(|request| request.key(&user.key.secret))
            .send()
            .await?;
        println!("valid: {}, because {}", verdict.valid, verdict.code);
        let reason = RevocationReason::Superseded;
        let revocation = client.revoke_key().id(user.key.id);
        revocation
            .body_map(|revocation| revocation.reason(reason))
            .send()
            .await?;
    }

    match client.read_key().id(user.id).send().await {
        Ok(key) => println!("key {} is {}", key.id, key.state),
        Err(Error::ErrorResponse(problem)) if problem.status() == 404 => {
            println!(
                "{}: {} (request {})",
                problem.title, problem.detail, problem.request_id
            );
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
