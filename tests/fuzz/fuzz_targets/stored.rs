//! A name and metadata, stored by the whole server: refused for a reason that a plain reading finds, too, or
//! answered as they were sent wherever a key is told, until it is revoked.
//!
//! The first line is the name, and an address of a user; the rest is the metadata.

#![no_main]

#[allow(dead_code, unreachable_pub, unused_imports, unused_macros)]
#[path = "requests/support.rs"]
mod support;
#[allow(dead_code)]
#[path = "requests/world.rs"]
mod world;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;

use axum::body::Body;
use axum::http::Request;
use libfuzzer_sys::{Corpus, fuzz_target};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use world::World;

/// Requests that one server answers before another one takes its place.
const REQUESTS_MAX: u32 = 500;
const LEN_MAX: usize = 4096;
const DEPTH_MAX: usize = 32;

thread_local! {
    static WORLD: RefCell<World> = RefCell::new(World::new());
}

fuzz_target!(|bytes: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Corpus::Reject;
    };
    let (name, metadata) = text.split_once('\n').unwrap_or(("name", text));
    let Ok(sent) = serde_json::from_str::<&RawValue>(metadata) else {
        return Corpus::Reject;
    };
    WORLD.with_borrow_mut(|world| {
        if world.served >= REQUESTS_MAX {
            world.renew();
        }
        store_key(world, name, sent);
        store_user(world, name);
    });
    Corpus::Keep
});

fn store_key(world: &mut World, name: &str, sent: &RawValue) {
    let owner_id = String::from_utf8(world.fill(b"$USER_ID")).expect("an id is ASCII");
    let body = format!(
        r#"{{"kind":"standard","owner_id":"{owner_id}","name":{},"metadata":{sent}}}"#,
        json!(name)
    );
    let is_long = body.len() > 64 * 1024;
    let (status, answer) = ask(world, "POST", "/v1/keys", body);
    let is_name = (1..=100).contains(&name.chars().count()) && !name.contains('\0');
    let kept = Json::read(sent, DEPTH_MAX).filter(Json::may_be_kept);
    let Some(kept) = kept.filter(|_| is_name && !is_long) else {
        assert!([413, 422].contains(&status), "{status} {answer}");
        return;
    };
    assert_eq!(status, 201, "{answer}");
    let made: Issued = serde_json::from_str(&answer).expect("it is a key");
    let is_told = |key: &Told| {
        assert_eq!(key.name.as_deref().unwrap_or_default(), name);
        assert_eq!(Json::read(&key.metadata, usize::MAX).as_ref(), Some(&kept));
    };
    is_told(&made.key);
    let target = format!("/v1/keys/{}", made.key.id);
    let (status, answer) = ask(world, "GET", &target, String::new());
    assert_eq!(status, 200, "{answer}");
    is_told(&serde_json::from_str(&answer).expect("it is a key"));
    // All that were made before are revoked, or replaced.
    let list = format!("/v1/keys?owner_id={owner_id}&state=live&limit=100");
    let (status, answer) = ask(world, "GET", &list, String::new());
    assert_eq!(status, 200, "{answer}");
    let page: Page = serde_json::from_str(&answer).expect("it is a page");
    let listed = page.items.iter().filter(|key| key.id == made.key.id);
    assert_eq!(listed.inspect(|key| is_told(key)).count(), 1, "{answer}");
    let (status, answer) = ask(world, "POST", &format!("{target}/rotate"), "{}".to_owned());
    assert_eq!(status, 200, "{answer}");
    let rotated: Issued = serde_json::from_str(&answer).expect("it is a key");
    is_told(&rotated.key);
    let question = json!({ "key": rotated.secret }).to_string();
    let (_, answer) = ask(world, "POST", "/v1/keys/verify", question);
    let verdict: Verdict = serde_json::from_str(&answer).expect("it is a verdict");
    assert!(verdict.valid, "{answer}");
    is_told(&verdict.key);
    let target = format!("/v1/keys/{}/revoke", rotated.key.id);
    let (status, answer) = ask(world, "POST", &target, "{}".to_owned());
    assert_eq!(status, 200, "{answer}");
    is_told(&serde_json::from_str(&answer).expect("it is a key"));
}

