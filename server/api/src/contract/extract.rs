//! What a handler asks for: a caller that may do the operation, ids and segments of the path, the query.
//! Leaves bodies to `body`, and who may do what to the core.

use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::context::context;
use super::wire::read_id;
use super::{Contract, Failure, body, headers};
use keywright_core::keyring::{Guard, Keyring, Operation, Permit};
use keywright_model::error::Error;

/// A caller that may do the operation `O`; a handler that asks for one cannot forget to check.
pub struct Caller<C, O, const HAS_QUERY: bool = false>(Permit<O>, PhantomData<C>);

/// A caller of an operation that has parameters in its query, which `Query` reads.
pub type FilteringCaller<C, O> = Caller<C, O, true>;

impl<C, O, const HAS_QUERY: bool> Deref for Caller<C, O, HAS_QUERY> {
    type Target = Permit<O>;

    fn deref(&self) -> &Permit<O> {
        &self.0
    }
}

impl<C: Contract, O: Operation, const HAS_QUERY: bool> FromRequestParts<Arc<Keyring>>
    for Caller<C, O, HAS_QUERY>
{
    type Rejection = Failure<C>;

    async fn from_request_parts(
        parts: &mut Parts,
        keyring: &Arc<Keyring>,
    ) -> Result<Self, Failure<C>> {
        let context = context(&parts.extensions)?;
        let credential = C::credential(&parts.headers)?;
        let retry = headers::retry_key(&parts.headers);
        let mut guard = Guard::default();
        let known = retry.clone().unwrap_or_default();
        // Boxed, as what is big in other operations, so that an operation's own future stays below the kilobyte
        // up to which memory is handed out fast.
        let permit = keyring.permit(credential, known, context.origin, &mut guard);
        let permit = Box::pin(permit).await;
        context.shows_rate.store(C::SHOWS_RATE, Ordering::Relaxed);
        context.shows_grace.store(C::SHOWS_GRACE, Ordering::Relaxed);
        context.remember(guard);
        let permit = permit?;
        retry?;
        body::whole(&context)?;
        if C::REFUSES_QUERIES && !HAS_QUERY {
            body::read_query::<NoQuery>(parts.uri.query().unwrap_or_default())?;
        }
        Ok(Self(permit, PhantomData))
    }
}

/// The query string of an operation that has no parameters there.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NoQuery {}

/// The id in the path.
pub struct Id<C>(pub Uuid, PhantomData<C>);

impl<C: Contract, S: Send + Sync> FromRequestParts<S> for Id<C> {
    type Rejection = Failure<C>;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure<C>> {
        let parameters = RawPathParams::from_request_parts(parts, state).await;
        let parameters = parameters.map_err(|_| Error::malformed("id", "id must be a UUID"))?;
        let text = parameters
            .iter()
            .find(|(name, _)| *name == "id")
            .map(|(_, text)| text);
        let id = text.and_then(read_id);
        let id =
            id.ok_or_else(|| Error::malformed("id", "id must be a UUID with its four hyphens"))?;
        Ok(Self(id, PhantomData))
    }
}

/// The last part of the path, decoded: a name or an id that the contract does not promise to be well formed.
pub struct Segment<C>(pub String, PhantomData<C>);

impl<C: Contract, S: Send + Sync> FromRequestParts<S> for Segment<C> {
    type Rejection = Failure<C>;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure<C>> {
        // What is no UTF-8 once it is decoded names nothing.
        let found = axum::extract::Path::<String>::from_request_parts(parts, state).await;
        let axum::extract::Path(text) = found.map_err(|_| Error::PathUnknown)?;
        Ok(Self(text, PhantomData))
    }
}

/// The query string.
pub struct Query<C, T>(pub T, PhantomData<C>);

impl<C: Contract, T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<C, T> {
    type Rejection = Failure<C>;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure<C>> {
        Ok(Self(
            body::read_query(parts.uri.query().unwrap_or_default())?,
            PhantomData,
        ))
    }
}
