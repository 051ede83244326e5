//! What went wrong, in the words of the core; every contract chooses its own status and envelope.
//! Leaves HTTP to `contract` and causes that only an operator may see to the log.

use crate::scope::{SCOPES_LEN_MAX, Scope};

/// Why an operation did not happen, or may not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No credential was sent.
    #[error("no credential was sent")]
    CredentialMissing,
    /// The credential header is there, but is no single well-formed credential.
    #[error("the credential cannot be read: {0}")]
    CredentialUnreadable(&'static str),
    /// No live key of the kind that is wanted here: unknown, retired, or another kind.
    #[error("the key is unknown, retired, or of another kind")]
    CredentialUnknown,
    /// The access token was good until its end.
    #[error("the access token expired")]
    TokenExpired,
    /// The key is good, but whoever owns it, or the organization it acts for, is suspended.
    #[error("the owner is suspended")]
    OwnerSuspended,
    /// The key is good, but not from this address.
    #[error("the key may not be used from this address")]
    AddressForbidden,
    /// The credential may not do this.
    #[error("the credential lacks a scope")]
    ScopeInsufficient {
        /// The scopes that the operation asks for.
        required: Vec<Scope>,
        /// The scopes that the credential has.
        actual: Vec<Scope>,
    },
    /// The credential may do this, but hands out, ends or changes nothing that is wider than itself.
    #[error("{}", list(.0))]
    WiderThanCaller(Vec<Violation>),
    /// A key that somebody would end is none that was issued here.
    #[error(
        "no key has this secret: send the whole of it, as it was issued; access tokens are not keys"
    )]
    SecretUnknown,
    /// The caller has used up its window.
    #[error("too many requests, wait {retry_after_s} s")]
    RateLimited {
        /// Whole seconds after which one request passes.
        retry_after_s: u32,
    },
    /// The request cannot be read: its JSON, its path, its query or a header.
    #[error("{0}")]
    Malformed(Violation),
    /// The body is longer than this many bytes.
    #[error("the body has more than {0} bytes: send less")]
    BodyTooLong(usize),
    /// The body is not of the content type that is read here.
    #[error("the content type must be {0}")]
    ContentTypeUnknown(&'static str),
    /// The body is compressed, or coded in another way.
    #[error("send the body as it is, without Content-Encoding")]
    ContentEncoded,
    /// The request can be read, but members break a rule.
    #[error("{}", list(.0))]
    Invalid(Vec<Violation>),
    /// A named key needs a name.
    #[error("name is empty: send 1 to 100 characters")]
    NameEmpty,
    /// A named key's name is too long.
    #[error("name has {length} bytes: send at most {maximum}")]
    NameTooLong {
        /// The name as it was sent.
        name: String,
        /// Its length in bytes.
        length: usize,
        /// The most that is allowed, in bytes.
        maximum: usize,
    },
    /// A named key's name has other characters than it may.
    #[error("name may hold ASCII letters, digits, underscores and hyphens only")]
    NameUnmatched {
        /// The name as it was sent.
        name: String,
    },
    /// A live named key of this organization has the name already.
    #[error("a live key has this name already: choose another, or revoke that key")]
    NameTaken,
    /// The owner has as many live keys as the configuration allows.
    #[error(
        "the owner has {limit} live keys, and may have no more: delete one that is no longer needed"
    )]
    KeyLimitReached {
        /// The most live keys that an owner may have.
        limit: u32,
    },
    /// The thing exists already: a given id, or the one live key of an owner.
    #[error("{0}")]
    Taken(String),
    /// The key has left the state that the change needs.
    #[error("{0}")]
    KeyRetired(String),
    /// Nothing has this id.
    #[error("{noun} '{id}' does not exist")]
    NotFound {
        /// What was looked for: `key`, `user`, `organization`.
        noun: &'static str,
        /// The id that was asked for.
        id: String,
    },
    /// Events up to this position are no longer kept, and are asked for.
    #[error(
        "the events up to position {position} were pruned: go on with after={position}, or find them in an export"
    )]
    EventsPruned {
        /// The position of the last event that was pruned.
        position: i64,
    },
    /// Nothing is served at this path.
    #[error("nothing is served at this path: see /docs/ for what is")]
    PathUnknown,
    /// The path is served, with other methods.
    #[error("this path does not take this method: use one of those in Allow")]
    MethodUnknown,
    /// The `Idempotency-Key` was used for another request.
    #[error("this Idempotency-Key was used for another request: send a new one")]
    IdempotencyMismatch,
    /// The token endpoint does not know the grant.
    #[error("the grant type must be client_credentials")]
    GrantUnsupported,
    /// The token endpoint was asked for scopes that the client key does not have.
    #[error("the scope is unknown, or the client key does not have it")]
    ScopeUnavailable,
    /// The token endpoint was asked for more scopes than a token may have.
    #[error("scope may name at most {SCOPES_LEN_MAX} scopes: ask for fewer")]
    ScopesTooMany,
    /// The token endpoint was asked for a token for somebody whom it makes none for.
    #[error("resource and audience must be the issuer or one of tokens.audiences")]
    TargetUnknown,
    /// The wanted consistency was not reached in time; the change may still happen.
    #[error("not reached within {timeout_s} s; the change may still happen")]
    ConsistencyTimeout {
        /// The timeout that ended, in seconds.
        timeout_s: u32,
    },
    /// Nothing was changed, and a retry may succeed.
    #[error("temporarily unavailable: {cause}")]
    Unavailable {
        /// For the log only.
        cause: String,
    },
    /// The commit may or may not have happened.
    #[error("the outcome is unknown: {cause}")]
    OutcomeUnknown {
        /// For the log only.
        cause: String,
    },
    /// A fault of ours; nothing was changed.
    #[error("internal error: {cause}")]
    Internal {
        /// For the log only.
        cause: String,
    },
}

