//! What passes where proxies ask.
//! Leaves how a key is judged to `keyring`, and whether these settings fit each other to `rules`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use keywright_model::key::CredentialKind;

/// What passes where proxies ask, at `/v1/authorize`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Authorize {
    /// The kinds of keys that may pass, and `token` for access tokens that were issued here. A proxy's question can
    /// narrow this by `kind`, and never widen it.
    #[schemars(length(min = 1, max = 7))]
    pub kinds: Vec<CredentialKind>,
    /// Whom an access token must be for (its `aud`) in order to pass: one of these. Needed with `token`, and only
    /// there; a client asks for such a token by `resource` or `audience`, as `tokens.audiences` allows.
    #[schemars(length(max = 100), inner(length(min = 1, max = 2048)))]
    pub audiences: Vec<String>,
}

impl Default for Authorize {
    fn default() -> Self {
        Self {
            kinds: vec![CredentialKind::Standard],
            audiences: Vec::new(),
        }
    }
}
