//! Where each part of the server is seen: on which listener, and from which web pages.
//! Leaves whether these settings fit each other to `rules`.

use keywright_api::surface::Surface;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something that takes connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listener {
    /// The one that every server has.
    Main,
    /// The one beside it.
    Second,
}

/// The second listener: for what is not meant for everybody who reaches the first. It speaks TLS where that does.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Second {
    /// Its address and port, `HOST:PORT`. Without one there is no second listener.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(
        with = "String",
        regex(pattern = super::LISTEN_PATTERN),
        extend("patternErrorMessage" = "must be HOST:PORT with a port of 0 to 65535, for example 127.0.0.1:8081")
    )]
    pub listen: Option<String>,
    /// Connections that are served on it at the same time, beside the `limits.connections_max` of the first.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub connections_max: usize,
}

impl Default for Second {
    fn default() -> Self {
        Self {
            listen: None,
            connections_max: 1000,
        }
    }
}

/// Where a part is served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(
    missing_docs,
    reason = "documented variants would turn the schema's plain enum into a oneOf"
)]
pub enum Exposure {
    #[default]
    Main,
    Second,
    Both,
    Off,
}

impl Exposure {
    /// Whether what is exposed so is served on this listener.
    #[must_use]
    pub fn is_on(self, listener: Listener) -> bool {
        match self {
            Self::Main => listener == Listener::Main,
            Self::Second => listener == Listener::Second,
            Self::Both => true,
            Self::Off => false,
        }
    }
}

/// Where each part is served: on the `main` listener, the `second`, on `both`, or nowhere (`off`). Elsewhere it is
/// answered 404. `/healthz` and `/readyz` are served on both.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Expose {
    /// The `user-key` contract.
    pub user_key: Exposure,
    /// The `client-keys` contract, with `/oauth/` and `/.well-known/`.
    pub client_keys: Exposure,
    /// The `named-keys` contract.
    pub named_keys: Exposure,
    /// The `organization-key` contract.
    pub organization_key: Exposure,
    /// The `control` contract, but for `/v1/authorize`.
    pub control: Exposure,
    /// `/v1/authorize`, for proxies.
    pub authorize: Exposure,
    /// Swagger UI at `/docs/`, and the documents below `/openapi/`.
    pub docs: Exposure,
    /// `/metrics`.
    pub metrics: Exposure,
}

impl Expose {
    /// Where a part is served.
    #[must_use]
    pub fn of(&self, surface: Surface) -> Exposure {
        match surface {
            Surface::UserKey => self.user_key,
            Surface::ClientKeys => self.client_keys,
            Surface::NamedKeys => self.named_keys,
            Surface::OrganizationKey => self.organization_key,
            Surface::Control => self.control,
            Surface::Authorize => self.authorize,
            Surface::Docs => self.docs,
            Surface::Metrics => self.metrics,
        }
    }

    /// Every part by the name of its setting.
    pub(super) fn settings(&self) -> [(&'static str, Exposure); 8] {
        [
            ("user_key", self.user_key),
            ("client_keys", self.client_keys),
            ("named_keys", self.named_keys),
            ("organization_key", self.organization_key),
            ("control", self.control),
            ("authorize", self.authorize),
            ("docs", self.docs),
            ("metrics", self.metrics),
        ]
    }
}

/// Web pages of other origins that may call the contracts from a browser.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Cors {
    /// Their origins, for example `["https://app.example.com"]`. They may send keys that they have; a browser adds
    /// none by itself. Never for `/v1/authorize`, whose answer is for a proxy.
    #[schemars(
        length(max = 100),
        inner(
            length(max = 300),
            regex(pattern = r"^https?://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[1-9][0-9]{0,4})?$")
        )
    )]
    pub origins: Vec<String>,
}
