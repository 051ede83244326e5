//! What is true behind each proxy. Each story is a test of its own in `nginx` and in `caddy`.
//! Leaves what one proxy alone says or does to its file.

mod refusals;

use serde_json::{Value, json};

use super::{Key, Scene, identity};
use crate::support::proxy::CLIENT;
use crate::support::{Kind, Proxy, Server, Upstream};
pub(super) use refusals::*;

/// Makes a test of each story for one proxy.
macro_rules! tell_stories {
    ($kind:expr) => {
        crate::forward_auth::stories::tell_stories! { $kind;
            a_key_passes_and_the_application_learns_whose_it_is
            a_key_without_scopes_passes_without_any
            an_ending_key_says_so_to_the_application_and_to_the_client
            an_identity_that_the_client_has_made_up_never_arrives
            a_client_cannot_have_its_identity_taken_out
            two_keys_at_once_are_never_confused
            a_request_without_a_readable_key_is_refused
            a_key_that_does_not_work_is_refused
            an_expired_key_is_refused
            a_key_without_the_scope_is_refused_where_one_is_needed
            the_key_of_a_suspended_owner_is_refused
            a_key_is_bound_to_the_address_that_the_proxy_saw
            a_key_over_its_rate_limit_is_told_when_to_come_back
            the_clients_query_neither_pays_nor_asks
            the_method_and_the_body_reach_the_application_and_only_it
            a_large_body_passes
            the_applications_own_refusals_pass_untouched
            nothing_passes_when_the_server_cannot_be_asked
        }
    };
    ($kind:expr; $($story:ident)+) => {
        $(
            #[tokio::test]
            async fn $story() {
                crate::forward_auth::stories::$story($kind).await;
            }
        )+
    };
}
pub(super) use tell_stories;

pub(super) async fn a_key_passes_and_the_application_learns_whose_it_is(kind: Kind) {
    let scene = Scene::start(kind).await;
    let key = scene
        .key(json!({ "scopes": ["reports:read", "reports:write"] }))
        .await;
    let bearer = key.bearer();
    for header in [
        ("authorization", bearer.as_str()),
        ("x-api-key", &key.secret),
    ] {
        let seen = scene.passed("/orders/7?page=2", &[header]).await;
        assert_eq!(identity(&seen), key.identity("reports:read reports:write"));
        let client = json!({ "x-forwarded-for": CLIENT.to_string() });
        assert_eq!(seen.headers_like(&["x-forwarded-for"]), client);
    }
}

pub(super) async fn a_key_without_scopes_passes_without_any(kind: Kind) {
    let scene = Scene::start(kind).await;
    let key = scene.key(json!({})).await;
    let seen = scene.passed("/", &[("authorization", &key.bearer())]).await;
    assert_eq!(without_empty(identity(&seen)), key.identity(""));
}

pub(super) async fn an_ending_key_says_so_to_the_application_and_to_the_client(kind: Kind) {
    let scene = Scene::clocked(kind).await;
    let key = scene.key(json!({ "scopes": ["a"] })).await;
    let rotate = format!("/v1/keys/{}/rotate", key.id);
    let grace = json!({ "grace_seconds": 3600 });
    scene.server.root().post(&rotate, grace).await.expect(200);
    let end = "2026-03-15T13:00:00.000Z";
    let headers: [(&str, &str); 1] = [("authorization", &key.bearer())];
    let answer = scene.proxy.send("GET", "/", &headers).await.expect(200);
    assert_eq!(answer.header("x-key-expires-at"), Some(end));
    let mut expected = key.identity("a");
    expected["x-key-expires-at"] = end.into();
    assert_eq!(identity(&scene.application.take_one()), expected);
    scene.server.advance_s(3600);
    let refused = scene.refused("/", &headers, "REPLACED").await.expect(401);
    assert_eq!(refused.header("x-key-expires-at"), None);
    scene.server.finish().await;
}

pub(super) async fn an_identity_that_the_client_has_made_up_never_arrives(kind: Kind) {
    let scene = Scene::start(kind).await;
    let forged = [
        ("X-Key-Id", "forged"),
        ("x-key-id", "forged twice"),
        ("X-Key-Owner", "forged"),
        ("X-Key-Scopes", "forged"),
        ("X-Key-Expires-At", "2999-01-01T00:00:00.000Z"),
        ("X-Key-Refusal", "forged"),
        ("X_Key_Id", "forged"),
        ("x_key_owner", "forged"),
        ("X-Key_Scopes", "forged"),
        ("X_Key-Expires-At", "2999-01-01T00:00:00.000Z"),
    ];
    for scopes in [json!(["a", "b"]), json!([])] {
        let key = scene.key(json!({ "scopes": scopes })).await;
        let bearer = key.bearer();
        let mut headers = forged.to_vec();
        headers.push(("authorization", &bearer));
        let seen = scene.passed("/", &headers).await;
        let names = if scopes == json!([]) { "" } else { "a b" };
        let mut arrived = without_empty(identity(&seen));
        if kind == Kind::Nginx {
            // It is no identity, and nginx cannot remove whatever begins alike.
            arrived.as_object_mut().unwrap().remove("x-key-refusal");
        }
        assert_eq!(arrived, key.identity(names));
    }
}

