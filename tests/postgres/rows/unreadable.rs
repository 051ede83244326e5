//! Values that no keywright of this version writes: named, and nothing rests on what stands in their place.
//! Leaves what such a key may be used for to `stored`.

use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::State;
use keywright_store::{LookUp as _, ReadFrom};

use super::{Both, NOW_MS, digest, id};

/// PostgreSQL has no statement that leaves a CHECK out.
const WITHOUT_CHECKS: &str = "SET search_path = keywright; ALTER TABLE keys DROP CONSTRAINT keys_kind_check, \
     DROP CONSTRAINT keys_reach_check; ALTER TABLE owners DROP CONSTRAINT owners_kind_check";

#[tokio::test]
async fn a_key_that_cannot_be_read_is_as_good_as_disabled_and_names_why_as_in_sqlite() {
    let both = Both::filled().await;
    both.postgres.sql(WITHOUT_CHECKS);
    let deep = format!("{{\"x\":{}1{}}}", "[".repeat(200), "]".repeat(200));
    let scopes = "a ".repeat(65);
    let kept = "scopes = 'Read', metadata = '{}', rate_limits = '[]', ip_allow = '', kind = 'user', reach = 'owner'";
    let key_id = KeyId(id(22));
    for (member, assignment) in [
        ("metadata", "metadata = '{'".to_owned()),
        ("metadata", "metadata = '[]'".to_owned()),
        ("metadata", format!("metadata = '{deep}'")),
        ("scopes", format!("scopes = '{scopes}'")),
        ("rate_limits", "rate_limits = '[[\"a\"]]'".to_owned()),
        ("ip_allow", "ip_allow = '192.0.2.0/24 nowhere'".to_owned()),
        ("kind", "kind = 'other'".to_owned()),
        ("reach", "reach = 'none'".to_owned()),
        ("digest", "digest = '\\xff'".to_owned()),
    ] {
        both.plant(&format!("UPDATE keys SET {kept} WHERE id = '{}'", key_id.0));
        both.plant(&format!(
            "UPDATE keys SET {assignment} WHERE id = '{}'",
            key_id.0
        ));
        let key = both.engine.read_key(key_id).await.unwrap();
        assert_eq!(key, both.sqlite.database().read_key(key_id).await.unwrap());
        let key = key.unwrap();
        assert_eq!(key.unreadable, [member], "{assignment}");
        assert_eq!(key.state(NOW_MS), State::Disabled, "{assignment}");
    }
    // The last was its digest: no secret finds it any more.
    let found = both.engine.look_up_key_by_digest(digest(22), ReadFrom::Any);
    assert_eq!(found.await.unwrap().found, None);
}

#[tokio::test]
async fn credits_and_owners_that_cannot_be_read_are_named_as_in_sqlite() {
    let both = Both::filled().await;
    both.postgres.sql(WITHOUT_CHECKS);
    both.plant("UPDATE credits SET refill_every = 'year'");
    let key_id = KeyId(id(22));
    let key = both.engine.read_key(key_id).await.unwrap();
    assert_eq!(key, both.sqlite.database().read_key(key_id).await.unwrap());
    assert_eq!(key.unwrap().unreadable, ["credits"]);
    for (number, member, assignment) in [
        (1, "kind", "kind = 'group'"),
        (5, "rate_limits", "rate_limits = '[[]]'"),
    ] {
        let owner_id = OwnerId(id(number));
        both.plant(&format!(
            "UPDATE owners SET {assignment} WHERE id = '{}'",
            owner_id.0
        ));
        let owner = both.engine.read_owner(owner_id).await.unwrap();
        let expected = both.sqlite.database().read_owner(owner_id).await.unwrap();
        assert_eq!(owner, expected);
        let owner = owner.unwrap();
        assert_eq!(owner.unreadable, [member]);
        assert!(owner.suspended);
    }
}
