//! What does not pass behind each proxy, and what the client is told.
//! Leaves the verdicts themselves, and their words, to `direct`.

use std::net::Ipv4Addr;

use serde_json::json;

use crate::forward_auth::{Key, Scene, identity};
use crate::support::proxy::CLIENT;
use crate::support::{Kind, Proxy, Upstream};

pub(in crate::forward_auth) async fn a_request_without_a_readable_key_is_refused(kind: Kind) {
    let scene = Scene::start(kind).await;
    let unreadable: &[(&str, &str)] = &[("authorization", "Basic dXNlcjpwYXNzd29yZA==")];
    for (headers, code) in [
        (&[][..], "CREDENTIAL_MISSING"),
        (unreadable, "CREDENTIAL_UNREADABLE"),
        (&[("authorization", "Bearer ")], "CREDENTIAL_UNREADABLE"),
        (&[("x-api-key", "unknown")], "NOT_FOUND"),
        (&[("authorization", "Bearer unknown")], "NOT_FOUND"),
    ] {
        let refused = scene.refused("/", headers, code).await.expect(401);
        let mut direct = scene.server.get("/v1/authorize");
        for (name, value) in headers {
            direct = direct.header(name, value);
        }
        let direct = direct.send().await.expect(401);
        let challenge = direct.header("www-authenticate");
        assert!(challenge.is_some());
        assert_eq!(refused.header("www-authenticate"), challenge, "{code}");
    }
    let root = format!("Bearer {}", scene.server.root_key);
    let headers = [("authorization", root.as_str())];
    scene.refused("/", &headers, "NOT_FOUND").await.expect(401);
    let key = scene.key(json!({})).await;
    let in_the_query = format!("/?key={0}&api_key={0}&access_token={0}", key.secret);
    let refused = scene.refused(&in_the_query, &[], "CREDENTIAL_MISSING");
    refused.await.expect(401);
    let bearer = key.bearer();
    let twice = [("authorization", &*bearer), ("authorization", &*bearer)];
    if kind.is_nginx() {
        // nginx takes no two of them.
        scene.proxy.send("GET", "/", &twice).await.expect(400);
        assert_eq!(scene.application.take_seen(), []);
    } else {
        let refused = scene.refused("/", &twice, "CREDENTIAL_UNREADABLE");
        refused.await.expect(401);
    }
}

