//! Access tokens that are revoked while they are used: by the change that rests on one, and by a look-up under way.
//! Leaves who may revoke which to `tokens`.

use std::sync::Arc;

use keywright_model::error::Error;
use keywright_model::id::TokenId;
use keywright_model::principal::TokenUse;
use keywright_store::{Authority, Change};
use uuid::Uuid;

use super::engines::on_every_engine;
use super::fills::gated;
use super::{NOW_MS, NewKey, Stage};
use crate::support::PATIENCE;

fn token() -> TokenUse {
    TokenUse {
        id: TokenId(Uuid::new_v4()),
        expires_at_ms: NOW_MS + 1,
    }
}

fn revocation(token: TokenUse, client: &NewKey) -> Change {
    Change::RevokeToken {
        token,
        client_id: client.key.id,
        owner_id: client.key.owner_id,
    }
}

async fn a_change_whose_token_was_revoked_or_has_ended_meanwhile_is_refused(stage: Stage) {
    let (_, key) = stage.organization().await;
    let (good, doomed) = (token(), token());
    let ended = TokenUse {
        expires_at_ms: NOW_MS,
        ..token()
    };
    let resting_on = async |token: TokenUse| {
        let authority = Authority {
            token: Some(token),
            ..Authority::default()
        };
        // Any change will do.
        stage
            .write(authority, revocation(self::token(), &key))
            .await
    };
    resting_on(doomed).await.unwrap();
    let revoked = stage.write(Authority::default(), revocation(doomed, &key));
    revoked.await.unwrap();
    let refused = resting_on(doomed).await.unwrap_err();
    assert!(matches!(refused, Error::CredentialUnknown), "{refused}");
    let refused = resting_on(ended).await.unwrap_err();
    assert!(matches!(refused, Error::TokenExpired), "{refused}");
    resting_on(good).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_up_that_a_revocation_overtook_finds_the_token_revoked() {
    let (stage, gate) = gated();
    let (_, key) = stage.organization().await;
    let (doomed, other) = (token(), token());
    // Where nothing was ever revoked, nothing is looked up.
    assert_eq!(stage.store.recall_revocation(doomed, NOW_MS), Some(false));
    let revoked = stage.write(Authority::default(), revocation(other, &key));
    revoked.await.unwrap();
    assert_eq!(stage.store.recall_revocation(other, NOW_MS), Some(true));
    assert_eq!(stage.store.recall_revocation(doomed, NOW_MS), None);
    gate.set(false);
    let store = Arc::clone(&stage.store);
    let look_up = tokio::spawn(async move { store.is_revoked(doomed).await });
    gate.arrivals.recv_timeout(PATIENCE).unwrap();
    let revoked = stage.write(Authority::default(), revocation(doomed, &key));
    revoked.await.unwrap();
    gate.set(true);
    assert!(look_up.await.unwrap().unwrap());
    assert_eq!(stage.store.recall_revocation(doomed, NOW_MS), Some(true));
    // What is not revoked is known after one look-up.
    let good = token();
    assert!(!stage.store.is_revoked(good).await.unwrap());
    assert_eq!(stage.store.recall_revocation(good, NOW_MS), Some(false));
}

on_every_engine! {
    a_change_whose_token_was_revoked_or_has_ended_meanwhile_is_refused,
}
