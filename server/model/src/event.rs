//! What happened, as the audit log keeps it, and who did it.

use std::fmt;

use uuid::Uuid;

use crate::id::KeyId;

words! {
    /// What an event tells.
    EventAction {
        /// A user or an organization was made.
        OwnerCreated = "owner.created",
        /// A user or an organization was changed.
        OwnerChanged = "owner.changed",
        /// A user or an organization has ended, and with it all its keys.
        OwnerDeleted = "owner.deleted",
        /// A key was made.
        KeyIssued = "key.issued",
        /// A key was changed.
        KeyChanged = "key.changed",
        /// A key gave its place to a new one.
        KeyRotated = "key.rotated",
        /// A key has ended.
        KeyRevoked = "key.revoked",
        /// An access token has ended.
        TokenRevoked = "token.revoked",
        /// A known caller was refused, once or more.
        AccessDenied = "access.denied",
        /// Callers were refused whom no credential made known.
        AccessUnknown = "access.unknown",
        /// The oldest events have ended.
        EventsPruned = "events.pruned",
        /// What all servers of a database agree on was changed.
        SettingsChanged = "settings.changed",
    }
}

words! {
    /// What it came to.
    EventOutcome {
        /// It was done.
        Done = "done",
        /// It was refused.
        Denied = "denied",
    }
}

/// Who acts, as the events name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The root key.
    Root,
    /// A key.
    Key(KeyId),
    /// An access token that was minted from a client key.
    Token(KeyId),
    /// A token of an issuer that the configuration trusts.
    Issuer(String),
    /// The server itself, at its first start.
    Server,
    /// A caller that proved nothing.
    Anonymous,
}

impl fmt::Display for Actor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => formatter.write_str("root"),
            Self::Key(id) => write!(formatter, "key:{id}"),
            Self::Token(id) => write!(formatter, "token:{id}"),
            Self::Issuer(name) => write!(formatter, "issuer:{name}"),
            Self::Server => formatter.write_str("server"),
            Self::Anonymous => formatter.write_str("anonymous"),
        }
    }
}

/// Something that happened, as the audit log keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRecord {
    /// Its place in the log: 1, 2, 3 …
    pub position: i64,
    /// When, Unix milliseconds.
    pub at_ms: i64,
    /// Who, as [`Actor`] writes it.
    pub actor: String,
    /// What, as [`EventAction`] writes it, or a later server did.
    pub action: String,
    /// What it was done to.
    pub target_id: Option<Uuid>,
    /// What else it concerns: the successor of a key, or an owner's first key.
    pub related_id: Option<Uuid>,
    /// The owner whom it concerns.
    pub owner_id: Option<Uuid>,
    /// What it came to, as [`EventOutcome`] writes it.
    pub outcome: String,
    /// More in words.
    pub detail: Option<String>,
    /// In which request, by the id that its caller may have chosen.
    pub request_id: Uuid,
    /// In which request, by the id that the server has given it.
    pub server_request_id: Option<Uuid>,
    /// From which address.
    pub address: Option<String>,
}
