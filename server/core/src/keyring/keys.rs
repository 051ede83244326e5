//! What operators do about keys of every kind, except to judge them.
//! Leaves their owners to `owners`, and verdicts to `verify`.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::stream::Stream;
use uuid::Uuid;

use super::issue::{Issued, bound, new_secret};
use super::{
    CreateKey, Keyring, Listed, Permit, ReadKey, RevokeKey, RotateKey, UpdateKey, parts, validate,
};
use keywright_model::bounds;
use keywright_model::error::Error;
use keywright_model::id::{KeyId, OwnerId};
use keywright_model::key::{Key, Kind, Reach, RevocationReason, State};
use keywright_model::limit::RateLimit;
use keywright_model::metadata::Metadata;
use keywright_store::{KeyAmendment, KeyFilter, NewCredits, command};

/// The longest grace of a rotation, in seconds: 30 days.
const GRACE_S_MAX: u32 = 2_592_000;
/// A successor is drafted so often: once at a guess, once in the form of the old key, which does not change.
const FORMS_TRIED_MAX: usize = 2;

/// A key about to be issued by an operator.
#[derive(Clone, Debug)]
pub struct NewKeyWish {
    /// What it is for.
    pub kind: Kind,
    /// Who will own it.
    pub owner_id: OwnerId,
    /// Its name.
    pub name: Option<String>,
    /// The prefix of its secret.
    pub prefix: Option<String>,
    /// What it may do; `None` for what its kind may.
    pub scopes: Option<Vec<String>>,
    /// Whom it acts on, if it is a control key; `None` for its owner and those below it.
    pub reach: Option<Reach>,
    /// The first instant at which it is no longer good, Unix milliseconds.
    pub expires_at_ms: Option<i64>,
    /// JSON to attach.
    pub metadata: Metadata,
    /// Its windows.
    pub rate_limits: Vec<RateLimit>,
    /// How often it may be used, if that is to be counted.
    pub credits: Option<NewCredits>,
    /// The networks it may be used from; from anywhere if there is none.
    pub ip_allow: Vec<String>,
}

impl NewKeyWish {
    /// A key with a name, of which nothing else is chosen.
    #[must_use]
    pub fn named(kind: Kind, owner_id: OwnerId, name: &str) -> Self {
        Self {
            kind,
            owner_id,
            name: Some(name.to_owned()),
            prefix: None,
            scopes: None,
            reach: None,
            expires_at_ms: None,
            metadata: Metadata::default(),
            rate_limits: Vec::new(),
            credits: None,
            ip_allow: Vec::new(),
        }
    }
}

/// Which keys to list.
#[derive(Clone, Debug)]
pub struct KeyQuery {
    /// Of this owner only.
    pub owner_id: Option<OwnerId>,
    /// Of this kind only.
    pub kind: Option<Kind>,
    /// In this state only.
    pub state: Option<State>,
    /// With exactly this name only.
    pub name: Option<String>,
    /// Where the page before ended.
    pub cursor: Option<String>,
    /// The most items of a page.
    pub limit: u32,
}

/// What is to change about a key; `None` leaves a property as it is, `Some(None)` takes it away.
#[derive(Clone, Debug, Default)]
pub struct KeyPatch {
    /// Switched on or off.
    pub enabled: Option<bool>,
    /// Its name.
    pub name: Option<Option<String>>,
    /// What it may do.
    pub scopes: Option<Vec<String>>,
    /// Whom it acts on.
    pub reach: Option<Reach>,
    /// The first instant at which it is no longer good, Unix milliseconds.
    pub expires_at_ms: Option<Option<i64>>,
    /// Its windows.
    pub rate_limits: Option<Vec<RateLimit>>,
    /// How often it may be used.
    pub credits: Option<Option<NewCredits>>,
    /// The networks it may be used from.
    pub ip_allow: Option<Vec<String>>,
    /// JSON to attach.
    pub metadata: Option<Metadata>,
}

