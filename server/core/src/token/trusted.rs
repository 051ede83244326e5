//! Tokens of issuers that the configuration trusts.

use anyhow::{Context as _, ensure};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, Header, TokenData, Validation};
use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Audience, Bearer, Claims, TrustedIssuer};
use keywright_model::id::OwnerId;
use keywright_model::scope::Scopes;
use keywright_model::secret::Secret;

/// The most keys of one issuer: a token that names none of them is tried with each.
const KEYS_LEN_MAX: usize = 32;
/// Seconds beyond which a fraction would be lost; no token lives as long.
const SECONDS_MAX: f64 = 9_007_199_254_740_992.0;

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
        let name = &settings.key_set_name;
        let set: JwkSet = serde_json::from_str(&settings.key_set)
            .with_context(|| format!("{name} is no JSON Web Key Set (RFC 7517)"))?;
        ensure!(!set.keys.is_empty(), "{name} holds no key");
        ensure!(
            set.keys.len() <= KEYS_LEN_MAX,
            "{name} holds {} keys: keep at most {KEYS_LEN_MAX}",
            set.keys.len()
        );
        let keys = set.keys.iter().map(|jwk| {
            let kid = jwk.common.key_id.clone();
            Key::read(jwk).with_context(|| {
                let kid = kid.unwrap_or_else(|| "without a kid".to_owned());
                format!("{name}: the key {kid} cannot check tokens")
            })
        });
        Ok(Self {
            settings: settings.clone(),
            keys: keys.collect::<Result<_, _>>()?,
        })
    }

    /// Whether this is the issuer of that name.
    pub(super) fn is_named(&self, issuer: &str) -> bool {
        self.settings.issuer == issuer
    }

    /// What a token says, if it is one of this issuer's, for this audience and an organization that it may name.
    pub(super) fn read_token(
        &self,
        token: &Secret,
        header: &Header,
        now_ms: i64,
    ) -> Option<Claims> {
        let claims = self.check_signature(token, header)?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let issuer = text("iss").filter(|issuer| self.is_named(issuer))?;
        let not_before_ms = claims.get("nbf").map_or(Some(i64::MIN), numeric_date_ms)?;
        if not_before_ms > now_ms {
            return None;
        }
        let organization = Uuid::parse_str(text(&self.settings.organization_claim)?).ok()?;
        let mut allowed = self.settings.organizations.iter();
        if !allowed.all(|allowed| allowed.contains(&organization)) {
            return None;
        }
        let name = match text("sub") {
            Some(subject) => format!("{issuer} {subject}"),
            None => issuer.to_owned(),
        };
        Some(Claims {
            bearer: Bearer::Issuer(name),
            organization_id: OwnerId(organization),
            scopes: scopes(claims.get(&self.settings.scope_claim))?,
            audience: Audience::One(self.settings.audience.clone()),
            is_for_issuer: true,
            expires_at_ms: claims.get("exp").and_then(numeric_date_ms)?,
        })
    }

    /// The claims of a token with the signature of the key that it names, or of any if it names none.
    fn check_signature(&self, token: &Secret, header: &Header) -> Option<Map<String, Value>> {
        let kid = header.kid.as_deref();
        let mut keys = self.keys.iter().filter(|key| {
            key.algorithm == header.alg && (kid.is_none() || key.kid.as_deref() == kid)
        });
        keys.find_map(|key| {
            let mut validation = Validation::new(key.algorithm);
            // Time is told by the clock that was passed in, not by the one of the library.
            validation.validate_exp = false;
            validation.set_audience(&[&self.settings.audience]);
            validation.set_required_spec_claims(&["aud"]);
            let checked = jsonwebtoken::decode(token.expose(), &key.decoding, &validation);
            checked.ok().map(|TokenData { claims, .. }| claims)
        })
    }
}

/// Whether a token of this type may be one for access: of the types of tokens for something else, each has its own
/// name (RFC 8725, section 3.11). Many issuers write `JWT`, or nothing (RFC 9068, section 2.1, asks for `at+jwt`).
pub(super) fn is_for_access(header: &Header) -> bool {
    header.typ.as_deref().is_none_or(|typ| {
        let typ = typ.to_ascii_lowercase();
        let subtype = typ.strip_prefix("application/").unwrap_or(&typ);
        ["jwt", "at+jwt"].contains(&subtype)
    })
}

/// The issuer that a token names, before anything in it is believed: it says whose keys are tried.
pub(super) fn named_issuer(token: &Secret) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        iss: String,
    }

    let payload = URL_SAFE_NO_PAD.decode(token.expose().split('.').nth(1)?);
    let named: Named = serde_json::from_slice(&payload.ok()?).ok()?;
    Some(named.iss)
}

/// An instant as RFC 7519 writes it, in seconds that may have a fraction, in Unix milliseconds.
fn numeric_date_ms(claim: &Value) -> Option<i64> {
    if let Some(seconds) = claim.as_i64() {
        return Some(seconds.saturating_mul(1000));
    }
    let seconds = claim
        .as_f64()
        .filter(|seconds| seconds.abs() < SECONDS_MAX)?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it was just bounded to where every millisecond fits"
    )]
    Some((seconds * 1000.0).floor() as i64)
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

/// Scopes as a space-separated list (RFC 8693) or as an array; `None` if there are more than a token may have.
fn scopes(claim: Option<&Value>) -> Option<Scopes> {
    match claim {
        Some(Value::String(list)) => Scopes::read(list),
        Some(Value::Array(names)) => {
            let names = names.iter().filter_map(Value::as_str);
            Scopes::read_names(names.flat_map(str::split_ascii_whitespace))
        }
        _ => Some(Scopes::default()),
    }
}
