//! What operators do: owners, keys of every kind, and the question whether a key is good.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

use super::issue::{Issued, new_secret, replace};
use super::{
    CreateKey, CreateOwner, Keyring, Operation, Permit, ReadKey, ReadOwner, RevokeKey, RotateKey,
    UpdateOwner, VerifyKey, input,
};
use crate::error::Error;
use crate::key::{
    Key, KeyId, Kind, Owner, OwnerId, OwnerKind, RevocationReason, Scope, Scopes, Spending, State,
    Verdict, VerdictCode,
};
use crate::secret::Secret;
use crate::store::{Amendment, Change, KeyFilter, Place, Write, Written};

const PLAN_DEFAULT: &str = "free";
/// The longest grace of a rotation, in seconds: 30 days.
const GRACE_S_MAX: u32 = 2_592_000;

/// A user about to be created.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// A given id; ours if `None`.
    pub id: Option<Uuid>,
    /// Its address.
    pub email: Option<String>,
    /// Its plan.
    pub plan: Option<String>,
}

/// An organization about to be created.
#[derive(Clone, Debug)]
pub struct NewOrganization {
    /// A given id; ours if `None`.
    pub id: Option<Uuid>,
    /// Its name.
    pub name: String,
    /// The organization above it.
    pub parent_id: Option<OwnerId>,
}

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
    /// The first instant at which it is no longer good, Unix milliseconds.
    pub expires_at_ms: Option<i64>,
    /// JSON to attach.
    pub metadata: serde_json::Map<String, serde_json::Value>,
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
    /// At most so many.
    pub limit: u32,
}

/// What somebody wants to know about a key.
#[derive(Clone, Debug)]
pub struct Question {
    /// The key, as somebody presents it.
    pub secret: Secret,
    /// Scopes that it must have, all of them.
    pub all_of: Vec<Scope>,
    /// Scopes of which it must have one, if that is asked.
    pub one_of: Option<Vec<Scope>>,
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Page {
    /// The keys.
    pub items: Vec<Key>,
    /// Where the next page starts, if there is one.
    pub next_cursor: Option<String>,
}

impl Keyring {
    /// Creates a user with its first key.
    ///
    /// # Errors
    /// `Invalid`, or `Taken` if the given id is.
    pub async fn create_user(
        &self,
        permit: &Permit<CreateOwner>,
        new: NewUser,
    ) -> Result<(Owner, Issued), Error> {
        input::check_id(new.id)?;
        new.email.as_deref().map_or(Ok(()), input::check_email)?;
        new.plan.as_deref().map_or(Ok(()), input::check_plan)?;
        let request = format!("user {new:?}");
        let owner = Owner {
            email: new.email,
            plan: Some(new.plan.unwrap_or_else(|| PLAN_DEFAULT.to_owned())),
            ..self.new_owner(OwnerKind::User, new.id)
        };
        self.create_owner(permit, owner, Kind::User, &request).await
    }

    /// Creates an organization with its first key.
    ///
    /// # Errors
    /// `Invalid`, or `Taken` if the given id is.
    pub async fn create_organization(
        &self,
        permit: &Permit<CreateOwner>,
        new: NewOrganization,
    ) -> Result<(Owner, Issued), Error> {
        input::check_id(new.id)?;
        input::check_text("/name", "name", &new.name)?;
        let request = format!("organization {new:?}");
        let owner = Owner {
            name: Some(new.name),
            parent_id: new.parent_id,
            ..self.new_owner(OwnerKind::Organization, new.id)
        };
        self.create_owner(permit, owner, Kind::Organization, &request)
            .await
    }

    /// A user or an organization.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn read_owner(
        &self,
        _permit: &Permit<ReadOwner>,
        kind: OwnerKind,
        id: OwnerId,
    ) -> Result<Owner, Error> {
        self.find_owner_of(kind, id).await
    }

    /// Changes a user or an organization.
    ///
    /// # Errors
    /// `NotFound`, `Invalid`.
    pub async fn update_owner(
        &self,
        permit: &Permit<UpdateOwner>,
        kind: OwnerKind,
        id: OwnerId,
        amendment: Amendment,
    ) -> Result<Owner, Error> {
        amendment
            .email
            .as_deref()
            .map_or(Ok(()), input::check_email)?;
        amendment
            .plan
            .as_deref()
            .map_or(Ok(()), input::check_plan)?;
        amendment
            .name
            .as_deref()
            .map_or(Ok(()), |name| input::check_text("/name", "name", name))?;
        let owner = self.find_owner_of(kind, id).await?;
        if amendment == Amendment::default() {
            return Ok(owner);
        }
        match self
            .change(permit, Change::AmendOwner { id, amendment })
            .await?
        {
            Written::Owner(owner) => Ok(owner),
            Written::Key(_) | Written::Charged(_) | Written::Replay { .. } => {
                Err(Error::internal("an owner became a key"))
            }
        }
    }

