//! Access tokens: only what we or a trusted issuer signed is taken, and only for what it says.

#![no_main]

use std::sync::LazyLock;
use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use keywright::config::{self, NamedOrganization, TrustedIssuer};
use keywright_core::token::{Bearer, Claims, Tokens};
use keywright_model::id::{KeyId, OwnerId};
use keywright_model::scope::Scopes;
use keywright_model::secret::{Pepper, Secret};
use keywright_store_sqlite::Options;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use uuid::Uuid;

const NOW_MS: i64 = 1_773_576_000_000;
const ISSUER: &str = "https://issuer.example";
const AUDIENCE: &str = "keywright";
/// A key pair of RFC 8037, appendix A: anybody may know it.
const ISSUERS_SEED: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
const ISSUERS_PUBLIC: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

struct World {
    tokens: Tokens,
    ours: String,
    issuers_key: EncodingKey,
}

static WORLD: LazyLock<World> = LazyLock::new(World::new);

fuzz_target!(|bytes: &[u8]| {
    let Some((way, rest)) = bytes.split_first() else {
        return;
    };
    match way % 4 {
        0 => WORLD.check_text(rest),
        1 => WORLD.check_forgery(rest),
        2 => WORLD.check_unsigned(rest),
        _ => WORLD.check_claims(rest),
    }
});

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir()
            .expect("there is room for a folder")
            .keep();
        let jwks_file = folder.join("jwks.json");
        let jwks = serde_json::json!({"keys": [
            {"kty": "OKP", "crv": "Ed25519", "kid": "issuer", "x": ISSUERS_PUBLIC},
        ]});
        std::fs::write(&jwks_file, jwks.to_string()).expect("there is room for a file");
        let options = Options {
            readers: 1,
            busy_timeout: Duration::from_secs(5),
            queue_len_max: 10,
            wait_max: std::time::Duration::from_mins(1),
            reserve_len: 1 << 20,
            counts_keys: false,
            test_hook: None,
        };
        let url = format!("sqlite:{}", folder.join("fuzzed.db").display());
        let database =
            keywright::database::open(&url, options).expect("there is room for a database");
        let trusted = TrustedIssuer {
            issuer: ISSUER.to_owned(),
            audience: AUDIENCE.to_owned(),
            jwks_file,
            organizations: vec![NamedOrganization::Any],
            organization_claim: "org".to_owned(),
            scope_claim: "scope".to_owned(),
        };
        let pepper = Pepper::new(1, &[7; 32]).into();
        let own = "http://127.0.0.1:8080".to_owned();
        let settings = config::Tokens {
            lifetime_s: 600,
            issuers: vec![trusted],
            ..config::Tokens::default()
        };
        let settings = settings
            .token_settings()
            .expect("the key set was just written");
        let tokens = Tokens::open(database.as_ref(), &pepper, own, &settings);
        let tokens = tokens.expect("the database is new");
        let (client, owner) = (KeyId(Uuid::nil()), OwnerId(Uuid::nil()));
        let audience = tokens.audience(&[]).expect("the issuer is always one");
        let minted = tokens.mint(
            client,
            owner,
            Scopes::read("read:api-key").expect("one scope"),
            audience,
            None,
            NOW_MS,
        );
        Self {
            ours: minted.expect("it can be signed").token.expose().to_owned(),
            tokens,
            issuers_key: EncodingKey::from_ed_der(&private_key()),
        }
    }

    fn check(&self, text: String) -> Option<Claims> {
        self.tokens.check(&Secret::new(text), NOW_MS).ok()
    }

    /// Any text: no token.
    fn check_text(&self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let is_ours = text == self.ours;
        assert_eq!(self.check(text).is_some(), is_ours);
    }

    /// A token of ours with some of its characters changed: no token of ours.
    fn check_forgery(&self, bytes: &[u8]) {
        let mut forged = self.ours.clone().into_bytes();
        for edit in bytes.chunks_exact(3) {
            let place = usize::from(u16::from_be_bytes([edit[0], edit[1]])) % forged.len();
            match edit[2] {
                byte @ b' '..=b'~' => forged[place] = byte,
                0 if forged.len() > 1 => drop(forged.remove(place)),
                byte => forged.insert(place, b' ' + byte % 90),
            }
        }
        let text = String::from_utf8_lossy(&forged).into_owned();
        let is_ours = text == self.ours;
        assert_eq!(self.check(text).is_some(), is_ours);
    }

    /// Any header and claims under a signature of nothing: no token.
    fn check_unsigned(&self, bytes: &[u8]) {
        let (header, claims) = split(bytes);
        let signature = self.ours.rsplit('.').next().unwrap_or_default();
        for signature in ["", signature] {
            let text = format!(
                "{}.{}.{signature}",
                URL_SAFE_NO_PAD.encode(header),
                URL_SAFE_NO_PAD.encode(claims)
            );
            let is_ours = text == self.ours;
            assert_eq!(self.check(text).is_some(), is_ours);
        }
    }

    /// Any claims that the trusted issuer did sign: taken as they are meant, or not at all.
    fn check_claims(&self, bytes: &[u8]) {
        let Ok(claims) = serde_json::from_slice::<Value>(bytes) else {
            return;
        };
        let header = Header {
            kid: Some("issuer".to_owned()),
            ..Header::new(Algorithm::EdDSA)
        };
        let Ok(text) = jsonwebtoken::encode(&header, &claims, &self.issuers_key) else {
            return;
        };
        let Some(found) = self.check(text) else {
            return;
        };
        assert_eq!(claims["iss"], ISSUER);
        let names_us = match &claims["aud"] {
            Value::Array(all) => all.iter().any(|one| one == AUDIENCE),
            one => one == AUDIENCE,
        };
        assert!(names_us, "it is for {}", claims["aud"]);
        assert!(
            is_instant(&claims["exp"], found.expires_at_ms),
            "it ends at {}, not at {} ms",
            claims["exp"],
            found.expires_at_ms
        );
        assert!(found.expires_at_ms > NOW_MS, "it has ended");
        if let Some(begin_s) = claims.get("nbf") {
            let begin_s = begin_s.as_f64().expect("an instant is a number");
            let now_s = 1e-3 * NOW_MS as f64;
            assert!(begin_s < now_s + 0.001, "it has not begun");
        }
        let organization = claims["org"].as_str().expect("it must name one");
        let organization: Uuid = organization.parse().expect("it must be an id");
        assert_eq!(found.organization_id, OwnerId(organization));
        assert!(matches!(found.bearer, Bearer::Issuer(name) if name.starts_with(ISSUER)));
    }
}

/// Whether these milliseconds are that instant in seconds (RFC 7519: it may have a fraction), to the millisecond that
/// has begun.
fn is_instant(claim: &Value, found_ms: i64) -> bool {
    match claim.as_i64() {
        Some(seconds) => found_ms == seconds.saturating_mul(1000),
        None => claim.as_f64().is_some_and(|seconds| {
            let found_ms = found_ms as f64;
            let ahead_ms = seconds.mul_add(1000.0, -found_ms);
            // Far ahead, a fraction has fewer digits than milliseconds need.
            let slack_ms = 0.5 + found_ms.abs() * f64::EPSILON;
            (-slack_ms..=1.0 + slack_ms).contains(&ahead_ms)
        }),
    }
}

/// The header before the first line's end, the claims behind it.
fn split(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    end.map_or((bytes, &[]), |end| (&bytes[..end], &bytes[end + 1..]))
}

/// The issuer's private key in PKCS #8 (RFC 8410), which is a fixed head before its seed.
fn private_key() -> Vec<u8> {
    let head = [
        0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04,
        0x20,
    ];
    let seed = URL_SAFE_NO_PAD
        .decode(ISSUERS_SEED)
        .expect("it is base64url");
    [head.as_slice(), &seed].concat()
}
