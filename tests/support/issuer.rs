//! An issuer of tokens that a server may trust, and what it says in them.
//! Leaves whether the server does to its settings.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// Somebody else's key pair for signing tokens.
pub(crate) struct Issuer(Vec<u8>);

impl Issuer {
    pub(crate) fn new() -> Self {
        let random = aws_lc_rs::rand::SystemRandom::new();
        Self(
            Ed25519KeyPair::generate_pkcs8v1(&random)
                .unwrap()
                .as_ref()
                .to_vec(),
        )
    }

    /// What a server must have to check the tokens: a JSON Web Key Set.
    pub(crate) fn keys(&self) -> Value {
        let pair = Ed25519KeyPair::from_pkcs8(&self.0).unwrap();
        let x = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
        json!({ "keys": [
            { "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": "1", "x": x },
        ] })
    }

    /// A token whose header and claims are written as they are given.
    pub(crate) fn token_of(&self, header: &str, claims: &str) -> String {
        let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part));
        let signed = format!("{header}.{claims}");
        let pair = Ed25519KeyPair::from_pkcs8(&self.0).unwrap();
        let signature = URL_SAFE_NO_PAD.encode(pair.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    pub(crate) fn token(&self, claims: &Value) -> String {
        let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::EdDSA);
        header.kid = Some("1".to_owned());
        let key = jsonwebtoken::EncodingKey::from_ed_der(&self.0);
        jsonwebtoken::encode(&header, claims, &key).unwrap()
    }
}

/// The claims of a good token with all scopes, for an organization.
pub(crate) fn claims(organization_id: &str) -> Value {
    json!({
        "iss": "https://issuer.example",
        "aud": "keywright",
        "sub": "somebody",
        "exp": 4_102_444_800_i64,
        "tenant": organization_id,
        "scope": "read:api-key create:api-key delete:api-key",
    })
}
