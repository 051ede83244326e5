//! What may change about an owner or a key that is there.
//! Leaves whether it may to the rules.

use keywright_model::address::Network;
use keywright_model::credits::{Credits, Refill};
use keywright_model::key::{Key, Reach};
use keywright_model::limit::RateLimit;
use keywright_model::metadata::Metadata;
use keywright_model::scope::Scopes;

/// What may change about an owner; `None` leaves a property as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amendment {
    /// Suspended or active.
    pub suspended: Option<bool>,
    /// An organization's name.
    pub name: Option<String>,
    /// A user's address.
    pub email: Option<String>,
    /// A user's plan.
    pub plan: Option<String>,
    /// The windows that all its keys share.
    pub rate_limits: Option<Vec<RateLimit>>,
}

/// What may change about a key; `None` leaves a property as it is, `Some(None)` takes it away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyAmendment {
    /// Switched on or off.
    pub enabled: Option<bool>,
    /// Its name.
    pub name: Option<Option<String>>,
    /// What it may do.
    pub scopes: Option<Scopes>,
    /// Whom it acts on.
    pub reach: Option<Reach>,
    /// The first instant at which it is no longer good, Unix milliseconds.
    pub expires_at_ms: Option<Option<i64>>,
    /// Its windows.
    pub rate_limits: Option<Vec<RateLimit>>,
    /// How often it may be used.
    pub credits: Option<Option<NewCredits>>,
    /// Where it may be used.
    pub ip_allow: Option<Vec<Network>>,
    /// JSON to attach.
    pub metadata: Option<Metadata>,
}

impl KeyAmendment {
    /// The names of what changes, separated by spaces.
    #[must_use]
    pub fn names(&self) -> String {
        let changes = [
            ("enabled", self.enabled.is_some()),
            ("name", self.name.is_some()),
            ("scopes", self.scopes.is_some()),
            ("reach", self.reach.is_some()),
            ("expires_at", self.expires_at_ms.is_some()),
            ("rate_limits", self.rate_limits.is_some()),
            ("credits", self.credits.is_some()),
            ("ip_allow", self.ip_allow.is_some()),
            ("metadata", self.metadata.is_some()),
        ];
        names(&changes)
    }

    /// The key with what changes about it; of its credits, the rules decide.
    #[must_use]
    pub fn applied_to(&self, key: &Key) -> Key {
        let Self {
            enabled,
            name,
            scopes,
            reach,
            expires_at_ms,
            rate_limits,
            credits: _,
            ip_allow,
            metadata,
        } = self.clone();
        let old = key.clone();
        Key {
            enabled: enabled.unwrap_or(old.enabled),
            name: name.unwrap_or(old.name),
            scopes: scopes.unwrap_or(old.scopes),
            reach: reach.unwrap_or(old.reach),
            expires_at_ms: expires_at_ms.unwrap_or(old.expires_at_ms),
            end_is_given: old.end_is_given && expires_at_ms.is_none(),
            rate_limits: rate_limits.unwrap_or(old.rate_limits),
            ip_allow: ip_allow.unwrap_or(old.ip_allow),
            metadata: metadata.unwrap_or(old.metadata),
            // All that could not be read is sent anew.
            unreadable: Vec::new(),
            ..old
        }
    }

    /// Whether each of these members gets another value.
    #[must_use]
    pub fn covers(&self, members: &[&str]) -> bool {
        let names = self.names();
        let is_changed = |member: &&str| names.split(' ').any(|name| name == *member);
        members.iter().all(is_changed)
    }
}

/// Credits as they are given to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewCredits {
    /// How many there are now.
    pub remaining: i64,
    /// How they come back, if they do.
    pub refill: Option<Refill>,
}

impl NewCredits {
    /// The credits of a key that has them from this instant on.
    #[must_use]
    pub fn from(self, now_ms: i64) -> Credits {
        Credits {
            remaining: self.remaining,
            refill: self.refill,
            period: self.refill.map_or(0, |refill| refill.every.of(now_ms)),
            epoch: 0,
        }
    }
}

impl Amendment {
    /// The names of what changes, separated by spaces.
    #[must_use]
    pub fn names(&self) -> String {
        let changes = [
            ("suspended", self.suspended.is_some()),
            ("name", self.name.is_some()),
            ("email", self.email.is_some()),
            ("plan", self.plan.is_some()),
            ("rate_limits", self.rate_limits.is_some()),
        ];
        names(&changes)
    }
}

fn names(changes: &[(&str, bool)]) -> String {
    let names = changes.iter().filter(|(_, is_changed)| *is_changed);
    names.map(|(name, _)| *name).collect::<Vec<_>>().join(" ")
}
