//! The parts of what is served, each of which may be seen in one place and not in another.
//! Leaves where each is seen to the configuration.

/// A part of what is served that may be seen in one place and not in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// The contract `user-key`.
    UserKey,
    /// The contract `client-keys`, with the token endpoint and what it publishes.
    ClientKeys,
    /// The contract `named-keys`.
    NamedKeys,
    /// The contract `organization-key`.
    OrganizationKey,
    /// The contract `control`, but for what proxies ask.
    Control,
    /// What proxies ask: `/v1/authorize`.
    Authorize,
    /// Swagger UI and the documents.
    Docs,
    /// What the server counts.
    Metrics,
}
