//! Access tokens: minting our own, checking them and those of trusted issuers.
//! Leaves the state of the keys and owners behind a token to `keyring`.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, TokenData, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::config::TrustedIssuer;
use crate::error::Error;
use crate::key::{KeyId, OwnerId, Scopes};
use crate::secret::{Pepper, Secret, fingerprint};
use crate::store::Opened;

const SIGNING_KEY: &str = "token_signing_key";
const SEAL_PURPOSE: &str = "token signing key";
const TOKEN_LEN_MAX: usize = 8192;
const REMEMBERED_MAX: usize = 10_000;

/// What a checked token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// Who it speaks for.
    pub bearer: Bearer,
    /// The organization it acts for.
    pub organization_id: OwnerId,
    /// What it allows.
    pub scopes: Scopes,
    /// The first instant at which it is no longer good, Unix milliseconds.
    pub expires_at_ms: i64,
}

/// Who a token speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bearer {
    /// The client key that it was minted from.
    Client(KeyId),
    /// Somebody whom a trusted issuer vouches for.
    Issuer(String),
}

/// A token that was just minted.
#[derive(Clone, Debug)]
pub struct Minted {
    /// The token.
    pub token: Secret,
    /// Seconds until it ends.
    pub expires_in_s: u32,
    /// What it allows.
    pub scopes: Scopes,
}

/// A public signing key, as RFC 8037 writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// Its name in the header of each token.
    pub kid: String,
    /// Its 32 bytes, in base64url.
    pub x: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct OwnClaims {
    iss: String,
    aud: String,
    sub: Uuid,
    client_id: Uuid,
    org: Uuid,
    scope: String,
    iat: i64,
    exp: i64,
    jti: Uuid,
}

/// Mints and checks tokens.
pub struct Tokens {
    issuer: String,
    lifetime_s: u32,
    encoding: EncodingKey,
    decoding: DecodingKey,
    public: PublicKey,
    trusted: Vec<Trusted>,
    /// Signatures that were good, by the digest of the token: checking one is the dear part.
    remembered: Mutex<HashMap<[u8; 32], Claims>>,
}

struct Trusted {
    settings: TrustedIssuer,
    keys: JwkSet,
}

impl Tokens {
    /// Takes the signing key from the database, or makes it at the first start.
    ///
    /// # Errors
    /// When the key cannot be unsealed, or a trusted issuer's key set cannot be read.
    pub fn open(
        database: &dyn Opened,
        pepper: &Pepper,
        issuer: String,
        lifetime_s: u32,
        issuers: &[TrustedIssuer],
    ) -> anyhow::Result<Self> {
        if database.setting(SIGNING_KEY)?.is_none() {
            let document = Ed25519KeyPair::generate()?.to_pkcs8()?;
            database.keep_setting(SIGNING_KEY, &pepper.seal(SEAL_PURPOSE, document.as_ref()))?;
        }
        let sealed = database
            .setting(SIGNING_KEY)?
            .context("the signing key was just kept")?;
        let document = pepper
            .unseal(SEAL_PURPOSE, &sealed)
            .context("the token signing key in the database was sealed with another pepper")?;
        let pair = Ed25519KeyPair::from_pkcs8(&document)?;
        let public = pair.public_key().as_ref();
        let trusted = issuers
            .iter()
            .map(Trusted::read)
            .collect::<Result<_, _>>()?;
        Ok(Self {
            issuer,
            lifetime_s,
            encoding: EncodingKey::from_ed_der(&document),
            decoding: DecodingKey::from_ed_der(public),
            public: PublicKey {
                kid: URL_SAFE_NO_PAD.encode(&fingerprint(&[public])[..12]),
                x: URL_SAFE_NO_PAD.encode(public),
            },
            trusted,
            remembered: Mutex::default(),
        })
    }

    /// The issuer's name: the address under which clients reach this server.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The key with which others check our tokens.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// Mints a token for a client key (RFC 9068).
    ///
    /// # Errors
    /// When the signature cannot be made.
    pub fn mint(
        &self,
        client: KeyId,
        organization_id: OwnerId,
        scopes: Scopes,
        now_ms: i64,
    ) -> Result<Minted, Error> {
        let iat = now_ms.div_euclid(1000);
        let claims = OwnClaims {
            iss: self.issuer.clone(),
            aud: self.issuer.clone(),
            sub: client.0,
            client_id: client.0,
            org: organization_id.0,
            scope: scopes.to_string(),
            iat,
            exp: iat + i64::from(self.lifetime_s),
            jti: Uuid::new_v4(),
        };
        let header = Header {
            typ: Some("at+jwt".to_owned()),
            kid: Some(self.public.kid.clone()),
            ..Header::new(Algorithm::EdDSA)
        };
        let token =
            jsonwebtoken::encode(&header, &claims, &self.encoding).map_err(Error::internal)?;
        Ok(Minted {
            token: Secret::new(token),
            expires_in_s: self.lifetime_s,
            scopes,
        })
    }

