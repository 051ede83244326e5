//! Access tokens: minting our own, checking them and those of trusted issuers.
//! Leaves the state of the keys and owners behind a token to `keyring`.

mod trusted;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, TokenData, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use keywright_model::error::Error;
use keywright_model::id::{KeyId, OwnerId, TokenId};
use keywright_model::principal::TokenUse;
use keywright_model::scope::Scopes;
use keywright_model::secret::{Pepper, Secret, fingerprint};
use keywright_store::OpenDatabase;
use trusted::Trusted;

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
    /// Whom it is for.
    pub audience: Audience,
    /// Whether it is for this server, too: then it opens its contracts.
    pub is_for_issuer: bool,
    /// The first instant at which it is no longer good, Unix milliseconds.
    pub expires_at_ms: i64,
}

/// Who a token speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bearer {
    /// The client key that it was minted from. A check by it asks, too, whether the token was revoked.
    Client {
        /// The client key.
        key_id: KeyId,
        /// The token.
        token: TokenUse,
    },
    /// The subject of a token of a trusted issuer.
    Issuer(String),
}

/// A token of our own, for any subject, as it was minted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedToken {
    /// Which token it is, and when it ends.
    pub token: TokenUse,
    /// The client key that it was minted from.
    pub client_id: KeyId,
    /// The organization it acts for.
    pub organization_id: OwnerId,
    /// What it allows.
    pub scopes: Scopes,
    /// Who minted it: this server, under the address that clients used then.
    pub issuer: String,
    /// Whom it is for.
    pub audience: Audience,
    /// When it was minted, Unix seconds.
    pub issued_at_s: i64,
    /// When it ends, Unix seconds.
    pub expires_at_s: i64,
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
    aud: Audience,
    sub: Uuid,
    client_id: Uuid,
    org: Uuid,
    scope: String,
    iat: i64,
    exp: i64,
    jti: Uuid,
}

/// Whom a token is for (RFC 7519, section 4.1.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    /// One alone, as most are.
    One(String),
    /// Several.
    Several(Vec<String>),
}

impl Audience {
    /// All whom it is for.
    #[must_use]
    pub fn into_names(self) -> Vec<String> {
        match self {
            Self::One(only) => vec![only],
            Self::Several(all) => all,
        }
    }

    fn names(&self, name: &str) -> bool {
        match self {
            Self::One(only) => only == name,
            Self::Several(all) => all.iter().any(|one| one == name),
        }
    }
}

/// Whether a credential has the form of a token (RFC 7519, section 3): no key has it.
#[must_use]
pub fn is_token(credential: &Secret) -> bool {
    let text = credential.expose();
    text.starts_with("eyJ") && text.bytes().filter(|byte| *byte == b'.').count() == 2
}

/// What the configuration says about tokens.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whom a token issued here may be for, beside the issuer.
    pub audiences: Vec<String>,
    /// How long a token issued here is good for, in seconds.
    pub lifetime_s: u32,
    /// Other issuers whose tokens are accepted.
    pub issuers: Vec<TrustedIssuer>,
}

/// Another issuer whose tokens are accepted.
#[derive(Clone, Debug)]
pub struct TrustedIssuer {
    /// The token's `iss`, compared character by character.
    pub issuer: String,
    /// What the token's `aud` must name.
    pub audience: String,
    /// The issuer's public keys, a JSON Web Key Set.
    pub key_set: String,
    /// What a message about the key set calls it.
    pub key_set_name: String,
    /// The organizations that its tokens may act for; `None` for every one that there is.
    pub organizations: Option<BTreeSet<Uuid>>,
    /// The claim that names the organization.
    pub organization_claim: String,
    /// The claim that holds the scopes.
    pub scope_claim: String,
}

/// Mints and checks tokens.
pub struct Tokens {
    issuer: String,
    /// Whom tokens may be minted for, the issuer first.
    audiences: Vec<String>,
    lifetime_s: u32,
    encoding: EncodingKey,
    decoding: DecodingKey,
    public: PublicKey,
    trusted: Vec<Trusted>,
    /// Signatures that were good, by the digest of the token: checking one is the dear part.
    remembered: Mutex<HashMap<[u8; 32], Claims>>,
}

