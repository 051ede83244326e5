//! The operations that need a permit: what each takes for a credential, and which scopes it asks for.

use keywright_model::key::Kind;
use keywright_model::scope::Scope;

/// The credentials that an operation takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepts {
    /// A live key of this kind.
    Key(Kind),
    /// An access token.
    Token,
    /// A named key or an access token.
    NamedKeyOrToken,
    /// The root key or a control key.
    Control,
}

/// What a rate limit counts together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Limited {
    /// Calls of `user-key`, by user.
    UserKey,
    /// Calls of `client-keys`, by organization.
    ClientKeys,
    /// Calls of `named-keys`, by organization.
    NamedKeys,
    /// Calls of `organization-key`, by organization.
    OrganizationKey,
    /// Calls of `control`, by the owner of the control key; root is not limited.
    Control,
}

impl Limited {
    /// The name of the limit on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::UserKey => "user",
            Self::ClientKeys | Self::NamedKeys | Self::OrganizationKey => "organization",
            Self::Control => "control",
        }
    }
}

/// An operation that needs a permit.
pub trait Operation: Send + Sync + 'static {
    /// Its name, for the store of retries.
    const NAME: &'static str;
    /// What it takes for a credential.
    const ACCEPTS: Accepts;
    /// The scopes that the caller must have, all of them.
    const SCOPES: &'static [Scope];
    /// The limit that it counts against.
    const LIMITED: Limited;
    /// Whether the key that it replaced may fetch the answer again.
    const ROTATES_CALLER: bool = false;
}

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident: $accepts:expr, [$($scope:literal),*], $limited:ident $(, $rotates:literal)?;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl Operation for $name {
            const NAME: &'static str = stringify!($name);
            const ACCEPTS: Accepts = $accepts;
            const SCOPES: &'static [Scope] = &[$(Scope::known($scope)),*];
            const LIMITED: Limited = Limited::$limited;
            $(const ROTATES_CALLER: bool = $rotates;)?
        }
    )+};
}

operations! {
    /// A user replaces its own key.
    RotateUserKey: Accepts::Key(Kind::User), [], UserKey, true;
    /// An organization's key, or one above it, replaces the organization's key.
    RotateOrganizationKey: Accepts::Key(Kind::Organization), [], OrganizationKey, true;
    /// A token makes a client key.
    CreateClientKey: Accepts::Token, ["create:api-key"], ClientKeys;
    /// A named key or a token makes a named key, which will have both scopes.
    CreateNamedKey: Accepts::NamedKeyOrToken, ["Read", "Write"], NamedKeys;
    /// A user looks at itself.
    ReadUser: Accepts::Key(Kind::User), [], UserKey;
    /// A token looks at the client keys of its organization.
    ListClientKeys: Accepts::Token, ["read:api-key"], ClientKeys;
    /// A token deletes a client key of its organization.
    DeleteClientKey: Accepts::Token, ["delete:api-key"], ClientKeys;
    /// A named key or a token looks at the named keys of its organization.
    ReadNamedKeys: Accepts::NamedKeyOrToken, ["Read"], NamedKeys;
    /// A named key or a token asks what server this is.
    ReadConfiguration: Accepts::NamedKeyOrToken, [], NamedKeys;
    /// A named key or a token deletes a named key of its organization.
    DeleteNamedKey: Accepts::NamedKeyOrToken, ["Write"], NamedKeys;
    /// An operator creates users and organizations.
    CreateOwner: Accepts::Control, ["owners:write"], Control;
    /// An operator looks at users and organizations.
    ReadOwner: Accepts::Control, ["owners:read"], Control;
    /// An operator changes users and organizations.
    UpdateOwner: Accepts::Control, ["owners:write"], Control;
    /// An operator ends users and organizations.
    DeleteOwner: Accepts::Control, ["owners:write"], Control;
    /// An operator issues keys.
    CreateKey: Accepts::Control, ["keys:write"], Control;
    /// An operator looks at keys.
    ReadKey: Accepts::Control, ["keys:read"], Control;
    /// An operator changes a key.
    UpdateKey: Accepts::Control, ["keys:write"], Control;
    /// An operator replaces a key.
    RotateKey: Accepts::Control, ["keys:write"], Control;
    /// An operator revokes a key.
    RevokeKey: Accepts::Control, ["keys:write"], Control;
    /// A service asks whether a key is good.
    VerifyKey: Accepts::Control, ["keys:verify"], Control;
    /// A service asks whether an access token is good.
    IntrospectToken: Accepts::Control, ["keys:verify"], Control;
    /// An operator looks at what happened.
    ReadEvents: Accepts::Control, ["events:read"], Control;
}
