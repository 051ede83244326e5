//! What is true behind each proxy. Each story is a test of its own in the file of each.
//! Leaves what one proxy alone says or does to its file.

mod paths;
mod preflights;
mod refusals;
mod upgrades;

use serde_json::{Value, json};

use super::{Key, Scene, identity};
use crate::support::proxy::CLIENT;
use crate::support::{Kind, Proxy, Server, Upstream};
pub(super) use paths::*;
pub(super) use preflights::*;
pub(super) use refusals::*;
pub(super) use upgrades::*;

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
            a_path_that_needs_a_scope_needs_it_however_it_is_written
            a_path_that_is_written_in_one_way_only_arrives_as_it_is
            a_key_of_another_kind_is_refused
            the_key_of_a_suspended_owner_is_refused
            a_key_is_bound_to_the_address_that_the_proxy_saw
            a_key_over_its_rate_limit_is_told_when_to_come_back
            the_clients_query_neither_pays_nor_asks
            the_method_and_the_body_reach_the_application_and_only_it
            a_large_body_passes
            the_applications_own_refusals_pass_untouched
            nothing_passes_when_the_server_has_no_room
            nothing_passes_when_the_server_cannot_be_asked
            a_preflight_reaches_the_application_and_is_nobodys
            what_is_no_preflight_is_asked_about
            a_web_socket_opens_for_a_key_and_for_nobody_else
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
    // Traefik has no way to say so.
    let told = (kind != Kind::Traefik).then_some(end);
    assert_eq!(answer.header("x-key-expires-at"), told);
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
    let mut forged = vec![
        ("x-key-id".to_owned(), "forged twice"),
        ("X-Key-Refusal".to_owned(), "forged"),
    ];
    for name in ["id", "owner", "scopes", "kind", "expires-at"] {
        for pattern in [
            "X-Key-", "x_key_", "X.Key.", "X-Key_", "X_Key-", "X.Key-", "X-Key.", "X_Key.",
            "X.Key_",
        ] {
            let name = match pattern.chars().last() {
                Some('_') => name.replace('-', "_"),
                Some('.') => name.replace('-', "."),
                _ => name.to_owned(),
            };
            forged.push((format!("{pattern}{name}"), "2999-01-01T00:00:00.000Z"));
        }
    }
    for scopes in [json!(["a", "b"]), json!([])] {
        let key = scene.key(json!({ "scopes": scopes })).await;
        let bearer = key.bearer();
        let mut headers: Vec<(&str, &str)> = forged
            .iter()
            .map(|(name, value)| (name.as_str(), *value))
            .collect();
        headers.push(("authorization", &bearer));
        let seen = scene.passed("/", &headers).await;
        let names = if scopes == json!([]) { "" } else { "a b" };
        let mut arrived = without_empty(identity(&seen));
        if kind.is_nginx() || kind == Kind::Traefik {
            // It is no identity, and these cannot remove whatever begins alike.
            arrived.as_object_mut().unwrap().remove("x-key-refusal");
        }
        assert_eq!(arrived, key.identity(names));
    }
}

pub(super) async fn a_client_cannot_have_its_identity_taken_out(kind: Kind) {
    let scene = Scene::clocked(kind).await;
    let key = scene.key(json!({ "scopes": ["a"] })).await;
    let rotate = format!("/v1/keys/{}/rotate", key.id);
    let grace = json!({ "grace_seconds": 3600 });
    scene.server.root().post(&rotate, grace).await.expect(200);
    let mut whole = key.identity("a");
    whole["x-key-expires-at"] = "2026-03-15T13:00:00.000Z".into();
    for hop in [
        "close, X-Key-Id, X-Key-Owner, X-Key-Scopes, X-Key-Kind",
        "x-key-expires-at",
        "Keep-Alive,x-key-id",
    ] {
        let headers = [("authorization", &*key.bearer()), ("connection", hop)];
        let answer = scene.proxy.send("GET", "/", &headers).await;
        if kind.is_caddy() {
            answer.expect(400);
            assert_eq!(scene.application.take_seen(), []);
            continue;
        }
        answer.expect(200);
        assert_eq!(identity(&scene.application.take_one()), whole, "{hop}");
    }
    scene.server.finish().await;
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
        ("x-key-kind", "standard"),
    ];
    let yes = if kind == Kind::Envoy { 200 } else { 204 };
    let asked = Upstream::answering(yes, &identity, Value::Null).await;
    let application = Upstream::start().await;
    let proxy = Proxy::start(kind, asked.address, application.address).await;
    let headers = [
        ("authorization", "Bearer key"),
        ("content-type", "text/plain"),
        ("cookie", "session=1"),
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
        Kind::Nginx | Kind::NginxCurrent => "/v1/authorize?nginx=1",
        Kind::Caddy | Kind::CaddyCurrent | Kind::Haproxy => "/v1/authorize?cost=1",
        Kind::Traefik => "/v1/authorize",
        Kind::Envoy => "/v1/authorize/envoy",
    };
    // Envoy asks with the method of the request that it holds.
    let asks_by = |method| if kind == Kind::Envoy { method } else { "GET" };
    let expected = (asks_by("POST"), target);
    assert_eq!((&*question.method, &*question.target), expected);
    assert_eq!(question.body, b"");
    // Caddy asks with all that the client sent.
    let cookies = question.headers_like(&["cookie"]) != json!({});
    assert_eq!(cookies, kind.is_caddy());
    let length = question.headers_like(&["content-length", "transfer-encoding"]);
    assert!(
        [json!({}), json!({ "content-length": "0" })].contains(&length),
        "{length}"
    );
    for method in ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE"] {
        proxy.send(method, "/", &headers).await.expect(200);
        assert_eq!(application.take_one().method, method);
        assert_eq!(asked.take_one().method, asks_by(method));
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