pub(super) async fn a_client_cannot_have_its_identity_taken_out(kind: Kind) {
    let scene = Scene::start(kind).await;
    let key = scene.key(json!({ "scopes": ["a"] })).await;
    let hop = "close, X-Key-Id, X-Key-Owner, X-Key-Scopes, X-Forwarded-For";
    let headers = [("authorization", &*key.bearer()), ("connection", hop)];
    let seen = scene.passed("/", &headers).await;
    assert_eq!(identity(&seen), key.identity("a"));
}

pub(super) async fn two_keys_at_once_are_never_confused(kind: Kind) {
    let scene = Scene::start(kind).await;
    let keys = [
        scene.key(json!({ "scopes": ["a"] })).await,
        scene.key(json!({ "scopes": ["b"] })).await,
        scene.key(json!({})).await,
    ];
    let mut requests = tokio::task::JoinSet::new();
    let proxy = std::sync::Arc::new(scene.proxy);
    for number in 0..150 {
        let (proxy, bearer) = (std::sync::Arc::clone(&proxy), keys[number % 3].bearer());
        requests.spawn(async move {
            let target = format!("/{number}");
            let answer = proxy
                .send("GET", &target, &[("authorization", &bearer)])
                .await;
            answer.expect(200);
        });
    }
    while let Some(done) = requests.join_next().await {
        done.unwrap();
    }
    // A proxy may send a GET again whose connection broke.
    let mut numbers = std::collections::BTreeSet::new();
    for seen in scene.application.take_seen() {
        let number: usize = seen.target[1..].parse().unwrap();
        numbers.insert(number);
        let expected = keys[number % 3].identity(["a", "b", ""][number % 3]);
        assert_eq!(without_empty(identity(&seen)), expected, "{number}");
    }
    assert_eq!(numbers.len(), 150);
}

pub(super) async fn the_method_and_the_body_reach_the_application_and_only_it(kind: Kind) {
    let identity = [
        ("x-key-id", "1"),
        ("x-key-owner", "2"),
        ("x-key-scopes", ""),
    ];
    let asked = Upstream::answering(204, &identity, Value::Null).await;
    let application = Upstream::start().await;
    let proxy = Proxy::start(kind, asked.address, application.address).await;
    let headers = [
        ("authorization", "Bearer key"),
        ("content-type", "text/plain"),
    ];
    let body = b"the body".to_vec();
    proxy
        .post("/orders?page=2", &headers, body.clone())
        .await
        .expect(200);
    let seen = application.take_one();
    assert_eq!((&*seen.method, &*seen.target), ("POST", "/orders?page=2"));
    assert_eq!(seen.body, body);
    let question = asked.take_one();
    let target = match kind {
        Kind::Nginx => "/v1/authorize?nginx=1",
        Kind::Caddy => "/v1/authorize?cost=1",
    };
    assert_eq!((&*question.method, &*question.target), ("GET", target));
    assert_eq!(question.body, b"");
    let length = question.headers_like(&["content-length", "transfer-encoding"]);
    assert_eq!(length, json!({}));
    for method in ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE"] {
        proxy.send(method, "/", &headers).await.expect(200);
        assert_eq!(application.take_one().method, method);
        assert_eq!(asked.take_one().method, "GET");
    }
}

pub(super) async fn a_large_body_passes(kind: Kind) {
    let scene = Scene::start(kind).await;
    let key = scene.key(json!({})).await;
    // As large as nginx takes without being told otherwise.
    let body = vec![b'a'; 1024 * 1024];
    let headers = [("authorization", &*key.bearer())];
    scene
        .proxy
        .post("/", &headers, body.clone())
        .await
        .expect(200);
    assert!(scene.application.take_one().body == body);
}

pub(super) async fn the_applications_own_refusals_pass_untouched(kind: Kind) {
    let server = Server::start();
    let key = Key::new(&server, json!({})).await;
    for status in [401, 403, 404, 429, 500] {
        let own = json!({ "own": status });
        let application = Upstream::answering(status, &[("www-authenticate", "Own")], own.clone());
        let application = application.await;
        let proxy = Proxy::start(kind, server.address, application.address).await;
        let headers = [("authorization", &*key.bearer())];
        let answer = proxy.send("GET", "/", &headers).await.expect(status);
        assert_eq!(answer.json(), own);
        assert_eq!(answer.header("www-authenticate"), Some("Own"));
        assert_eq!(answer.header("x-key-refusal"), None);
        assert_eq!(answer.header("x-key-expires-at"), None);
    }
}

/// A header without a value says as much as none: Caddy sends it, nginx does not.
fn without_empty(mut headers: Value) -> Value {
    headers
        .as_object_mut()
        .unwrap()
        .retain(|_, value| value != "");
    headers
}
