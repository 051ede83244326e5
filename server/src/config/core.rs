//! What the core takes out of the configuration.
//! Leaves what the settings are and mean to `config`.

use anyhow::Context as _;
use keywright_core::keyring::{self, Limited, Retirement};
use keywright_core::token;
use keywright_model::clock::DAY_MS;
use keywright_model::limit::Limit;

use super::{Config, NamedOrganization, RateSettings, Tokens, TrustedIssuer};

impl Config {
    /// What it says about rules.
    #[must_use]
    pub fn keyring_settings(&self) -> keyring::Settings {
        let rates = [
            (Limited::UserKey, self.user_key.rate()),
            (Limited::ClientKeys, self.client_keys.clone()),
            (Limited::NamedKeys, self.named_keys.clone()),
            (Limited::OrganizationKey, self.organization_key.clone()),
            (Limited::Control, self.control.clone()),
        ];
        let limits = rates
            .into_iter()
            .filter(|(_, rate)| rate.rate_limit_per_minute > 0);
        let limit = |rate: RateSettings| Limit {
            count: rate.rate_limit_per_minute.into(),
            window_s: 60,
            burst: rate.rate_limit_burst.into(),
        };
        keyring::Settings {
            limits: limits.map(|(name, rate)| (name, limit(rate))).collect(),
            shares_windows: self.limits.shared,
            retry_window_ms: i64::from(self.idempotency.window_s) * 1000,
            user_key_retirement: self.user_key.v1_shutdown_at.map(|at| Retirement {
                deprecated_at_ms: self
                    .user_key
                    .v1_deprecated_at
                    .map(jiff::Timestamp::as_millisecond),
                shutdown_at_ms: at.as_millisecond(),
                is_over: false,
            }),
            unknown_per_minute: self.limits.unknown_per_minute,
            key_lifetime_max_ms: self
                .limits
                .key_lifetime_max_days
                .map(|days| i64::from(days) * DAY_MS),
            keys_per_owner: Some(self.limits.keys_per_owner).filter(|limit| *limit > 0),
            events_kept_ms: self.events.keep_days.map(|days| i64::from(days) * DAY_MS),
            client_error_credits: self.user_key.client_error_credits,
            authorize: keyring::AuthorizeSettings {
                kinds: self.authorize.kinds.clone(),
                audiences: self.authorize.audiences.clone(),
            },
            monthly_credits: self
                .plans
                .iter()
                .map(|(name, plan)| {
                    (
                        name.clone(),
                        i64::try_from(plan.monthly_credits).unwrap_or(i64::MAX),
                    )
                })
                .collect(),
        }
    }
}

impl Tokens {
    /// What it says about access tokens; the key sets of trusted issuers are read.
    ///
    /// # Errors
    /// When a key set cannot be read.
    pub fn token_settings(&self) -> anyhow::Result<token::Settings> {
        let issuers = self.issuers.iter().map(TrustedIssuer::read);
        Ok(token::Settings {
            audiences: self.audiences.clone(),
            lifetime_s: self.lifetime_s,
            issuers: issuers.collect::<Result<_, _>>()?,
        })
    }
}

impl TrustedIssuer {
    fn read(&self) -> anyhow::Result<token::TrustedIssuer> {
        let name = format!("tokens.issuers.jwks_file {}", self.jwks_file.display());
        let key_set = std::fs::read_to_string(&self.jwks_file)
            .with_context(|| format!("cannot read {name}"))?;
        let organizations = self.organizations.iter().map(|named| match named {
            NamedOrganization::Any => None,
            NamedOrganization::One(id) => Some(*id),
        });
        Ok(token::TrustedIssuer {
            issuer: self.issuer.clone(),
            audience: self.audience.clone(),
            key_set,
            key_set_name: name,
            organizations: organizations.collect(),
            organization_claim: self.organization_claim.clone(),
            scope_claim: self.scope_claim.clone(),
        })
    }
}