    /// Issues a key of any kind.
    ///
    /// # Errors
    /// `Invalid`, `NotFound`, `NameTaken`, `Taken`; `ScopeInsufficient` if a control key would be wider than the caller.
    pub async fn create_key(
        &self,
        permit: &Permit<CreateKey>,
        wish: NewKeyWish,
    ) -> Result<Issued, Error> {
        let request = format!("{wish:?}");
        input::check_key_name(wish.kind, wish.name.as_deref())?;
        input::check_prefix(wish.kind, wish.prefix.as_deref())?;
        input::check_metadata(&wish.metadata)?;
        let scopes = input::check_scopes(wish.kind, wish.scopes)?;
        if wish
            .expires_at_ms
            .is_some_and(|at_ms| at_ms <= self.now_ms())
        {
            return Err(Error::invalid(
                "/expires_at",
                "expires_at must lie in the future",
            ));
        }
        check_not_wider(permit, wish.kind, &scopes)?;
        let owner = self.store.find_owner(wish.owner_id).await?;
        let owner = owner.ok_or_else(|| not_found("owner", wish.owner_id))?;
        input::check_owner_kind(wish.kind, owner.kind)?;
        let secret = new_secret(wish.kind, wish.prefix.as_deref());
        let mut draft = self.draft(wish.kind, owner.id, secret);
        draft.key.name = wish.name;
        draft.key.scopes = scopes;
        draft.key.expires_at_ms = wish.expires_at_ms;
        draft.key.metadata = wish.metadata;
        let change = Change::Issue(self.digested(&draft));
        self.issue(
            permit,
            permit.authority(),
            change,
            draft.secret,
            &[request.as_bytes()],
        )
        .await
    }

    /// A page of keys, in the order of their issue.
    ///
    /// # Errors
    /// `Malformed` if the cursor is none of ours.
    pub async fn list_keys(
        &self,
        _permit: &Permit<ReadKey>,
        query: KeyQuery,
    ) -> Result<Page, Error> {
        let after = query.cursor.as_deref().map(read_cursor).transpose()?;
        let filter = KeyFilter {
            owner_id: query.owner_id,
            kind: query.kind,
            state: query.state,
            name: query.name,
            after,
            offset: 0,
            now_ms: self.now_ms(),
            len_max: query.limit + 1,
        };
        let mut items = self.store.list_keys(filter).await?;
        let has_more = items.len() > query.limit as usize;
        items.truncate(query.limit as usize);
        let last = items.last().filter(|_| has_more);
        Ok(Page {
            next_cursor: last.map(|key| URL_SAFE_NO_PAD.encode(key.id.0.as_bytes())),
            items,
        })
    }