pub(in crate::forward_auth) async fn a_key_that_does_not_work_is_refused(kind: Kind) {
    let scene = Scene::start(kind).await;
    let root = scene.server.root();
    let [revoked, disabled, replaced] = [
        scene.key(json!({})).await,
        scene.key(json!({})).await,
        scene.key(json!({})).await,
    ];
    root.revoke(&revoked.id).await;
    let target = format!("/v1/keys/{}", disabled.id);
    root.patch(&target, json!({ "enabled": false }))
        .await
        .expect(200);
    let target = format!("/v1/keys/{}/rotate", replaced.id);
    root.post(&target, json!({})).await.expect(200);
    for (key, code) in [
        (revoked, "REVOKED"),
        (disabled, "DISABLED"),
        (replaced, "REPLACED"),
    ] {
        let headers = [("authorization", &*key.bearer())];
        let refused = scene.refused("/", &headers, code).await.expect(401);
        assert_eq!(
            refused.header("www-authenticate"),
            Some(r#"Bearer error="invalid_token""#)
        );
    }
}

pub(in crate::forward_auth) async fn an_expired_key_is_refused(kind: Kind) {
    let scene = Scene::clocked(kind).await;
    let key = scene
        .key(json!({ "expires_at": "2026-03-15T12:00:01Z" }))
        .await;
    let headers = [("authorization", &*key.bearer())];
    scene.server.advance_ms(999);
    scene.passed("/", &headers).await;
    scene.server.advance_ms(1);
    let refused = scene.refused("/", &headers, "EXPIRED").await.expect(401);
    assert_eq!(
        refused.header("www-authenticate"),
        Some(r#"Bearer error="invalid_token""#)
    );
    scene.server.finish().await;
}

pub(in crate::forward_auth) async fn a_revoked_key_is_refused(kind: Kind) {
    let scene = Scene::start(kind).await;
    for _ in 0..10 {
        let key = scene.key(json!({})).await;
        let headers = [("authorization", &*key.bearer())];
        scene.passed("/", &headers).await;
        scene.server.root().revoke(&key.id).await;
        scene.refused("/", &headers, "REVOKED").await.expect(401);
    }
}

pub(in crate::forward_auth) async fn a_key_without_the_scope_is_refused_where_one_is_needed(
    kind: Kind,
) {
    let scene = Scene::start(kind).await;
    let reader = scene.key(json!({ "scopes": ["reports:read"] })).await;
    let writer = scene.key(json!({ "scopes": ["reports:write"] })).await;
    let seen = scene
        .passed("/reports/7", &[("authorization", &reader.bearer())])
        .await;
    assert_eq!(identity(&seen), reader.identity("reports:read"));
    let headers = [("authorization", &*writer.bearer())];
    let refused = scene
        .refused("/reports/7", &headers, "INSUFFICIENT_SCOPE")
        .await;
    let challenge = r#"Bearer error="insufficient_scope", scope="reports:read""#;
    assert_eq!(
        refused.expect(403).header("www-authenticate"),
        Some(challenge)
    );
    let narrow = "/reports/7?scope=reports:write";
    scene.proxy.send("GET", narrow, &headers).await.expect(403);
    scene.passed("/orders/7", &headers).await;
}

pub(in crate::forward_auth) async fn a_key_of_another_kind_is_refused(kind: Kind) {
    let scene = Scene::start(kind).await;
    let root = scene.server.root();
    let user = root.user().await;
    let control = json!({ "kind": "control", "owner_id": user.id });
    let control = root.issue(control).await["secret"]
        .as_str()
        .unwrap()
        .to_owned();
    for secret in [&user.key, &control] {
        let headers = [("x-api-key", secret.as_str())];
        let refused = scene.refused("/", &headers, "FORBIDDEN_KIND").await;
        refused.expect(403);
    }
}

/// A server that takes connections and says nothing.
pub(in crate::forward_auth) async fn a_server_that_hangs_holds_nobody(kind: Kind) {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let application = Upstream::start().await;
    let asked = silent.local_addr().unwrap();
    let proxy = Proxy::start(kind, asked, application.address).await;
    let status = match kind {
        Kind::Nginx | Kind::NginxCurrent => 500,
        Kind::Caddy | Kind::CaddyCurrent | Kind::Haproxy => 504,
        Kind::Traefik | Kind::Envoy => 503,
    };
    let headers = [("x-api-key", "a-key")];
    proxy.send("GET", "/", &headers).await.expect(status);
    assert_eq!(application.take_seen(), []);
    drop(silent);
}

pub(in crate::forward_auth) async fn the_key_of_a_suspended_owner_is_refused(kind: Kind) {
    let scene = Scene::start(kind).await;
    let key = scene.key(json!({})).await;
    let headers = [("authorization", &*key.bearer())];
    scene.passed("/", &headers).await;
    let target = format!("/v1/users/{}", key.owner_id);
    let suspension = json!({ "suspended": true });
    scene
        .server
        .root()
        .patch(&target, suspension)
        .await
        .expect(200);
    scene
        .refused("/", &headers, "OWNER_SUSPENDED")
        .await
        .expect(403);
}

pub(in crate::forward_auth) async fn a_key_is_bound_to_the_address_that_the_proxy_saw(kind: Kind) {
    let scene = Scene::start(kind).await;
    let other = Ipv4Addr::new(127, 0, 0, 3);
    let here = scene.key(json!({ "ip_allow": [CLIENT.to_string()] })).await;
    let there = scene.key(json!({ "ip_allow": [other.to_string()] })).await;
    scene
        .passed("/", &[("authorization", &here.bearer())])
        .await;
    let (bearer, other_text) = (there.bearer(), other.to_string());
    let key = ("authorization", bearer.as_str());
    let forwarded = ("x-forwarded-for", other_text.as_str());
    for forged in [
        &[key][..],
        &[key, forwarded],
        &[key, forwarded, forwarded],
        &[key, ("x-forwarded-for", "127.0.0.3, 127.0.0.1")],
        &[key, forwarded, ("connection", "close, X-Forwarded-For")],
        &[
            key,
            ("x-real-ip", &other_text),
            ("forwarded", "for=127.0.0.3"),
        ],
    ] {
        if kind == Kind::Envoy && forged.iter().any(|(name, _)| *name == "connection") {
            // Envoy takes nobody who wants that header taken out.
            scene.proxy.send("GET", "/", forged).await.expect(400);
            assert_eq!(scene.application.take_seen(), []);
            continue;
        }
        scene.refused("/", forged, "FORBIDDEN_IP").await.expect(403);
    }
    scene.proxy.send_from(other, "/", &[key]).await.expect(200);
}

pub(in crate::forward_auth) async fn a_key_over_its_rate_limit_is_told_when_to_come_back(
    kind: Kind,
) {
    let scene = Scene::clocked(kind).await;
    let hourly = json!({ "name": "hourly", "limit": 2, "window_seconds": 3600 });
    let key = scene.key(json!({ "rate_limits": [hourly] })).await;
    let headers = [("authorization", &*key.bearer())];
    scene.passed("/", &headers).await;
    scene.passed("/", &headers).await;
    let refused = scene
        .refused("/", &headers, "RATE_LIMITED")
        .await
        .expect(429);
    assert_eq!(refused.header("retry-after"), Some("1800"));
    let policy = refused.header("ratelimit-policy");
    assert_eq!(policy, Some(r#""hourly";q=2;w=3600"#));
    assert!(refused.header("ratelimit").is_some());
    scene.server.advance_s(1799);
    scene
        .refused("/", &headers, "RATE_LIMITED")
        .await
        .expect(429);
    scene.server.advance_s(1);
    scene.passed("/", &headers).await;
    scene.server.finish().await;
}

pub(in crate::forward_auth) async fn the_clients_query_neither_pays_nor_asks(kind: Kind) {
    let scene = Scene::start(kind).await;
    let members = json!({ "scopes": ["reports:read"], "credits": { "remaining": 4 } });
    let key = scene.key(members).await;
    let headers = [("authorization", &*key.bearer())];
    scene.passed("/?cost=0", &headers).await;
    scene
        .passed("/reports/?cost=0&scope=other&nginx=2&%zz", &headers)
        .await;
    scene.passed("/?cost=1000000", &headers).await;
    scene
        .refused("/?cost=0", &headers, "CREDITS_EXHAUSTED")
        .await
        .expect(403);
}

pub(in crate::forward_auth) async fn nothing_passes_when_the_server_has_no_room(kind: Kind) {
    let application = Upstream::start().await;
    let asked = Upstream::answering(503, &[("retry-after", "1")], json!({})).await;
    let proxy = Proxy::start(kind, asked.address, application.address).await;
    let (status, wait) = match kind {
        Kind::Nginx | Kind::NginxCurrent => (500, None),
        Kind::Caddy | Kind::CaddyCurrent | Kind::Traefik | Kind::Haproxy => (503, Some("1")),
        Kind::Envoy => (503, None),
    };
    let answer = proxy.send("GET", "/", &[("x-api-key", "a-key")]).await;
    assert_eq!(answer.expect(status).header("retry-after"), wait);
    assert_eq!(application.take_seen(), []);
}

pub(in crate::forward_auth) async fn nothing_passes_when_the_server_cannot_be_asked(kind: Kind) {
    let Scene {
        server,
        application,
        proxy,
    } = Scene::start(kind).await;
    let key = Key::new(&server, json!({})).await;
    let headers = [("authorization", &*key.bearer())];
    proxy.send("GET", "/", &headers).await.expect(200);
    application.take_one();
    server.kill();
    let status = match kind {
        Kind::Nginx | Kind::NginxCurrent | Kind::Traefik => 500,
        Kind::Caddy | Kind::CaddyCurrent => 502,
        Kind::Envoy | Kind::Haproxy => 503,
    };
    proxy.send("GET", "/", &headers).await.expect(status);
    assert_eq!(application.take_seen(), []);
}
