//! Preflights of browsers, and what only looks like one.
//! Leaves requests with a key to the other stories.

use serde_json::{Value, json};

use crate::forward_auth::identity;
use crate::support::{Kind, Proxy, Upstream};

const PREFLIGHT: [(&str, &str); 3] = [
    ("origin", "https://page.example.com"),
    ("access-control-request-method", "PUT"),
    ("access-control-request-headers", "x-api-key"),
];

/// A server that lets nothing pass, an application, and the proxy between them.
async fn closed(kind: Kind) -> (Upstream, Upstream, Proxy) {
    let refusal = [("x-key-refusal", "CREDENTIAL_MISSING")];
    let asked = Upstream::answering(401, &refusal, Value::Null).await;
    let application = Upstream::start().await;
    let proxy = Proxy::start(kind, asked.address, application.address).await;
    (asked, application, proxy)
}

pub(in crate::forward_auth) async fn a_preflight_reaches_the_application_and_is_nobodys(
    kind: Kind,
) {
    let (asked, application, proxy) = closed(kind).await;
    let mut headers = PREFLIGHT.to_vec();
    headers.extend([
        ("authorization", "Bearer key"),
        ("x-api-key", "key"),
        ("X-Key-Id", "forged"),
        ("x-key-owner", "forged"),
        ("X-Key-Scopes", "forged"),
        ("X-Key-Kind", "forged"),
        ("X-Key-Expires-At", "2999-01-01T00:00:00.000Z"),
        ("X_Key_Id", "forged"),
        ("X.Key.Id", "forged"),
        ("X.Key-Scopes", "forged"),
    ]);
    for target in ["/orders/7?page=2", "/reports/7", "/Reports"] {
        proxy.send("OPTIONS", target, &headers).await.expect(200);
        let seen = application.take_one();
        assert_eq!((&*seen.method, &*seen.target), ("OPTIONS", target));
        assert_eq!(identity(&seen), json!({}), "{target}");
        let origin = json!({ "origin": "https://page.example.com" });
        assert_eq!(seen.headers_like(&["origin"]), origin);
        assert_eq!(asked.take_seen(), []);
    }
}

pub(in crate::forward_auth) async fn what_is_no_preflight_is_asked_about(kind: Kind) {
    let (asked, application, proxy) = closed(kind).await;
    for (method, headers) in [
        ("OPTIONS", &PREFLIGHT[..1]),
        (
            "OPTIONS",
            &[("access-control-request-headers", "x-api-key")],
        ),
        ("GET", &PREFLIGHT[..]),
        ("POST", &PREFLIGHT[..]),
        ("HEAD", &PREFLIGHT[..]),
    ] {
        for target in ["/", "/reports/7"] {
            let headers = [headers, &[("x-api-key", "key")]].concat();
            proxy.send(method, target, &headers).await.expect(401);
            assert_eq!(application.take_seen(), [], "{method} {headers:?}");
            assert_eq!(asked.take_seen().len(), 1, "{method} {headers:?}");
        }
    }
}
