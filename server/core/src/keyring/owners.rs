//! What operators do about users and organizations.
//! Leaves their keys to `keys`.

use std::sync::Arc;

use futures_util::stream::Stream;
use uuid::Uuid;

use super::issue::{Issued, new_secret};
use super::keys::{List, not_found, read_cursor, write_cursor};
use super::{
    CreateOwner, DeleteOwner, Keyring, Listed, Operation, Permit, ReadOwner, UpdateOwner, parts,
    validate,
};
use keywright_model::error::Error;
use keywright_model::id::OwnerId;
use keywright_model::key::Kind;
use keywright_model::limit::RateLimit;
use keywright_model::owner::{Owner, OwnerKind, Spending};
use keywright_store::command::{self, Answered};
use keywright_store::{Amendment, Command, OwnerFilter, Write};

const PLAN_DEFAULT: &str = "free";

/// A user about to be created.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// A given id; ours if `None`.
    pub id: Option<Uuid>,
    /// Its address.
    pub email: Option<String>,
    /// Its plan.
    pub plan: Option<String>,
    /// Windows that all its keys share.
    pub rate_limits: Vec<RateLimit>,
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
    /// Windows that all its keys share.
    pub rate_limits: Vec<RateLimit>,
    /// Whether it begins with an organization key.
    pub first_key: bool,
}

/// Which users or organizations to list.
#[derive(Clone, Debug)]
pub struct OwnerQuery {
    /// Suspended or active ones only.
    pub suspended: Option<bool>,
    /// With exactly this name only.
    pub name: Option<String>,
    /// With exactly this address only.
    pub email: Option<String>,
    /// Directly below this organization only.
    pub parent_id: Option<OwnerId>,
    /// Where the page before ended.
    pub cursor: Option<String>,
    /// The most items of a page.
    pub limit: u32,
}

impl Keyring {
    /// Creates a user with its first key.
    ///
    /// # Errors
    /// `Invalid`, or `Taken` if the given id is; `WiderThanCaller` if the caller does not reach all.
    pub async fn create_user(
        &self,
        permit: &Permit<CreateOwner>,
        new: NewUser,
    ) -> Result<(Owner, Issued), Error> {
        validate::check_id(new.id)?;
        new.email.as_deref().map_or(Ok(()), validate::check_email)?;
        new.plan.as_deref().map_or(Ok(()), validate::check_plan)?;
        validate::check_limits(&new.rate_limits)?;
        let request = format!("user {new:?}");
        let owner = Owner {
            email: new.email,
            plan: Some(new.plan.unwrap_or_else(|| PLAN_DEFAULT.to_owned())),
            rate_limits: new.rate_limits,
            ..self.new_owner(OwnerKind::User, new.id)
        };
        self.create_owner(permit, owner, Kind::User, &request).await
    }

    /// Creates an organization, with its first key unless none is wanted.
    ///
    /// # Errors
    /// `Invalid`, or `Taken` if the given id is; `WiderThanCaller` if it would stand below nobody whom the
    /// caller reaches.
    pub async fn create_organization(
        &self,
        permit: &Permit<CreateOwner>,
        new: NewOrganization,
    ) -> Result<(Owner, Option<Issued>), Error> {
        validate::check_id(new.id)?;
        validate::check_text("/name", "name", &new.name)?;
        validate::check_limits(&new.rate_limits)?;
        let request = format!("organization {new:?}");
        let has_key = new.first_key;
        let owner = Owner {
            name: Some(new.name),
            parent_id: new.parent_id,
            rate_limits: new.rate_limits,
            ..self.new_owner(OwnerKind::Organization, new.id)
        };
        if !has_key {
            return Ok((self.create_keyless_owner(permit, owner).await?, None));
        }
        let (owner, issued) = self
            .create_owner(permit, owner, Kind::Organization, &request)
            .await?;
        Ok((owner, Some(issued)))
    }

