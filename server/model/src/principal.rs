//! Who asks: a caller whose credential was good.

use std::sync::Arc;

use crate::event::Actor;
use crate::id::TokenId;
use crate::key::Key;
use crate::owner::Owner;
use crate::scope::Scopes;

/// A caller whose credential was good when it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// How the events name it.
    pub actor: Actor,
    /// The key that every change must find live: its own, or the one behind its token.
    pub key: Option<Arc<Key>>,
    /// The access token that it came with, if it is one of our own.
    pub token: Option<TokenUse>,
    /// Whom it acts for; `None` for root.
    pub owner: Option<Arc<Owner>>,
    /// What it may do; `None` for root, which may do everything.
    pub scopes: Option<Scopes>,
}

/// An access token of our own, as what rests on it must know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenUse {
    /// Which token.
    pub id: TokenId,
    /// The first instant at which it is no longer good, Unix milliseconds.
    pub expires_at_ms: i64,
}
