//! One request as everything that answers it sees it: who asks, from where, with what, and what its answer carries.
//! Leaves where a credential is carried to each contract.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode};
use uuid::Uuid;

use super::wire::{header_value, instant, read_id};
use super::{Received, headers};
use keywright_core::keyring::{CallerFacts, Origin};
use keywright_model::error::Error;
use keywright_model::id::RequestId;
use keywright_model::limit::NamedRate;

/// One request, as everything that answers it sees it.
pub struct Context {
    /// The id of the request as its answer carries it.
    pub request_id: HeaderValue,
    /// The same id as a number.
    pub origin: Origin,
    pub(super) received: Received,
    pub(super) shows_rate: AtomicBool,
    pub(super) shows_grace: AtomicBool,
    facts: Mutex<CallerFacts>,
    notes: Mutex<Extensions>,
}

/// Noted of a request whose answer costs its caller credits: how many.
#[derive(Clone, Copy)]
pub struct Cost(pub i32);

impl Context {
    /// A request that has just arrived, with its body.
    #[must_use]
    pub fn new(headers: &HeaderMap, address: Option<IpAddr>, received: Received) -> Self {
        let mut sent = headers.get_all(headers::REQUEST_ID).iter();
        let only = sent.next().filter(|_| sent.next().is_none());
        let given = only.and_then(|value| Some((value.clone(), read_id(value.to_str().ok()?)?)));
        let own = Uuid::new_v4();
        let (request_id, id) = given.unwrap_or_else(|| (header_value(own), own));
        Self {
            request_id,
            origin: Origin {
                request_id: RequestId(id),
                server_request_id: Some(RequestId(own)),
                address,
            },
            received,
            shows_rate: AtomicBool::new(false),
            shows_grace: AtomicBool::new(false),
            facts: Mutex::default(),
            notes: Mutex::default(),
        }
    }

    /// The id of the request as text.
    #[must_use]
    pub fn request_id_text(&self) -> String {
        String::from_utf8_lossy(self.request_id.as_bytes()).into_owned()
    }

    /// The body, if all of it is there.
    #[must_use]
    pub fn body(&self) -> Option<&[u8]> {
        self.received.bytes()
    }

    /// Keeps what was found out about the caller, for the answer.
    pub(super) fn remember(&self, facts: CallerFacts) {
        *self.facts.lock().unwrap_or_else(PoisonError::into_inner) = facts;
    }

    /// What was found out about the caller.
    #[must_use]
    pub fn facts(&self) -> CallerFacts {
        let facts = self.facts.lock().unwrap_or_else(PoisonError::into_inner);
        facts.clone()
    }

    /// Notes what only one endpoint, or one contract, wants to know when it answers. There is one note of each type.
    pub fn note<T: Clone + Send + Sync + 'static>(&self, note: T) {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.insert(note);
    }

    /// The note of this type, if there is one.
    pub(super) fn noted<T: Clone + Send + Sync + 'static>(&self) -> Option<T> {
        let notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.get().cloned()
    }

    /// What an answer says about the caller's windows and its key: the `RateLimit` fields on every 429 and
    /// where the contract shows them, and the end of a key in its grace.
    #[must_use]
    pub fn fields(&self, status: StatusCode) -> Vec<(HeaderName, HeaderValue)> {
        let shows_rate = status == StatusCode::TOO_MANY_REQUESTS
            || (self.shows_rate.load(Ordering::Relaxed)
                && (status.is_success() || status == StatusCode::BAD_REQUEST));
        let shows_grace = status.is_success() && self.shows_grace.load(Ordering::Relaxed);
        if !shows_rate && !shows_grace {
            return Vec::new();
        }
        let facts = self.facts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut fields = Vec::new();
        if let Some(NamedRate { name, rate }) = facts.rate.as_ref().filter(|_| shows_rate) {
            let quota = match rate.limit.count {
                0 => 0,
                _ => rate.limit.burst,
            };
            let policy = format!("\"{name}\";q={quota};w={}", rate.limit.rest_s());
            fields.push((headers::RATE_LIMIT_POLICY, policy));
            let state = format!("\"{name}\";r={};t={}", rate.remaining, rate.reset_s);
            fields.push((headers::RATE_LIMIT, state));
        }
        if let Some(at_ms) = facts.grace_until_ms.filter(|_| shows_grace) {
            fields.push((headers::KEY_EXPIRES_AT, instant(at_ms)));
        }
        let fields = fields.into_iter();
        fields
            .filter_map(|(name, value)| Some((name, HeaderValue::from_str(&value).ok()?)))
            .collect()
    }
}

/// The context that the outermost layer put there.
pub(super) fn context(extensions: &Extensions) -> Result<Arc<Context>, Error> {
    let context = extensions.get::<Arc<Context>>().cloned();
    context.ok_or_else(|| Error::internal("a request came without its context"))
}
