//! The whole router, given a request as text: whatever it is, the answer is one that the documents allow.
//!
//! Words such as `$ROOT` stand for credentials and ids of a server that has one of everything.

#![no_main]

#[allow(dead_code, unreachable_pub, unused_imports, unused_macros)]
#[path = "requests/support.rs"]
mod support;
#[path = "requests/world.rs"]
mod world;

use std::cell::RefCell;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Method, Request, Uri};
use libfuzzer_sys::{Corpus, fuzz_target};

use support::answer::Answer;
use support::documents;
use world::World;

/// Requests that one server answers before another one, with all its keys alive, takes its place.
const REQUESTS_MAX: u32 = 500;

thread_local! {
    static WORLD: RefCell<World> = RefCell::new(World::new());
}

fuzz_target!(|bytes: &[u8]| -> Corpus {
    WORLD.with_borrow_mut(|world| {
        if world.served >= REQUESTS_MAX {
            world.renew();
        }
        let Some(request) = read(&world.fill(bytes)) else {
            return Corpus::Reject;
        };
        answer(world, request, holds_credential(bytes));
        Corpus::Keep
    })
});

/// Whether one of the words stands in a request that stands for a credential.
fn holds_credential(bytes: &[u8]) -> bool {
    world::CREDENTIALS.iter().any(|word| {
        bytes
            .windows(word.len())
            .any(|part| part == word.as_bytes())
    })
}

/// Reads `METHOD TARGET`, a header a line, an empty line, and the body.
fn read(bytes: &[u8]) -> Option<Request<Body>> {
    let end = bytes.windows(2).position(|two| two == b"\n\n");
    let (head, body) = end.map_or((bytes, [].as_slice()), |end| {
        (&bytes[..end], &bytes[end + 2..])
    });
    let mut lines = head.split(|byte| *byte == b'\n');
    let first = lines.next()?;
    let space = first.iter().position(|byte| *byte == b' ')?;
    let method = Method::from_bytes(&first[..space]).ok()?;
    let target = Uri::try_from(&first[space + 1..]).ok()?;
    // The other forms of a target are for proxies; hyper hands us paths.
    if !target.path().starts_with('/') || target.authority().is_some() || method == Method::CONNECT
    {
        return None;
    }
    let mut request = Request::new(Body::from(body.to_vec()));
    *request.method_mut() = method;
    *request.uri_mut() = target;
    for line in lines {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = HeaderName::from_bytes(&line[..colon]).ok()?;
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?;
        request.headers_mut().append(name, value);
    }
    Some(request)
}

fn answer(world: &mut World, request: Request<Body>, holds_credential: bool) {
    let method = request.method().as_str().to_owned();
    let target = request.uri().to_string();
    let path = request.uri().path().to_owned();
    let sent_id = only_id(&request);
    let (status, headers, body) = world.serve(request);
    let answer = Answer {
        status,
        headers,
        body,
    };
    let text = answer.text();
    assert_ne!(status, 500, "{method} {target}: {text}");
    let mut pages = documents::OPERATIONAL.iter();
    let is_page = path == "/" || pages.any(|page| path.starts_with(page));
    // Bodies of answers to HEAD are left out on the way, which is not taken here.
    if !is_page && method != "HEAD" {
        // A method in small letters is another one, which no document has.
        let is_known = method.bytes().all(|byte| byte.is_ascii_uppercase());
        let asked = if is_known { &method } else { "OTHER" };
        documents::check(asked, &target, &answer);
    }
    if let Some(id) = sent_id {
        assert_eq!(answer.header("x-request-id"), Some(id.as_str()));
    }
    let is_served = (200..300).contains(&status);
    assert!(
        holds_credential || !is_served || is_open(&method, &path),
        "{method} {target} is served to anybody: {text}"
    );
    world.follow(&method, &path, &answer);
}

/// Whether an operation, or a page that is no contract's, is for anybody.
fn is_open(method: &str, path: &str) -> bool {
    if ["/oauth/token", "/oauth/introspect", "/oauth/revoke"].contains(&path) {
        // Its credential may stand in the body, where the document cannot say that it must.
        return false;
    }
    match documents::find(path) {
        None => !path.starts_with("/v1/"),
        Some((_, item)) => {
            let method = if method == "HEAD" { "get" } else { method };
            let operation = &item[method.to_ascii_lowercase()];
            let ways = operation["security"].as_array();
            ways.is_some_and(|ways| ways.iter().any(|way| *way == serde_json::json!({})))
        }
    }
}

/// The id that the answer must carry.
fn only_id(request: &Request<Body>) -> Option<String> {
    let mut values = request.headers().get_all("x-request-id").iter();
    let only = values.next().filter(|_| values.next().is_none())?;
    let text = only.to_str().ok().filter(|text| text.len() == 36)?;
    uuid::Uuid::parse_str(text).ok()?;
    Some(text.to_owned())
}