impl Tokens {
    /// Takes the signing key from the database, or makes it at the first start.
    ///
    /// # Errors
    /// When the key cannot be unsealed, or a trusted issuer's key set cannot be read.
    pub fn open(
        database: &dyn OpenDatabase,
        pepper: &Pepper,
        issuer: String,
        settings: &Settings,
    ) -> anyhow::Result<Self> {
        let trusted = settings
            .issuers
            .iter()
            .map(Trusted::read)
            .collect::<anyhow::Result<Vec<_>>>()?;
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
        let mut audiences = vec![issuer.clone()];
        for audience in &settings.audiences {
            if !audiences.contains(audience) {
                audiences.push(audience.clone());
            }
        }
        Ok(Self {
            audiences,
            issuer,
            lifetime_s: settings.lifetime_s,
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

    /// The audience of a token for `targets`; of one without any, the issuer.
    ///
    /// # Errors
    /// `TargetUnknown` if one of them is not among those that the configuration allows.
    pub fn audience(&self, targets: &[String]) -> Result<Audience, Error> {
        let Some((first, others)) = targets.split_first() else {
            return Ok(Audience::One(self.issuer.clone()));
        };
        if !targets.iter().all(|target| self.audiences.contains(target)) {
            return Err(Error::TargetUnknown);
        }
        if others.iter().all(|other| other == first) {
            return Ok(Audience::One(first.clone()));
        }
        let known = self.audiences.iter();
        let wanted = known.filter(|known| targets.contains(known));
        Ok(Audience::Several(wanted.cloned().collect()))
    }

    /// Mints a token for a client key (RFC 9068), which ends with that key if this is sooner.
    ///
    /// # Errors
    /// When the signature cannot be made.
    pub fn mint(
        &self,
        client: KeyId,
        organization_id: OwnerId,
        scopes: Scopes,
        audience: Audience,
        ends_at_ms: Option<i64>,
        now_ms: i64,
    ) -> Result<Minted, Error> {
        let iat = now_ms.div_euclid(1000);
        let lifetime_s = ends_at_ms.map_or(self.lifetime_s, |end_ms| {
            let left_s = (end_ms.div_euclid(1000) - iat).clamp(0, self.lifetime_s.into());
            u32::try_from(left_s).unwrap_or(self.lifetime_s)
        });
        let claims = OwnClaims {
            iss: self.issuer.clone(),
            aud: audience,
            sub: client.0,
            client_id: client.0,
            org: organization_id.0,
            scope: scopes.to_string(),
            iat,
            exp: iat + i64::from(lifetime_s),
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
            expires_in_s: lifetime_s,
            scopes,
        })
    }

    /// What a token for this server's contracts says, if its signature is good and its time has come and is not
    /// over. A token that was minted for others alone opens nothing: a service that is handed it could act for the client.
    ///
    /// # Errors
    /// `TokenExpired`, or `CredentialUnknown` for anything else that is wrong with it.
    pub fn check(&self, token: &Secret, now_ms: i64) -> Result<Claims, Error> {
        self.check_meant(token, now_ms, |claims| claims.is_for_issuer)
    }

    /// What a token says that was minted here for one of `audiences`.
    ///
    /// # Errors
    /// Like [`Tokens::check`].
    pub fn check_for(
        &self,
        audiences: &[String],
        token: &Secret,
        now_ms: i64,
    ) -> Result<Claims, Error> {
        self.check_meant(token, now_ms, |claims| {
            let mut audiences = audiences.iter();
            matches!(claims.bearer, Bearer::Client { .. })
                && audiences.any(|audience| claims.audience.names(audience))
        })
    }

    fn check_meant(
        &self,
        token: &Secret,
        now_ms: i64,
        is_meant: impl FnOnce(&Claims) -> bool,
    ) -> Result<Claims, Error> {
        if token.expose().len() > TOKEN_LEN_MAX {
            return Err(Error::CredentialUnknown);
        }
        let digest = fingerprint(&[token.expose().as_bytes()]);
        let known = self.remembered().get(&digest).cloned();
        let is_known = known.is_some();
        let claims = match known {
            Some(claims) => claims,
            None => self.read(token, now_ms)?,
        };
        if !is_meant(&claims) {
            return Err(Error::CredentialUnknown);
        }
        if claims.expires_at_ms <= now_ms {
            self.remembered().remove(&digest);
            return Err(Error::TokenExpired);
        }
        if !is_known {
            let mut remembered = self.remembered();
            if remembered.len() >= REMEMBERED_MAX {
                // Forgetting all now and then is cheaper than keeping order, and costs one check each.
                remembered.clear();
            }
            remembered.insert(digest, claims.clone());
        }
        Ok(claims)
    }

    /// One of our own tokens that is not over, for whomever it was minted; `None` for anything else.
    ///
    /// Whether it was revoked, or its key ended, is another question.
    #[must_use]
    pub fn read_issued(&self, token: &Secret, now_ms: i64) -> Option<IssuedToken> {
        if token.expose().len() > TOKEN_LEN_MAX {
            return None;
        }
        let header = jsonwebtoken::decode_header(token.expose()).ok()?;
        if !is_understood(&header) || header.kid.as_deref() != Some(&self.public.kid) {
            return None;
        }
        let claims = self.decode_own(token).ok()?;
        let token = claims.token();
        if token.expires_at_ms <= now_ms {
            return None;
        }
        Some(IssuedToken {
            token,
            client_id: KeyId(claims.sub),
            organization_id: OwnerId(claims.org),
            scopes: Scopes::read(&claims.scope)?,
            issuer: claims.iss,
            audience: claims.aud,
            issued_at_s: claims.iat,
            expires_at_s: claims.exp,
        })
    }

    fn remembered(&self) -> std::sync::MutexGuard<'_, HashMap<[u8; 32], Claims>> {
        self.remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, token: &Secret, now_ms: i64) -> Result<Claims, Error> {
        let header =
            jsonwebtoken::decode_header(token.expose()).map_err(|_| Error::CredentialUnknown)?;
        if !is_understood(&header) {
            return Err(Error::CredentialUnknown);
        }
        if header.kid.as_deref() == Some(&self.public.kid) {
            return self.read_own(token);
        }
        let issuer = trusted::named_issuer(token).ok_or(Error::CredentialUnknown)?;
        let mut trusted = self
            .trusted
            .iter()
            .filter(|trusted| trusted.is_named(&issuer));
        trusted
            .find_map(|trusted| trusted.read_token(token, &header, now_ms))
            .ok_or(Error::CredentialUnknown)
    }

    /// The key belongs to this database alone, so the signature says who minted the token;
    /// the issuer's name is not compared, since it follows the address that clients use.
    fn read_own(&self, token: &Secret) -> Result<Claims, Error> {
        let claims = self.decode_own(token)?;
        Ok(Claims {
            bearer: Bearer::Client {
                key_id: KeyId(claims.sub),
                token: claims.token(),
            },
            organization_id: OwnerId(claims.org),
            scopes: Scopes::read(&claims.scope).ok_or(Error::CredentialUnknown)?,
            is_for_issuer: claims.aud.names(&claims.iss),
            expires_at_ms: claims.token().expires_at_ms,
            audience: claims.aud,
        })
    }

    /// The claims of a token with our own signature.
    fn decode_own(&self, token: &Secret) -> Result<OwnClaims, Error> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.validate_exp = false;
        validation.validate_aud = false;
        let decoded = jsonwebtoken::decode(token.expose(), &self.decoding, &validation);
        let TokenData { claims, .. } = decoded.map_err(|_| Error::CredentialUnknown)?;
        Ok(claims)
    }
}

impl OwnClaims {
    fn token(&self) -> TokenUse {
        TokenUse {
            id: TokenId(self.jti),
            expires_at_ms: self.exp.saturating_mul(1000),
        }
    }
}

/// Whether a token of this header may be one for access. What is critical must be understood, and no extension is
/// (RFC 7515, section 4.1.11).
fn is_understood(header: &Header) -> bool {
    header.crit.is_none() && trusted::is_for_access(header)
}
