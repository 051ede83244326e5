//! Remembers every secret that a server has given out, and looks for them where none may be.
//! Leaves which files those are to `child`.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;
use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::Value;

/// Members of answers that hold a secret.
const MEMBERS: [&str; 5] = [
    "apikey",
    "clientSecret",
    "access_token",
    "api_key",
    "secret",
];
/// A piece of a secret of this length is as good as found.
const PIECE_LEN: usize = 20;

/// The secrets of one server.
#[derive(Debug, Default)]
pub(crate) struct Secrets(Mutex<BTreeSet<String>>);

impl Secrets {
    /// Remembers a secret.
    pub(crate) fn add(&self, secret: &str) {
        if secret.len() >= PIECE_LEN {
            self.0.lock().unwrap().insert(secret.to_owned());
        }
    }

    /// Remembers what an answer gives out.
    pub(crate) fn add_all_of(&self, body: &[u8]) {
        if let Ok(body) = serde_json::from_slice(body) {
            self.walk(&body);
        }
    }

    /// How many secrets are remembered.
    pub(crate) fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// All that are remembered.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.0.lock().unwrap().iter().cloned().collect()
    }

    fn walk(&self, value: &Value) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    match member.as_str() {
                        Some(secret) if MEMBERS.contains(&name.as_str()) => self.add(secret),
                        _ => self.walk(member),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.walk(item)),
            _ => {}
        }
    }

    /// The first place in some bytes that holds a secret, or a telling piece of one.
    pub(crate) fn first_in(&self, bytes: &[u8]) -> Option<usize> {
        Pieces::of(&self.0.lock().unwrap()).first_in(bytes)
    }

    /// The files in a folder that hold a secret, or a telling piece of one.
    pub(crate) fn found_in(&self, folder: &Path) -> Vec<String> {
        let pieces = Pieces::of(&self.0.lock().unwrap());
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            // A reserve has a length and nothing in it, and would take longer than all else.
            if path.is_file() && !path.to_string_lossy().ends_with(".reserve") {
                let bytes = std::fs::read(&path).unwrap();
                if let Some(offset) = pieces.first_in(&bytes) {
                    found.push(format!("{} at byte {offset}", path.display()));
                }
            }
        }
        found
    }
}

/// What to look for: pieces of the text of each secret, plain and encoded, and the bytes that the text stands for.
struct Pieces {
    texts: HashSet<[u8; PIECE_LEN]>,
    uuids: HashSet<[u8; 16]>,
    /// One bit for each hash of a piece's first four bytes, so that most of a file is passed over.
    filter: Vec<bool>,
}

impl Pieces {
    fn of(secrets: &BTreeSet<String>) -> Self {
        let mut pieces = Self {
            texts: HashSet::new(),
            uuids: HashSet::new(),
            filter: vec![false; 1 << 20],
        };
        for secret in secrets {
            if let Ok(uuid) = uuid::Uuid::parse_str(secret) {
                pieces.add_uuid(*uuid.as_bytes());
                pieces.add_text(uuid.simple().to_string().as_bytes());
            }
            if let Some(bytes) = twenty_bytes(secret) {
                pieces.add_text(&bytes);
            }
            // Of a token only the signature is secret: the rest says what anyone may know.
            let random = if secret.starts_with("eyJ") {
                secret.rsplit('.').next().unwrap_or_default()
            } else {
                secret
                    .split_once([':', '_'])
                    .map_or(secret.as_str(), |(_, random)| random)
            };
            pieces.add_text(random.as_bytes());
            pieces.add_encoded(random.as_bytes());
        }
        pieces
    }

    fn add_text(&mut self, text: &[u8]) {
        for window in text.windows(PIECE_LEN) {
            self.filter[slot(window)] = true;
            self.texts.insert(window.try_into().unwrap());
        }
    }

