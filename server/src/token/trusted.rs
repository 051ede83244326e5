//! Tokens of issuers that the configuration trusts.

use anyhow::{Context as _, ensure};
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, TokenData, Validation};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Bearer, Claims};
use crate::config::TrustedIssuer;
use crate::key::{OwnerId, Scopes};
use crate::secret::Secret;

/// An issuer and its public keys.
pub(super) struct Trusted {
    settings: TrustedIssuer,
    keys: Vec<Key>,
}

struct Key {
    kid: Option<String>,
    /// The key says which algorithm is right, never the token.
    algorithm: Algorithm,
    decoding: DecodingKey,
}

impl Trusted {
    /// Reads the issuer's key set; every key in it must be one that tokens can be checked with.
    pub(super) fn read(settings: &TrustedIssuer) -> anyhow::Result<Self> {
        let path = settings.jwks_file.display();
        let text = std::fs::read_to_string(&settings.jwks_file)
            .with_context(|| format!("cannot read tokens.issuers.jwks_file {path}"))?;
        let set: JwkSet = serde_json::from_str(&text).with_context(|| {
            format!("tokens.issuers.jwks_file {path} is no JSON Web Key Set (RFC 7517)")
        })?;
        ensure!(
            !set.keys.is_empty(),
            "tokens.issuers.jwks_file {path} holds no key"
        );
        let keys = set.keys.iter().map(|jwk| {
            let kid = jwk.common.key_id.clone();
            Key::read(jwk).with_context(|| {
                let name = kid.unwrap_or_else(|| "without a kid".to_owned());
                format!("tokens.issuers.jwks_file {path}: the key {name} cannot check tokens")
            })
        });
        Ok(Self {
            settings: settings.clone(),
            keys: keys.collect::<Result<_, _>>()?,
        })
    }

    /// What a token says, if it is one of this issuer's and for this audience.
    pub(super) fn read_token(
        &self,
        token: &Secret,
        kid: Option<&str>,
        now_ms: i64,
    ) -> Option<Claims> {
        let key = self
            .keys
            .iter()
            .find(|key| kid.is_none() || key.kid.as_deref() == kid)?;
        let mut validation = Validation::new(key.algorithm);
        // Time is told by the clock that was passed in, not by the one of the library.
        validation.validate_exp = false;
        validation.set_issuer(&[&self.settings.issuer]);
        validation.set_audience(&[&self.settings.audience]);
        validation.set_required_spec_claims(&["iss", "aud", "exp"]);
        let TokenData { claims, .. } =
            jsonwebtoken::decode::<Map<String, Value>>(token.expose(), &key.decoding, &validation)
                .ok()?;
        let not_before_s = claims.get("nbf").map_or(Some(0), Value::as_i64)?;
        if not_before_s.saturating_mul(1000) > now_ms {
            return None;
        }
        let organization = claims.get(&self.settings.organization_claim)?.as_str()?;
        let issuer = &self.settings.issuer;
        let name = match claims.get("sub").and_then(Value::as_str) {
            Some(subject) => format!("{issuer} {subject}"),
            None => issuer.clone(),
        };
        Some(Claims {
            bearer: Bearer::Issuer(name),
            organization_id: OwnerId(Uuid::parse_str(organization).ok()?),
            scopes: scopes(claims.get(&self.settings.scope_claim)),
            expires_at_ms: claims.get("exp")?.as_i64()?.saturating_mul(1000),
        })
    }
}

impl Key {
    fn read(jwk: &Jwk) -> anyhow::Result<Self> {
        let stated = jwk
            .common
            .key_algorithm
            .map(|name| name.to_string().parse());
        let algorithm = match (stated, &jwk.algorithm) {
            (Some(stated), _) => stated?,
            (None, AlgorithmParameters::RSA(_)) => Algorithm::RS256,
            (None, AlgorithmParameters::EllipticCurve(key)) => match key.curve {
                EllipticCurve::P384 => Algorithm::ES384,
                _ => Algorithm::ES256,
            },
            (None, _) => Algorithm::EdDSA,
        };
        let is_shared = matches!(
            algorithm,
            Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512
        ) || matches!(jwk.algorithm, AlgorithmParameters::OctetKey(_));
        ensure!(
            !is_shared,
            "it is a shared secret: only public keys are taken"
        );
        Ok(Self {
            kid: jwk.common.key_id.clone(),
            algorithm,
            decoding: DecodingKey::from_jwk(jwk)?,
        })
    }
}

/// Scopes as a space-separated list (RFC 8693) or as an array.
fn scopes(claim: Option<&Value>) -> Scopes {
    match claim {
        Some(Value::String(list)) => Scopes::parse(list),
        Some(Value::Array(names)) => {
            let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
            Scopes::parse(&names.join(" "))
        }
        _ => Scopes::default(),
    }
}