    /// A key.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn read_key(&self, _permit: &Permit<ReadKey>, id: KeyId) -> Result<Key, Error> {
        self.find_key(id).await
    }

    /// Replaces a key; the old one goes on for `grace_s` seconds, never past its own end.
    ///
    /// # Errors
    /// `NotFound`, `KeyRetired`, `Invalid`; `ScopeInsufficient` if it is a control key wider than the caller.
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
        let old = self.find_key(id).await?;
        if grace_s > 0 && matches!(old.kind, Kind::User | Kind::Organization) {
            let detail = "grace_seconds must be 0 here: a user or an organization has exactly one \
                          valid key at every instant";
            return Err(Error::invalid("/grace_seconds", detail));
        }
        check_not_wider(permit, old.kind, &old.scopes)?;
        let prefix = old.hint.split_once("_...").map(|(prefix, _)| prefix);
        let successor = self.draft(old.kind, old.owner_id, new_secret(old.kind, prefix));
        let change = replace(Place::Of(id), i64::from(grace_s) * 1000, &successor, self);
        let request = [id.0.as_bytes().as_slice(), &grace_s.to_be_bytes()];
        self.issue(
            permit,
            permit.authority(),
            change,
            successor.secret,
            &request,
        )
        .await
    }

    /// Revokes a key for good; a second time changes nothing.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn revoke_key(
        &self,
        permit: &Permit<RevokeKey>,
        id: KeyId,
        reason: RevocationReason,
    ) -> Result<Key, Error> {
        let key = self.find_key(id).await?;
        if key.revoked_at_ms.is_some() {
            return Ok(key);
        }
        match self.change(permit, Change::Revoke { id, reason }).await? {
            Written::Key(key) => Ok(key),
            Written::Owner(_) | Written::Charged(_) | Written::Replay { .. } => {
                Err(Error::internal("a key became an owner"))
            }
        }
    }

    /// Says whether a key is good, and for these scopes.
    ///
    /// # Errors
    /// Only if the question cannot be answered; a bad key is an answer.
    pub async fn verify_key(
        &self,
        _permit: &Permit<VerifyKey>,
        question: Question,
    ) -> Result<Verdict, Error> {
        const UNKNOWN: Verdict = Verdict {
            code: VerdictCode::NotFound,
            key: None,
        };
        input::check_asked("/scopes", &question.all_of)?;
        input::check_asked("/any_scope", question.one_of.as_deref().unwrap_or_default())?;
        if !question.secret.is_plausible() {
            return Ok(UNKNOWN);
        }
        let Some(held) = self
            .store
            .find_key_by_digest(self.pepper.digest(&question.secret))
            .await?
        else {
            return Ok(UNKNOWN);
        };
        let has_one = question
            .one_of
            .is_none_or(|any| any.iter().any(|scope| held.key.scopes.has(scope)));
        let code = match held.key.state(self.now_ms()) {
            State::Revoked => VerdictCode::Revoked,
            State::Replaced => VerdictCode::Replaced,
            State::Expired => VerdictCode::Expired,
            State::Disabled => VerdictCode::Disabled,
            State::Live if held.owner.suspended => VerdictCode::OwnerSuspended,
            State::Live if held.key.scopes.cover(&question.all_of) && has_one => VerdictCode::Valid,
            State::Live => VerdictCode::InsufficientScope,
        };
        Ok(Verdict {
            code,
            key: Some(held.key),
        })
    }

    async fn create_owner(
        &self,
        permit: &Permit<CreateOwner>,
        owner: Owner,
        kind: Kind,
        request: &str,
    ) -> Result<(Owner, Issued), Error> {
        let draft = self.draft(kind, owner.id, new_secret(kind, None));
        let change = Change::AddOwner {
            owner,
            first_key: self.digested(&draft),
        };
        let request = [request.as_bytes()];
        let (issued, owner) = self
            .issue_with_owner(permit, permit.authority(), change, draft.secret, &request)
            .await?;
        let owner = owner.ok_or_else(|| Error::internal("a new owner was not returned"))?;
        Ok((owner, issued))
    }

    fn new_owner(&self, kind: OwnerKind, id: Option<Uuid>) -> Owner {
        let now_ms = self.now_ms();
        Owner {
            id: OwnerId(id.unwrap_or_else(Uuid::now_v7)),
            kind,
            name: None,
            email: None,
            plan: None,
            parent_id: None,
            suspended: false,
            spending: Spending::default(),
            created_at_ms: now_ms,
            updated_at_ms: now_ms,
        }
    }

    pub(super) async fn change<O: Operation>(
        &self,
        permit: &Permit<O>,
        change: Change,
    ) -> Result<Written, Error> {
        let write = Write {
            authority: permit.authority(),
            change,
            trail: permit.trail(),
            replay: None,
        };
        self.store.write(write).await
    }

    async fn find_owner_of(&self, kind: OwnerKind, id: OwnerId) -> Result<Owner, Error> {
        let owner = self.store.find_owner(id).await?;
        owner
            .filter(|owner| owner.kind == kind)
            .ok_or_else(|| not_found(kind.word(), id))
    }

    async fn find_key(&self, id: KeyId) -> Result<Key, Error> {
        let held = self.store.find_key(id).await?;
        held.map(|held| held.key)
            .ok_or_else(|| not_found("key", id))
    }
}

/// A control key hands out no more than it has, neither in a new key nor in the successor of another.
fn check_not_wider<O>(permit: &Permit<O>, kind: Kind, scopes: &Scopes) -> Result<(), Error> {
    match &permit.principal.scopes {
        Some(own) if kind == Kind::Control && !own.cover(scopes.as_slice()) => {
            Err(Error::ScopeInsufficient {
                required: scopes.as_slice().to_vec(),
                actual: own.as_slice().to_vec(),
            })
        }
        Some(_) | None => Ok(()),
    }
}

fn not_found(noun: &'static str, id: impl std::fmt::Display) -> Error {
    Error::NotFound {
        noun,
        id: id.to_string(),
    }
}

fn read_cursor(cursor: &str) -> Result<KeyId, Error> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
    let id = bytes.and_then(|bytes| Uuid::from_slice(&bytes).ok());
    id.map(KeyId).ok_or_else(|| {
        Error::malformed(
            "cursor",
            "cursor must be the next_cursor of an earlier page",
        )
    })
}
