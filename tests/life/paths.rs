//! However a key is ended or confined, the very next request with it is refused, on every path.
//! Leaves ends that come by themselves to `time`.

use serde_json::json;
use uuid::Uuid;

use super::holder::{Holder, Kind, Stage};
use super::path::{
    DISABLED, FORBIDDEN_IP, INSUFFICIENT_SCOPE, OWNER_SUSPENDED, Path, REPLACED, REVOKED, Refusal,
};

/// What is done to a key, and perhaps undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Revoked,
    /// By a rotation without a grace.
    Replaced,
    /// By another key of its organization.
    DeletedByItsOwn,
    Disabled,
    OwnerSuspended,
    OwnerDeleted,
    /// Its scopes are taken away.
    Narrowed,
    /// It may be used from another address only.
    Confined,
}

impl Way {
    /// The kinds of credential that it can be done to.
    fn kinds(self) -> Vec<Kind> {
        let keys = Kind::KEYS.into_iter();
        match self {
            Self::Revoked | Self::Replaced | Self::Disabled | Self::Confined => keys.collect(),
            Self::DeletedByItsOwn => vec![Kind::Named, Kind::Client],
            Self::OwnerSuspended => keys.chain([Kind::Issuer]).collect(),
            // An organization with another below it cannot be deleted.
            Self::OwnerDeleted => keys
                .filter(|kind| *kind != Kind::Parent)
                .chain([Kind::Issuer])
                .collect(),
            Self::Narrowed => Kind::ISSUED.to_vec(),
        }
    }

    async fn is_done_to(self, holder: &Holder) {
        let root = holder.root();
        match self {
            Self::Revoked => root.revoke(&holder.key_id).await,
            Self::Replaced => drop(holder.rotated(0).await),
            Self::DeletedByItsOwn => {
                let sibling = json!({
                    "kind": holder.kind.word(), "owner_id": holder.owner_id, "name": "sibling",
                });
                let site = &holder.site;
                let (request, status) = if holder.kind == Kind::Named {
                    let sibling = root.named(sibling).await;
                    let request = site.request("DELETE", "/v0/api_keys/first");
                    (request.bearer(&sibling.key), 200)
                } else {
                    let token = root.client(sibling).await.token().await.token;
                    let target = format!("/api-keys/{}", holder.key_id);
                    (site.request("DELETE", &target).bearer(&token), 204)
                };
                request.send().await.expect(status);
            }
            Self::Disabled => holder.amend(json!({ "enabled": false })).await,
            Self::OwnerSuspended => {
                let body = json!({ "suspended": true });
                root.patch(&holder.owner(), body).await.expect(200);
            }
            Self::OwnerDeleted => {
                let request = root.request("DELETE", &holder.owner());
                request.send().await.expect(204);
            }
            Self::Narrowed => holder.amend(json!({ "scopes": [] })).await,
            Self::Confined => holder.amend(json!({ "ip_allow": ["203.0.113.7"] })).await,
        }
    }

    /// Undoes it; `false` where it is for good.
    async fn is_undone(self, holder: &Holder) -> bool {
        match self {
            Self::Revoked | Self::Replaced | Self::DeletedByItsOwn | Self::OwnerDeleted => {
                return false;
            }
            Self::Disabled => holder.amend(json!({ "enabled": true })).await,
            Self::OwnerSuspended => {
                let body = json!({ "suspended": false });
                holder.root().patch(&holder.owner(), body).await.expect(200);
            }
            Self::Narrowed => {
                let scopes = holder.kind.scopes();
                holder.amend(json!({ "scopes": scopes })).await;
            }
            Self::Confined => holder.amend(json!({ "remove": ["ip_allow"] })).await,
        }
        true
    }
}

/// Does it to a credential of every kind that was used on every path, with each path in turn as the
/// very next request.
async fn assert_refused(way: Way, refusal: Refusal) {
    let stage = Stage::start().await;
    for kind in way.kinds() {
        for next in Path::all_of(kind) {
            let mut holder = stage.used(kind).await;
            way.is_done_to(&holder).await;
            next.refuses(&holder, refusal).await;
            // The refusal itself did not bring it back.
            next.refuses(&holder, refusal).await;
            if way.is_undone(&holder).await {
                next.passes(&mut holder).await;
            }
        }
    }
    stage.finish().await;
}

#[tokio::test]
async fn a_revoked_key_is_refused_by_the_very_next_request_on_every_path() {
    assert_refused(Way::Revoked, REVOKED).await;
}