impl Keyring {
    /// Issues a key of any kind.
    ///
    /// # Errors
    /// `Invalid`, `NotFound`, `NameTaken`, `Taken`; `ScopeInsufficient` or `WiderThanCaller` if a control key
    /// would be wider than the caller.
    pub async fn create_key(
        &self,
        permit: &Permit<CreateKey>,
        wish: NewKeyWish,
    ) -> Result<Issued, Error> {
        let request = format!("{wish:?}");
        validate::check_key_name(wish.kind, wish.name.as_deref())?;
        validate::check_prefix(wish.kind, wish.prefix.as_deref())?;
        validate::check_limits(&wish.rate_limits)?;
        wish.credits.map_or(Ok(()), validate::check_credits)?;
        let ip_allow = validate::read_networks(&wish.ip_allow)?;
        let scopes = validate::check_scopes(wish.kind, wish.scopes)?;
        validate::check_reach(wish.kind, wish.reach)?;
        self.check_end(wish.expires_at_ms)?;
        // From memory: what is checked here never changes, and the rest is checked again at the commit.
        let owner = self.store.find_owner(wish.owner_id).await?;
        let owner = owner.ok_or_else(|| not_found("owner", wish.owner_id))?;
        if !self.reaches(permit, owner.id).await? {
            return Err(not_found("owner", owner.id));
        }
        validate::check_owner_kind(wish.kind, owner.kind)?;
        let secret = new_secret(wish.kind, wish.prefix.as_deref());
        let mut draft = self.draft(wish.kind, owner.id, secret);
        draft.key.name = wish.name;
        draft.key.scopes = scopes;
        draft.key.reach = wish.reach.unwrap_or(Reach::Owner);
        draft.key.expires_at_ms = wish.expires_at_ms;
        // Who must choose an end and chooses the last that is allowed chose none.
        draft.key.end_is_given = wish.expires_at_ms.is_some()
            && wish.expires_at_ms == self.end_max_ms(draft.key.created_at_ms);
        draft.key.metadata = wish.metadata;
        draft.key.rate_limits = wish.rate_limits;
        draft.key.credits = wish.credits.map(|credits| credits.from(self.now_ms()));
        draft.key.ip_allow = ip_allow;
        bound(permit, &mut draft.key)?;
        let request = [request.as_bytes()];
        let issued = self.issue_draft(permit, draft, &request).await?;
        Ok(self.counted(issued))
    }

    /// Keys in the order of their issue, a part at a time.
    ///
    /// # Errors
    /// `Malformed` if the cursor is none of ours.
    pub fn list_keys(
        self: &Arc<Self>,
        permit: &Permit<ReadKey>,
        query: KeyQuery,
    ) -> Result<impl Stream<Item = Result<Listed<Key>, Error>> + Send + use<>, Error> {
        let after = query.cursor.as_deref();
        let after = after
            .map(|cursor| read_cursor(List::Keys, cursor))
            .transpose()?;
        let filter = KeyFilter {
            owner_id: query.owner_id,
            kind: query.kind,
            state: query.state,
            name: query.name,
            within: permit.reaches_from(),
            after: after.map(KeyId),
            offset: 0,
            now_ms: self.now_ms(),
            len_max: 0,
        };
        Ok(self.list_in_parts(filter, query.limit))
    }

    /// The first keys that a filter lets through, with what is counted of them in memory.
    pub(super) fn list_in_parts(
        self: &Arc<Self>,
        filter: KeyFilter,
        limit: u32,
    ) -> impl Stream<Item = Result<Listed<Key>, Error>> + Send + use<> {
        let keyring = Arc::clone(self);
        let read = move |filter: KeyFilter, len_max| {
            let keyring = Arc::clone(&keyring);
            async move {
                let filter = KeyFilter { len_max, ..filter };
                let mut part = keyring.store.database().list_keys(filter).await?;
                for key in &mut part.items {
                    keyring.count_in(key);
                }
                Ok(part)
            }
        };
        let pass = |filter: &mut KeyFilter, key: &Key| {
            filter.after = Some(key.id);
            filter.offset = 0;
        };
        let cursor = |filter: &KeyFilter| filter.after.map(|id| write_cursor(List::Keys, id.0));
        parts::list(filter, limit, read, pass, cursor)
    }