/// One member, header or parameter that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where: an RFC 6901 pointer into the body, or the name of a header or parameter.
    pub place: String,
    /// What is wrong and what would be right.
    pub detail: String,
}

impl Violation {
    /// A violation of the rule that `detail` names, at `place`.
    pub fn new(place: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            detail: detail.into(),
        }
    }
}

impl Violation {
    /// The RFC 6901 pointer into the body: empty for the whole of it, and for what is not in it.
    #[must_use]
    pub fn pointer(&self) -> &str {
        if self.place.starts_with('/') {
            &self.place
        } else {
            ""
        }
    }
}

impl std::fmt::Display for Violation {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A pointer is for programs; the sentence beside it already names the member.
        formatter.write_str(&self.detail)
    }
}

impl Error {
    /// A single member, header or parameter that breaks a rule.
    pub fn invalid(place: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Invalid(vec![Violation::new(place, detail)])
    }

    /// A request that cannot be read at this place.
    pub fn malformed(place: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Malformed(Violation::new(place, detail))
    }

    /// A fault of ours, with its cause for the log.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        Self::Internal {
            cause: cause.to_string(),
        }
    }

    /// Whether the caller asked for something that is never right, whoever asks.
    #[must_use]
    pub fn is_mistake(&self) -> bool {
        matches!(
            self,
            Self::Malformed(_)
                | Self::BodyTooLong(_)
                | Self::ContentTypeUnknown(_)
                | Self::ContentEncoded
                | Self::Invalid(_)
                | Self::IdempotencyMismatch
                | Self::KeyRetired(_)
        )
    }

    /// What is at fault in the request, if the error is about some part of it.
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        match self {
            Self::Invalid(violations) | Self::WiderThanCaller(violations) => violations.clone(),
            Self::Malformed(violation) => vec![violation.clone()],
            Self::NameEmpty | Self::NameTooLong { .. } | Self::NameUnmatched { .. } => {
                vec![Violation::new("/name", self.to_string())]
            }
            Self::BodyTooLong(_)
            | Self::ContentTypeUnknown(_)
            | Self::ContentEncoded
            | Self::IdempotencyMismatch
            | Self::KeyRetired(_) => vec![Violation::new("", self.to_string())],
            _ => Vec::new(),
        }
    }
}

fn list(violations: &[Violation]) -> String {
    let details: Vec<&str> = violations
        .iter()
        .map(|violation| violation.detail.as_str())
        .collect();
    details.join("; ")
}
