//! Access tokens: those issued here, and those of others that are trusted.
//! Leaves whether these settings fit the others to `rules`.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::NamedOrganization;

/// Access tokens: those issued here, and those of others that are trusted.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Tokens {
    /// The issuer that this server's own tokens name, as its clients reach it.
    /// Without one it is `http://`, or `https://` with TLS, and the address that the server listens on. With a
    /// PostgreSQL, which several servers may use, it must be set, and be the same at each of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(
        with = "String",
        regex(pattern = r"^https?://[^\s?#]+$"),
        extend("patternErrorMessage" = "must be a URL without query, for example https://keys.example.com")
    )]
    pub issuer: Option<String>,
    /// Whom a token issued here may be for, beside the issuer: what a client may ask for as `resource` or
    /// `audience`. A token that is not for the issuer, too, opens nothing here.
    #[schemars(length(max = 100), inner(length(min = 1, max = 2048)))]
    pub audiences: Vec<String>,
    /// How long a token issued here is good for, in seconds.
    #[schemars(range(min = 1, max = 604_800))]
    pub lifetime_s: u32,
    /// Other issuers whose tokens are accepted.
    #[schemars(length(max = 100))]
    pub issuers: Vec<TrustedIssuer>,
}

impl Default for Tokens {
    fn default() -> Self {
        Self {
            issuer: None,
            audiences: Vec::new(),
            lifetime_s: 28_800,
            issuers: Vec::new(),
        }
    }
}

/// Another issuer whose tokens are accepted.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrustedIssuer {
    /// The token's `iss`, compared character by character.
    #[schemars(length(min = 1, max = 2048))]
    pub issuer: String,
    /// What the token's `aud` must name.
    #[schemars(length(min = 1, max = 2048))]
    pub audience: String,
    /// The file with the issuer's public keys, a JSON Web Key Set.
    #[schemars(with = "String", length(min = 1))]
    pub jwks_file: PathBuf,
    /// The ids of the organizations that its tokens may act for, or `["*"]` for every one that there is.
    #[schemars(
        length(min = 1, max = 10_000),
        extend("missingErrorMessage" = "name the ids of the organizations that its tokens may act for, or write [\"*\"] for every one")
    )]
    pub organizations: Vec<NamedOrganization>,
    /// The claim that names the organization.
    #[serde(default = "TrustedIssuer::organization_claim")]
    #[schemars(length(min = 1, max = 256))]
    pub organization_claim: String,
    /// The claim that holds the scopes.
    #[serde(default = "TrustedIssuer::scope_claim")]
    #[schemars(length(min = 1, max = 256))]
    pub scope_claim: String,
}

impl TrustedIssuer {
    fn organization_claim() -> String {
        "org".to_owned()
    }

    fn scope_claim() -> String {
        "scope".to_owned()
    }
}