    /// A user or an organization.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn read_owner(
        &self,
        permit: &Permit<ReadOwner>,
        kind: OwnerKind,
        id: OwnerId,
    ) -> Result<Owner, Error> {
        self.find_owner_of(permit, kind, id).await
    }

    /// Changes a user or an organization.
    ///
    /// # Errors
    /// `NotFound`, `Invalid`; `WiderThanCaller` if it is suspended, resumed or limited and holds a control key
    /// that is wider than the caller's, or if what limits the caller's own owner is changed.
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
            .map_or(Ok(()), validate::check_email)?;
        amendment
            .plan
            .as_deref()
            .map_or(Ok(()), validate::check_plan)?;
        amendment
            .name
            .as_deref()
            .map_or(Ok(()), |name| validate::check_text("/name", "name", name))?;
        amendment
            .rate_limits
            .as_deref()
            .map_or(Ok(()), validate::check_limits)?;
        let owner = self.find_owner_of(permit, kind, id).await?;
        if amendment == Amendment::default() {
            return Ok(owner);
        }
        self.change(permit, command::AmendOwner { id, amendment })
            .await
    }

    /// Users or organizations in the order of their ids, a part at a time.
    ///
    /// # Errors
    /// `Malformed` if the cursor is none of ours.
    pub fn list_owners(
        &self,
        permit: &Permit<ReadOwner>,
        kind: OwnerKind,
        query: OwnerQuery,
    ) -> Result<impl Stream<Item = Result<Listed<Owner>, Error>> + Send + use<>, Error> {
        let list = match kind {
            OwnerKind::User => List::Users,
            OwnerKind::Organization => List::Organizations,
        };
        let after = query.cursor.as_deref();
        let after = after.map(|cursor| read_cursor(list, cursor)).transpose()?;
        let filter = OwnerFilter {
            kind,
            suspended: query.suspended,
            name: query.name,
            email: query.email,
            parent_id: query.parent_id,
            within: permit.reaches_from(),
            after: after.map(OwnerId),
            len_max: 0,
        };
        let store = Arc::clone(&self.store);
        let read = move |filter, len_max| {
            let store = Arc::clone(&store);
            async move {
                store
                    .database()
                    .list_owners(OwnerFilter { len_max, ..filter })
                    .await
            }
        };
        let pass = |filter: &mut OwnerFilter, owner: &Owner| filter.after = Some(owner.id);
        let cursor = move |filter: &OwnerFilter| filter.after.map(|id| write_cursor(list, id.0));
        Ok(parts::list(filter, query.limit, read, pass, cursor))
    }

    /// Ends a user or an organization, and revokes all its keys.
    ///
    /// # Errors
    /// `NotFound`; `Taken` if organizations stand below it; `WiderThanCaller` if it holds a key that reaches
    /// further than the caller.
    pub async fn delete_owner(
        &self,
        permit: &Permit<DeleteOwner>,
        kind: OwnerKind,
        id: OwnerId,
    ) -> Result<(), Error> {
        if let Err(error) = self.find_owner_of(permit, kind, id).await {
            self.wait_until_durable().await?;
            return Err(error);
        }
        let command = command::DeleteOwner { id };
        self.change(permit, command).await.map(drop)
    }

    async fn create_owner(
        &self,
        permit: &Permit<CreateOwner>,
        owner: Owner,
        kind: Kind,
        request: &str,
    ) -> Result<(Owner, Issued), Error> {
        let draft = self.draft(kind, owner.id, new_secret(kind, None));
        let command = command::AddOwner {
            owner,
            first_key: Some(self.digested(&draft)),
        };
        let request = [request.as_bytes()];
        let write = self.issuing(permit, permit.authority(), command, &draft.secret, &request);
        match self.store.run(write).await? {
            Answered::Made(owner) => Ok((owner, draft)),
            Answered::Replay(replayed) => {
                let owner = replayed.owner.clone();
                Ok((owner, self.issued_before(permit, *replayed)?))
            }
        }
    }

    async fn create_keyless_owner(
        &self,
        permit: &Permit<CreateOwner>,
        owner: Owner,
    ) -> Result<Owner, Error> {
        if permit.retry.is_some() {
            // What is kept for a retry is a secret, and here is none.
            let detail = "first_key must not be false together with an Idempotency-Key: send an `id` of your own \
                          instead, and a repetition is answered 409";
            return Err(Error::invalid("/first_key", detail));
        }
        let first_key = None;
        match self
            .change(permit, command::AddOwner { owner, first_key })
            .await?
        {
            Answered::Made(owner) => Ok(owner),
            Answered::Replay(replayed) => Ok(replayed.owner),
        }
    }

    fn new_owner(&self, kind: OwnerKind, id: Option<Uuid>) -> Owner {
        let now_ms = self.now_ms();
        Owner {
            id: OwnerId(id.unwrap_or_else(|| self.new_id())),
            kind,
            name: None,
            email: None,
            plan: None,
            parent_id: None,
            suspended: false,
            rate_limits: Vec::new(),
            spending: Spending::default(),
            created_at_ms: now_ms,
            updated_at_ms: now_ms,
            deleted_at_ms: None,
            unreadable: Vec::new(),
        }
    }

    /// Makes a change that issues no key.
    pub(super) async fn change<O: Operation, C: Command>(
        &self,
        permit: &Permit<O>,
        command: C,
    ) -> Result<C::Outcome, Error> {
        let write = Write {
            authority: permit.authority(),
            change: command,
            trail: permit.trail(),
            replay: None,
        };
        self.store.run(write).await
    }

    async fn find_owner_of<O>(
        &self,
        permit: &Permit<O>,
        kind: OwnerKind,
        id: OwnerId,
    ) -> Result<Owner, Error> {
        let owner = self.store.database().read_owner(id).await?;
        let found = owner.filter(|owner| owner.kind == kind);
        match found {
            Some(owner) if self.reaches(permit, id).await? => Ok(owner),
            Some(_) | None => Err(not_found(kind.word(), id)),
        }
    }
}