    /// A key.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn read_key(&self, permit: &Permit<ReadKey>, id: KeyId) -> Result<Key, Error> {
        let key = self.show_key(id).await?;
        self.check_reach_of(permit, &key).await?;
        Ok(key)
    }

    /// Changes a key.
    ///
    /// # Errors
    /// `NotFound`, `Invalid`, `NameTaken`, `KeyRetired`; `ScopeInsufficient` or `WiderThanCaller` if it is a
    /// control key that is wider than the caller, or would be.
    pub async fn update_key(
        &self,
        permit: &Permit<UpdateKey>,
        id: KeyId,
        patch: KeyPatch,
    ) -> Result<Key, Error> {
        let key = self.find_key(id).await?;
        self.check_reach_of(permit, &key).await?;
        check_target(permit, &key)?;
        let amendment = self.check_patch(&key, patch)?;
        if amendment == KeyAmendment::default() {
            return self.show_key(id).await;
        }
        let amendment = Box::new(amendment);
        let key = self.change(permit, command::AmendKey { id, amendment });
        let mut key = Arc::unwrap_or_clone(key.await?);
        self.count_in(&mut key);
        Ok(key)
    }

    fn check_patch(&self, key: &Key, patch: KeyPatch) -> Result<KeyAmendment, Error> {
        if let Some(name) = &patch.name {
            validate::check_key_name(key.kind, name.as_deref())?;
        }
        validate::check_reach(key.kind, patch.reach)?;
        patch
            .expires_at_ms
            .map_or(Ok(()), |end_ms| self.check_end(end_ms))?;
        patch
            .rate_limits
            .as_deref()
            .map_or(Ok(()), validate::check_limits)?;
        let credits = patch.credits.flatten();
        credits.map_or(Ok(()), validate::check_credits)?;
        let scopes = patch
            .scopes
            .map(|scopes| validate::check_scopes(key.kind, Some(scopes)));
        let ip_allow = patch.ip_allow.as_deref().map(validate::read_networks);
        Ok(KeyAmendment {
            enabled: patch.enabled,
            name: patch.name,
            scopes: scopes.transpose()?,
            reach: patch.reach,
            expires_at_ms: patch.expires_at_ms,
            rate_limits: patch.rate_limits,
            credits: patch.credits,
            ip_allow: ip_allow.transpose()?,
            metadata: patch.metadata,
        })
    }

    /// Replaces a key; the old one goes on for `grace_s` seconds, never past its own end.
    ///
    /// # Errors
    /// `NotFound`, `KeyRetired`, `Invalid`; `ScopeInsufficient` or `WiderThanCaller` if it is a control key
    /// wider than the caller.
    pub async fn rotate_key(
        &self,
        permit: &Permit<RotateKey>,
        id: KeyId,
        grace_s: u32,
    ) -> Result<Issued, Error> {
        if grace_s > GRACE_S_MAX {
            let detail = format!("grace_seconds must be 0 to {GRACE_S_MAX}, got {grace_s}");
            return Err(Error::invalid("/grace_seconds", detail));
        }
        let request = [id.0.as_bytes().as_slice(), &grace_s.to_be_bytes()];
        let mut old = self.store.recall_key(id);
        for _ in 0..FORMS_TRIED_MAX {
            // A key that is not in memory is likely to be of the commonest form; if not, the store returns it.
            let (kind, prefix) = match &old {
                Some(old) => {
                    self.check_reach_of(permit, old).await?;
                    check_grace(old.kind, grace_s)?;
                    // What can change meanwhile is looked at again where the change is made.
                    check_target(permit, old)?;
                    old.form()
                }
                None => (Kind::Standard, None),
            };
            // The store puts in the owner of the old key.
            let successor = self.draft(kind, OwnerId(Uuid::nil()), new_secret(kind, prefix));
            let lasting_ms = i64::from(grace_s) * 1000;
            let outcome = self.succeed(permit, id, lasting_ms, successor, &request);
            match outcome.await? {
                Ok(issued) => return Ok(self.counted(issued)),
                Err(unlike) => old = Some(unlike),
            }
        }
        Err(Error::internal("a key changed its form"))
    }

    /// Revokes a key for good, and those before it that are in their grace; a second time changes nothing.
    ///
    /// # Errors
    /// `NotFound`; `ScopeInsufficient` or `WiderThanCaller` if it is a control key wider than the caller.
    pub async fn revoke_key(
        &self,
        permit: &Permit<RevokeKey>,
        id: KeyId,
        reason: RevocationReason,
    ) -> Result<Key, Error> {
        let key = self.find_key(id).await?;
        self.check_reach_of(permit, &key).await?;
        check_target(permit, &key)?;
        // One that has ended already goes there, too: the change that ended it may not be on the disk yet.
        let key = self.change(permit, command::Revoke { id, reason });
        let mut key = Arc::unwrap_or_clone(key.await?);
        self.count_in(&mut key);
        Ok(key)
    }

    /// A key with what is counted of it in memory.
    async fn show_key(&self, id: KeyId) -> Result<Key, Error> {
        let mut key = self.find_key(id).await?;
        self.count_in(&mut key);
        Ok(key)
    }

    /// An end that a key may have: ahead, and no further than the longest life of a key.
    fn check_end(&self, expires_at_ms: Option<i64>) -> Result<(), Error> {
        let now_ms = self.now_ms();
        validate::check_future(expires_at_ms, now_ms)?;
        validate::check_lifetime(expires_at_ms, self.end_max_ms(now_ms))
    }

    /// A key that was issued, with what is counted in memory: it may have a line before it.
    fn counted(&self, mut issued: Issued) -> Issued {
        self.count_in(&mut issued.key);
        issued
    }

    async fn find_key(&self, id: KeyId) -> Result<Key, Error> {
        let key = self.store.database().read_key(id).await?;
        key.ok_or_else(|| not_found("key", id))
    }
}

