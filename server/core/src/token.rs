//! Access tokens: minting our own, checking them and those of trusted issuers.
//! Leaves the state of the keys and owners behind a token to `keyring`.

pub mod signing_keys;
mod trusted;

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};

use jsonwebtoken::{Algorithm, Header, TokenData, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use keywright_model::error::Error;
use keywright_model::id::{KeyId, OwnerId, TokenId};
use keywright_model::peppers::Peppers;
use keywright_model::principal::TokenUse;
use keywright_model::scope::Scopes;
use keywright_model::secret::{Secret, fingerprint};
use keywright_store::OpenDatabase;
use signing_keys::{
    FIRST_SIGNING_KEY, LIFETIME_MAX, SIGNING_KEYS, SigningKey, SigningKeys, lifetime_max_s,
};
use trusted::Trusted;

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
    issuer: RwLock<Arc<str>>,
    /// Whom tokens may be minted for beside the issuer.
    audiences: Vec<String>,
    lifetime_s: u32,
    keys: RwLock<Arc<SigningKeys>>,
    trusted: Vec<Trusted>,
}

impl Tokens {
    /// Takes the signing key from the database, or makes it at the first start.
    ///
    /// # Errors
    /// When the key cannot be unsealed, or a trusted issuer's key set cannot be read.
    pub fn open(
        database: &dyn OpenDatabase,
        peppers: &Peppers,
        issuer: String,
        settings: &Settings,
    ) -> anyhow::Result<Self> {
        let trusted = settings
            .issuers
            .iter()
            .map(Trusted::read)
            .collect::<anyhow::Result<Vec<_>>>()?;
        let keys = if let Some(all) = database.setting(SIGNING_KEYS)? {
            SigningKeys::read(&all, false, peppers)?
        } else {
            let first = match database.setting(FIRST_SIGNING_KEY)? {
                Some(first) => first,
                None => database
                    .keep_setting(FIRST_SIGNING_KEY, &signing_keys::first(peppers.newest())?)?,
            };
            SigningKeys::read(&first, true, peppers)?
        };
        let known = database.setting(LIFETIME_MAX)?;
        let longest_s = lifetime_max_s(known.as_deref(), settings.lifetime_s).to_be_bytes();
        if known.as_deref() != Some(&longest_s) {
            database.change_setting(LIFETIME_MAX, &longest_s)?;
        }
        Ok(Self {
            audiences: settings.audiences.clone(),
            issuer: RwLock::new(issuer.into()),
            lifetime_s: settings.lifetime_s,
            keys: RwLock::new(Arc::new(keys)),
            trusted,
        })
    }

    /// Takes the keys of a setting in place of those that it has; `false` if they are the same.
    ///
    /// # Errors
    /// When they cannot be unsealed; the keys stay as they are then.
    pub fn take_up(&self, setting: &[u8], peppers: &Peppers) -> anyhow::Result<bool> {
        if self.keys().are_of(setting) {
            return Ok(false);
        }
        let keys = Arc::new(SigningKeys::read(setting, false, peppers)?);
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(true)
    }

    /// Names another issuer in tokens from now on; `false` if it is the one that is named already.
    pub fn take_up_issuer(&self, issuer: &str) -> bool {
        if *self.issuer() == *issuer {
            return false;
        }
        *self.issuer.write().unwrap_or_else(PoisonError::into_inner) = issuer.into();
        true
    }

    fn keys(&self) -> Arc<SigningKeys> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&keys)
    }

    /// The issuer's name: the address under which clients reach this server.
    #[must_use]
    pub fn issuer(&self) -> Arc<str> {
        let issuer = self.issuer.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&issuer)
    }

    /// The keys with which others check our tokens, the one in use first.
    #[must_use]
    pub fn public_keys(&self, now_ms: i64) -> Vec<PublicKey> {
        self.keys().published(now_ms)
    }

    /// The audience of a token for `targets`; of one without any, the issuer.
    ///
    /// # Errors
    /// `TargetUnknown` if one of them is not among those that the configuration allows.
    pub fn audience(&self, targets: &[String]) -> Result<Audience, Error> {
        let issuer = self.issuer();
        let Some((first, others)) = targets.split_first() else {
            return Ok(Audience::One(issuer.to_string()));
        };
        let mut known = vec![&*issuer];
        for audience in &self.audiences {
            if !known.contains(&audience.as_str()) {
                known.push(audience);
            }
        }
        if !targets
            .iter()
            .all(|target| known.contains(&target.as_str()))
        {
            return Err(Error::TargetUnknown);
        }
        if others.iter().all(|other| other == first) {
            return Ok(Audience::One(first.clone()));
        }
        let wanted = known.into_iter().map(str::to_owned);
        let wanted = wanted.filter(|known| targets.contains(known));
        Ok(Audience::Several(wanted.collect()))
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
            iss: self.issuer().to_string(),
            aud: audience,
            sub: client.0,
            client_id: client.0,
            org: organization_id.0,
            scope: scopes.to_string(),
            iat,
            exp: iat + i64::from(lifetime_s),
            jti: Uuid::new_v4(),
        };
        let keys = self.keys();
        let key = keys.signing(now_ms);
        let key = key.ok_or_else(|| Error::internal("there is no token signing key"))?;
        let header = Header {
            typ: Some("at+jwt".to_owned()),
            kid: Some(key.public.kid.clone()),
            ..Header::new(Algorithm::EdDSA)
        };
        let token =
            jsonwebtoken::encode(&header, &claims, &key.encoding).map_err(Error::internal)?;
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
        let keys = self.keys();
        let known = keys.remembered().get(&digest).cloned();
        let is_known = known.is_some();
        let claims = match known {
            Some(claims) => claims,
            None => self.read(&keys, token, now_ms)?,
        };
        if !is_meant(&claims) {
            return Err(Error::CredentialUnknown);
        }
        if claims.expires_at_ms <= now_ms {
            keys.remembered().remove(&digest);
            return Err(Error::TokenExpired);
        }
        if !is_known {
            let mut remembered = keys.remembered();
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
        if !is_understood(&header) {
            return None;
        }
        let keys = self.keys();
        let key = keys.named(header.kid.as_deref()?, now_ms)?;
        let claims = decode_own(key, token).ok()?;
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

    fn read(&self, keys: &SigningKeys, token: &Secret, now_ms: i64) -> Result<Claims, Error> {
        let header =
            jsonwebtoken::decode_header(token.expose()).map_err(|_| Error::CredentialUnknown)?;
        if !is_understood(&header) {
            return Err(Error::CredentialUnknown);
        }
        let kid = header.kid.as_deref();
        if let Some(key) = kid.and_then(|kid| keys.named(kid, now_ms)) {
            return read_own(key, token);
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
}

/// The key belongs to this database alone, so the signature says who minted the token;
/// the issuer's name is not compared, since it follows the address that clients use.
fn read_own(key: &SigningKey, token: &Secret) -> Result<Claims, Error> {
    let claims = decode_own(key, token)?;
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

/// The claims of a token with the signature of this key.
fn decode_own(key: &SigningKey, token: &Secret) -> Result<OwnClaims, Error> {
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.validate_exp = false;
    validation.validate_aud = false;
    let decoded = jsonwebtoken::decode(token.expose(), &key.decoding, &validation);
    let TokenData { claims, .. } = decoded.map_err(|_| Error::CredentialUnknown)?;
    Ok(claims)
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