    /// Adds what becomes of a text in a URL, and inside something longer that is written in base64.
    fn add_encoded(&mut self, text: &[u8]) {
        for keep in [&b"-_.~"[..], b"-_.*", b"-_.~:+/="] {
            for hex in [
                |byte: u8| format!("%{byte:02X}"),
                |byte: u8| format!("%{byte:02x}"),
            ] {
                let is_kept = |byte: u8| byte.is_ascii_alphanumeric() || keep.contains(&byte);
                let characters = text.iter().map(|byte| match byte {
                    byte if is_kept(*byte) => char::from(*byte).to_string(),
                    byte => hex(*byte),
                });
                self.add_text(characters.collect::<String>().as_bytes());
            }
        }
        for offset in 0..3 {
            let padded = [vec![0; offset], text.to_vec()].concat();
            for engine in [&STANDARD, &URL_SAFE] {
                let encoded = engine.encode(&padded);
                // The characters at both ends depend on what stands before and behind the secret.
                let begin = (offset * 4).div_ceil(3);
                let end = padded.len() / 3 * 4;
                self.add_text(&encoded.as_bytes()[begin..end]);
            }
        }
    }

    fn add_uuid(&mut self, bytes: [u8; 16]) {
        self.filter[slot(&bytes)] = true;
        self.uuids.insert(bytes);
    }

    fn first_in(&self, bytes: &[u8]) -> Option<usize> {
        (0..bytes.len().saturating_sub(15)).find(|&start| {
            let rest = &bytes[start..];
            self.filter[slot(rest)]
                && (rest
                    .first_chunk()
                    .is_some_and(|piece| self.texts.contains(piece))
                    || rest
                        .first_chunk()
                        .is_some_and(|piece| self.uuids.contains(piece)))
        })
    }
}

fn slot(bytes: &[u8]) -> usize {
    let head = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    (head.wrapping_mul(0x9E37_79B1) >> 12) as usize
}

/// The bytes of an organization's key, which is the base64 form of twenty.
fn twenty_bytes(secret: &str) -> Option<Vec<u8>> {
    STANDARD
        .decode(secret)
        .ok()
        .filter(|bytes| bytes.len() == PIECE_LEN)
}

mod tests {
    use base64::Engine as _;

    use super::Secrets;

    #[test]
    fn the_search_finds_every_kind_of_secret_that_is_planted() {
        let user = "0c6f3f3e-6a5b-4c39-9d0a-5e6f7a8b9c0d";
        let organization = "mFv0Y1pQ8sJ3nXw2Lk7RtB5cHdE=";
        let named = format!("apikey:{}", "aB3dE6gH9j".repeat(12));
        let token = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJlLXNpZ25hdHVyZS1zaWduYXR1cmU";
        let slashed = "+/Y1pQ8sJ/3nXw+2Lk7/RtB5";
        let secrets = Secrets::default();
        secrets.add(slashed);
        secrets.add_all_of(
            format!(r#"{{"apikey":"{user}","key":{{"secret":"{named}"}}}}"#).as_bytes(),
        );
        secrets.add(organization);
        secrets.add(token);
        assert_eq!(secrets.len(), 5);
        let basic = super::STANDARD.encode(format!("client:{named}"));
        for planted in [
            user.as_bytes().to_vec(),
            super::STANDARD.encode(user).into_bytes(),
            super::URL_SAFE.encode(format!("x{user}y")).into_bytes()[2..34].to_vec(),
            basic.into_bytes()[28..60].to_vec(),
            slashed.replace('+', "%2B").replace('/', "%2F").into_bytes(),
            slashed.replace('+', "%2b").replace('/', "%2f").into_bytes(),
            uuid::Uuid::parse_str(user).unwrap().as_bytes().to_vec(),
            organization.as_bytes().to_vec(),
            super::twenty_bytes(organization).unwrap(),
            named.as_bytes()[40..60].to_vec(),
            b"c2lnbmF0dXJlLXNpZ25hdHVyZS".to_vec(),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("keywright.db-wal");
            std::fs::write(&file, [b"before ".as_slice(), &planted, b" after"].concat()).unwrap();
            let found = secrets.found_in(folder.path());
            assert_eq!(found, [format!("{} at byte 7", file.display())]);
        }
    }

    #[test]
    fn the_search_is_silent_where_there_is_nothing() {
        let secrets = Secrets::default();
        secrets.add("0c6f3f3e-6a5b-4c39-9d0a-5e6f7a8b9c0d");
        let folder = tempfile::tempdir().unwrap();
        let harmless = b"0c6f3f3e-6a5b-4c39 is only a part, and eyJhbGciOiJFZERTQSJ9 is public";
        std::fs::write(folder.path().join("log"), harmless).unwrap();
        assert_eq!(secrets.found_in(folder.path()), [""; 0]);
    }
}