fn check_grace(kind: Kind, grace_s: u32) -> Result<(), Error> {
    if grace_s > 0 && matches!(kind, Kind::User | Kind::Organization) {
        let detail = "grace_seconds must be 0 here: a user or an organization has exactly one \
                      valid key at every instant";
        return Err(Error::invalid("/grace_seconds", detail));
    }
    Ok(())
}

/// A control key ends, changes and replaces no control key that is wider than itself.
fn check_target<O>(permit: &Permit<O>, key: &Key) -> Result<(), Error> {
    match &permit.principal.key {
        Some(own) if bounds::pass_on(own.kind, key.kind) => bounds::check_target(key, own),
        Some(_) | None => Ok(()),
    }
}

pub(super) fn not_found(noun: &'static str, id: impl std::fmt::Display) -> Error {
    Error::NotFound {
        noun,
        id: id.to_string(),
    }
}

/// The lists that go on from an id; a cursor of one is none of another.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(super) enum List {
    Keys = b'k',
    Users = b'u',
    Organizations = b'o',
}

/// A cursor behind the thing with this id.
pub(super) fn write_cursor(list: List, id: Uuid) -> String {
    let mut bytes = vec![list as u8];
    bytes.extend_from_slice(id.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(super) fn read_cursor(list: List, cursor: &str) -> Result<Uuid, Error> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
    let id = bytes.and_then(|bytes| Uuid::from_slice(bytes.strip_prefix(&[list as u8])?).ok());
    id.ok_or_else(cursor_unknown)
}

pub(super) fn cursor_unknown() -> Error {
    Error::malformed(
        "cursor",
        "cursor must be the next_cursor of an earlier page",
    )
}
