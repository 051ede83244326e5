//! Paths that need a scope, in every way in which they may be written.
//! Leaves the refusal itself to `refusals`.

use serde_json::json;

use crate::forward_auth::{Scene, identity};
use crate::support::Kind;

/// What some application or other takes for a path below `/reports`.
const WRITTEN: [&str; 31] = [
    "/reports",
    "/reports/",
    "/reports?page=2",
    "/reports/7",
    "/Reports",
    "/REPORTS/7",
    "/rePorts/7",
    "/%72eports/7",
    "/%52eports/7",
    "/r%65ports",
    "/reports%2f7",
    "/reports%2F7",
    "/reports%5c7",
    "/reports%5C7",
    "/%2freports/7",
    "//reports/7",
    "//reports",
    "///reports/7",
    "/./reports/7",
    "/reports/./7",
    "/x/../reports/7",
    "/x/%2e%2e/reports/7",
    "/x/%2E./reports/7",
    "/x/.%2e/reports/7",
    "/%2e/reports/7",
    "/x/..%2freports/7",
    "/x/..;/reports/7",
    "/reports/..",
    "/reports/x/..",
    "/reports;v=1",
    "/reports;v=1/7",
];

pub(in crate::forward_auth) async fn a_path_that_needs_a_scope_needs_it_however_it_is_written(
    kind: Kind,
) {
    let scene = Scene::start(kind).await;
    let key = scene.key(json!({ "scopes": ["reports:write"] })).await;
    let headers = [("x-api-key", &*key.secret)];
    let mut through = Vec::new();
    for target in WRITTEN {
        let answer = scene.proxy.send_raw("GET", target, &headers).await;
        for seen in scene.application.take_seen() {
            // Traefik and Envoy resolve dot segments, and send what they have matched.
            if seen.target != "/" {
                through.push(format!("{target}: {} as {}", answer.status, seen.target));
            }
        }
    }
    assert_eq!(through, [""; 0]);
    let reader = scene.key(json!({ "scopes": ["reports:read"] })).await;
    let headers = [("x-api-key", &*reader.secret)];
    for target in ["/reports", "/reports/", "/Reports/7", "/reports/7?page=2"] {
        let seen = scene.passed(target, &headers).await;
        assert_eq!(identity(&seen), reader.identity("reports:read"));
    }
}

pub(in crate::forward_auth) async fn a_path_that_is_written_in_one_way_only_arrives_as_it_is(
    kind: Kind,
) {
    let scene = Scene::start(kind).await;
    let key = scene.key(json!({})).await;
    let headers = [("x-api-key", &*key.secret)];
    for target in [
        "/reportsx",
        "/reports-2/7",
        "/my/reports/7",
        "/caf%C3%A9/a%20b",
        "/100%25",
        "/...",
        "/.well-known/x",
        "/a.b/c..d",
        "/~ada/(x)/a;b=1",
        "/x?path=/reports/../7//8&q=%2e%2F",
    ] {
        let answer = scene.proxy.send_raw("GET", target, &headers).await;
        assert_eq!(answer.status, 200, "{target}");
        assert_eq!(scene.application.take_one().target, target);
    }
}
