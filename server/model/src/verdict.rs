//! The answer to a verification.

use std::sync::Arc;

use crate::key::Key;
use crate::limit::NamedRate;

words! {
    /// The answer to "is this key good, and for this?".
    VerdictCode {
        /// Good.
        Valid = "VALID",
        /// Never issued here.
        NotFound = "NOT_FOUND",
        /// Revoked for good.
        Revoked = "REVOKED",
        /// Another key has taken its place.
        Replaced = "REPLACED",
        /// Switched off.
        Disabled = "DISABLED",
        /// Its time is over.
        Expired = "EXPIRED",
        /// Its window is used up.
        RateLimited = "RATE_LIMITED",
        /// Its credits are used up.
        CreditsExhausted = "CREDITS_EXHAUSTED",
        /// Good, but without a scope that was asked for.
        InsufficientScope = "INSUFFICIENT_SCOPE",
        /// Good, but not from this address.
        ForbiddenIp = "FORBIDDEN_IP",
        /// Good, but its owner is suspended.
        OwnerSuspended = "OWNER_SUSPENDED",
    }
}

/// The answer to a verification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Good, or why not.
    pub code: VerdictCode,
    /// The key, unless it was never issued here.
    pub key: Option<Arc<Key>>,
    /// The window that refused it, or the one with the least left; `None` if it has no windows, or
    /// was refused before they were asked.
    pub rate: Option<NamedRate>,
    /// Credits that are left, if they are counted and were asked.
    pub credits_remaining: Option<i64>,
}