#[tokio::test]
async fn a_replaced_key_is_refused_by_the_very_next_request_on_every_path() {
    assert_refused(Way::Replaced, REPLACED).await;
}

#[tokio::test]
async fn a_key_that_another_key_deleted_is_refused_by_the_very_next_request_on_every_path() {
    assert_refused(Way::DeletedByItsOwn, REVOKED).await;
}

#[tokio::test]
async fn a_disabled_key_is_refused_at_once_and_good_again_once_it_is_enabled() {
    assert_refused(Way::Disabled, DISABLED).await;
}

#[tokio::test]
async fn a_suspended_owners_credentials_are_refused_at_once_and_good_again_after_it() {
    assert_refused(Way::OwnerSuspended, OWNER_SUSPENDED).await;
}

#[tokio::test]
async fn a_deleted_owners_credentials_are_refused_by_the_very_next_request_on_every_path() {
    assert_refused(Way::OwnerDeleted, REVOKED).await;
}

#[tokio::test]
async fn a_narrowed_key_is_refused_at_once_and_good_again_once_it_has_its_scopes_back() {
    assert_refused(Way::Narrowed, INSUFFICIENT_SCOPE).await;
}

#[tokio::test]
async fn a_key_that_may_not_come_from_here_is_refused_at_once_and_good_again_once_it_may() {
    assert_refused(Way::Confined, FORBIDDEN_IP).await;
}

#[tokio::test]
async fn the_new_key_of_a_rotation_works_at_once_on_every_path() {
    let stage = Stage::start().await;
    for kind in Kind::KEYS {
        for next in Path::all_of(kind) {
            let old = stage.used(kind).await;
            let mut new = old.rotated(0).await;
            assert_ne!((&new.key_id, &new.secret), (&old.key_id, &old.secret));
            next.passes(&mut new).await;
        }
    }
    stage.finish().await;
}

#[tokio::test]
async fn a_key_that_its_owner_replaced_is_refused_and_the_new_one_works_at_once_on_every_path() {
    let stage = Stage::start().await;
    for (kind, rotation) in [
        (Kind::User, Path::RotateUser),
        (Kind::Organization, Path::RotateOrganization),
    ] {
        for next in Path::all_of(kind) {
            for is_old_first in [true, false] {
                let mut holder = stage.used(kind).await;
                let old = holder.clone();
                rotation.passes(&mut holder).await;
                if is_old_first {
                    next.refuses(&old, REPLACED).await;
                }
                next.passes(&mut holder).await;
                next.refuses(&old, REPLACED).await;
            }
        }
    }
    stage.finish().await;
}

#[tokio::test]
async fn a_key_that_the_organization_above_replaced_is_refused_at_once_on_every_path() {
    let stage = Stage::start().await;
    for next in Path::all_of(Kind::Organization) {
        let mut parent = stage.holder(Kind::Parent).await;
        let answer = Path::RotateChild.passes(&mut parent).await;
        let mut child = Holder {
            kind: Kind::Organization,
            owner_id: parent.child_id.clone(),
            secret: answer.string("/result/api_key"),
            ..parent.clone()
        };
        for path in Path::all_of(Kind::Organization) {
            path.passes(&mut child).await;
        }
        Path::RotateChild.passes(&mut parent).await;
        next.refuses(&child, REPLACED).await;
    }
    stage.finish().await;
}

#[tokio::test]
async fn a_retry_with_a_replaced_key_gets_nothing_once_the_owner_may_not_come_in() {
    let stage = Stage::start().await;
    for kind in [Kind::User, Kind::Organization] {
        for (way, status) in [
            (Way::OwnerSuspended, 403),
            (Way::OwnerDeleted, 401),
            (Way::Revoked, 401),
        ] {
            let holder = stage.holder(kind).await;
            let path = Path::all_of(kind)[0];
            let retry = path.request(&holder, "");
            let retry = retry.header("idempotency-key", Uuid::new_v4().to_string());
            let first = retry.clone().send().await.expect(200);
            let again = retry.clone().send().await.expect(200);
            assert_eq!(again.json(), first.json());
            way.is_done_to(&holder).await;
            retry.clone().send().await.expect(status);
            if way.is_undone(&holder).await {
                assert_eq!(retry.send().await.expect(200).json(), first.json());
            }
        }
    }
    stage.finish().await;
}