    /// What a token says, if its signature is good and its time has come and is not over.
    ///
    /// # Errors
    /// `TokenExpired`, or `CredentialUnknown` for anything else that is wrong with it.
    pub fn check(&self, token: &Secret, now_ms: i64) -> Result<Claims, Error> {
        if token.expose().len() > TOKEN_LEN_MAX {
            return Err(Error::CredentialUnknown);
        }
        let digest = fingerprint(&[token.expose().as_bytes()]);
        let known = self.remembered().get(&digest).cloned();
        let claims = match known {
            Some(claims) => claims,
            None => self.read(token, now_ms)?,
        };
        if claims.expires_at_ms <= now_ms {
            self.remembered().remove(&digest);
            return Err(Error::TokenExpired);
        }
        let mut remembered = self.remembered();
        if remembered.len() >= REMEMBERED_MAX {
            remembered.retain(|_, claims| claims.expires_at_ms > now_ms);
        }
        if remembered.len() < REMEMBERED_MAX {
            remembered.insert(digest, claims.clone());
        }
        Ok(claims)
    }

    fn remembered(&self) -> std::sync::MutexGuard<'_, HashMap<[u8; 32], Claims>> {
        self.remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, token: &Secret, now_ms: i64) -> Result<Claims, Error> {
        let header =
            jsonwebtoken::decode_header(token.expose()).map_err(|_| Error::CredentialUnknown)?;
        if header.kid.as_deref() == Some(&self.public.kid) {
            return self.read_own(token);
        }
        self.trusted
            .iter()
            .find_map(|trusted| trusted.read_token(token, header.kid.as_deref(), now_ms))
            .ok_or(Error::CredentialUnknown)
    }

    /// The key belongs to this database alone, so the signature says who minted the token;
    /// the issuer's name is not compared, since it follows the address that clients use.
    fn read_own(&self, token: &Secret) -> Result<Claims, Error> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.validate_exp = false;
        validation.validate_aud = false;
        let TokenData { claims, .. } =
            jsonwebtoken::decode::<OwnClaims>(token.expose(), &self.decoding, &validation)
                .map_err(|_| Error::CredentialUnknown)?;
        Ok(Claims {
            bearer: Bearer::Client(KeyId(claims.sub)),
            organization_id: OwnerId(claims.org),
            scopes: Scopes::parse(&claims.scope),
            expires_at_ms: claims.exp.saturating_mul(1000),
        })
    }
}

impl Trusted {
    fn read(settings: &TrustedIssuer) -> anyhow::Result<Self> {
        let path = &settings.jwks_file;
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read tokens.issuers.jwks_file {}", path.display()))?;
        let keys: JwkSet = serde_json::from_str(&text).with_context(|| {
            format!(
                "tokens.issuers.jwks_file {} is no JSON Web Key Set (RFC 7517)",
                path.display()
            )
        })?;
        anyhow::ensure!(!keys.keys.is_empty(), "{} holds no key", path.display());
        Ok(Self {
            settings: settings.clone(),
            keys,
        })
    }

    fn read_token(&self, token: &Secret, kid: Option<&str>, now_ms: i64) -> Option<Claims> {
        let jwk = match kid {
            Some(kid) => self.keys.find(kid)?,
            None => self.keys.keys.first()?,
        };
        // The key says which algorithm is right, never the token.
        let algorithm = jwk
            .common
            .key_algorithm?
            .to_string()
            .parse::<Algorithm>()
            .ok()?;
        let is_symmetric = matches!(
            algorithm,
            Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512
        );
        if is_symmetric {
            return None;
        }
        let mut validation = Validation::new(algorithm);
        // Time is told by the clock that was passed in, not by the one of the library.
        validation.validate_exp = false;
        validation.set_issuer(&[&self.settings.issuer]);
        validation.set_audience(&[&self.settings.audience]);
        validation.set_required_spec_claims(&["iss", "aud", "exp"]);
        let key = DecodingKey::from_jwk(jwk).ok()?;
        let TokenData { claims, .. } = jsonwebtoken::decode::<
            serde_json::Map<String, serde_json::Value>,
        >(token.expose(), &key, &validation)
        .ok()?;
        let not_before_s = claims
            .get("nbf")
            .map_or(Some(0), serde_json::Value::as_i64)?;
        if not_before_s.saturating_mul(1000) > now_ms {
            return None;
        }
        let organization = claims.get(&self.settings.organization_claim)?.as_str()?;
        let scopes = match claims.get(&self.settings.scope_claim) {
            Some(serde_json::Value::String(list)) => Scopes::parse(list),
            Some(serde_json::Value::Array(names)) => {
                let names: Vec<&str> = names.iter().filter_map(serde_json::Value::as_str).collect();
                Scopes::parse(&names.join(" "))
            }
            _ => Scopes::default(),
        };
        Some(Claims {
            bearer: Bearer::Issuer(self.settings.issuer.clone()),
            organization_id: OwnerId(Uuid::parse_str(organization).ok()?),
            scopes,
            expires_at_ms: claims.get("exp")?.as_i64()?.saturating_mul(1000),
        })
    }
}