fn store_user(world: &mut World, email: &str) {
    let body = json!({ "email": email }).to_string();
    let (status, answer) = ask(world, "POST", "/v1/users", body);
    if status != 201 {
        assert_eq!(status, 422, "{answer}");
        return;
    }
    let made: Value = serde_json::from_str(&answer).expect("it is a user");
    let target = format!("/v1/users/{}", made["id"].as_str().expect("it has an id"));
    let (status, answer) = ask(world, "GET", &target, String::new());
    assert_eq!(status, 200, "{answer}");
    let read: Value = serde_json::from_str(&answer).expect("it is a user");
    assert_eq!(read["email"], email);
    let (status, answer) = ask(world, "DELETE", &target, String::new());
    assert_eq!(status, 204, "{answer}");
}

fn ask(world: &mut World, method: &str, target: &str, body: String) -> (u16, String) {
    let root = String::from_utf8(world.fill(b"$ROOT")).expect("the root key is ASCII");
    let request = Request::builder()
        .method(method)
        .uri(target)
        .header("authorization", format!("Bearer {root}"))
        .header("content-type", "application/json")
        .body(Body::from(body));
    let (status, _, body) = world.serve(request.expect("it is well formed"));
    (status, String::from_utf8(body).expect("answers are text"))
}

#[derive(Deserialize)]
struct Issued {
    key: Told,
    secret: String,
}

#[derive(Deserialize)]
struct Page {
    items: Vec<Told>,
}

#[derive(Deserialize)]
struct Verdict {
    valid: bool,
    key: Told,
}

#[derive(Deserialize)]
struct Told {
    id: String,
    name: Option<String>,
    metadata: Box<RawValue>,
}

/// What JSON says: members in their order, and numbers as they are written.
#[derive(Debug, PartialEq)]
enum Json {
    Word(String),
    Text(String),
    List(Vec<Json>),
    Members(Vec<(String, Json)>),
}

impl Json {
    /// Reads it, if its strings are whole and it is no deeper.
    fn read(raw: &RawValue, depth: usize) -> Option<Self> {
        let text = raw.get();
        match text.as_bytes().first()? {
            b'{' => {
                let depth = depth.checked_sub(1)?;
                let members: Members = serde_json::from_str(text).ok()?;
                let members = members.0.into_iter();
                let read = members.map(|(name, value)| Some((name, Self::read(&value, depth)?)));
                read.collect::<Option<_>>().map(Self::Members)
            }
            b'[' => {
                let depth = depth.checked_sub(1)?;
                let items: Vec<Box<RawValue>> = serde_json::from_str(text).ok()?;
                let read = items.iter().map(|item| Self::read(item, depth));
                read.collect::<Option<_>>().map(Self::List)
            }
            b'"' => serde_json::from_str(text).ok().map(Self::Text),
            _ => Some(Self::Word(text.to_owned())),
        }
    }

    fn may_be_kept(&self) -> bool {
        matches!(self, Self::Members(_)) && self.is_plain() && self.to_string().len() <= LEN_MAX
    }

    /// Whether every reader makes the same of it.
    fn is_plain(&self) -> bool {
        match self {
            Self::Word(word) => {
                word.parse().is_ok_and(f64::is_finite) || word.parse::<f64>().is_err()
            }
            Self::Text(_) => true,
            Self::List(items) => items.iter().all(Self::is_plain),
            Self::Members(members) => {
                let names: BTreeSet<&String> = members.iter().map(|(name, _)| name).collect();
                names.len() == members.len()
                    && members.iter().all(|(name, value)| {
                        !name.starts_with("$serde_json::private::") && value.is_plain()
                    })
            }
        }
    }
}

impl fmt::Display for Json {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |items: Vec<String>| items.join(",");
        match self {
            Self::Word(word) => formatter.write_str(word),
            Self::Text(text) => write!(formatter, "{}", json!(text)),
            Self::List(items) => {
                let items = items.iter().map(ToString::to_string).collect();
                write!(formatter, "[{}]", list(items))
            }
            Self::Members(members) => {
                let members = members.iter();
                let members = members.map(|(name, value)| format!("{}:{value}", json!(name)));
                write!(formatter, "{{{}}}", list(members.collect()))
            }
        }
    }
}

struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Members;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Reader)
    }
}
