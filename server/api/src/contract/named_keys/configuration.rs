//! What the provider's own clients ask first: which server this is.

use serde::Serialize;
use utoipa::ToSchema;

use super::{NamedKeys, document};
use crate::contract::{Caller, Json};
use keywright_core::keyring::ReadConfiguration;

/// What server this is, in the members that the provider's clients read.
#[derive(Serialize, ToSchema)]
pub(super) struct ConfigAnswer {
    /// Always `Open source`, the edition that asks for no licence.
    edition: &'static str,
    /// The server's version.
    version: &'static str,
    /// Always empty: the version says it.
    revision: &'static str,
    /// Always empty: there is no runtime.
    runtime_revision: &'static str,
    /// Always empty: there is no page with the changes.
    changelog_url: &'static str,
    /// Always `source`.
    build_source: &'static str,
    build_info: BuildInformation,
    /// Always empty: the server reports nothing.
    posthog: &'static str,
    /// Always empty: the server reports nothing.
    conceptualhq: &'static str,
    /// Always empty: the server reports nothing.
    product_fruits: &'static str,
    /// Always false: there are no functions of users to run.
    allow_rust_udfs: bool,
}

/// How the server was built, which it does not tell: every member is empty.
#[derive(Default, Serialize, ToSchema)]
pub(super) struct BuildInformation {
    build_timestamp: &'static str,
    build_cpu: &'static str,
    build_os: &'static str,
    cargo_dependencies: &'static str,
    cargo_features: &'static str,
    cargo_debug: &'static str,
    cargo_opt_level: &'static str,
    cargo_target_triple: &'static str,
    rustc_version: &'static str,
}

/// Read what server this is
///
/// Answers what clients of the provider ask before anything else. Every named key and every token
/// may ask, whatever its scopes.
#[utoipa::path(
    get,
    path = "/v0/config",
    tag = "named-keys",
    responses((status = 200, body = ConfigAnswer, description = "What server this is.",
        example = document::configuration)),
)]
pub(super) async fn read_config(
    _caller: Caller<NamedKeys, ReadConfiguration>,
) -> Json<ConfigAnswer> {
    Json(ConfigAnswer::of(env!("CARGO_PKG_VERSION")))
}

impl ConfigAnswer {
    pub(super) fn of(version: &'static str) -> Self {
        Self {
            edition: "Open source",
            version,
            revision: "",
            runtime_revision: "",
            changelog_url: "",
            build_source: "source",
            build_info: BuildInformation::default(),
            posthog: "",
            conceptualhq: "",
            product_fruits: "",
            allow_rust_udfs: false,
        }
    }
}
