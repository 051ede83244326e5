//! Ids in paths, and queries of the lists of owners and of events.

use crate::bad_input::{Case, refuse};
use crate::support::Server;

#[tokio::test]
async fn an_id_that_is_no_uuid_names_nothing() {
    let server = Server::start();
    let mut cases = Vec::new();
    for (method, path) in [
        ("DELETE", "/v1/users/"),
        ("DELETE", "/v1/organizations/"),
        ("PATCH", "/v1/users/"),
        ("PATCH", "/v1/organizations/"),
        ("PATCH", "/v1/keys/"),
    ] {
        for id in [
            "x",
            "0190a6f2-1b08-7c3a-8f51-6d2e4b9a7c1",
            "0190a6f21b087c3a8f516d2e4b9a7c10",
            "%7B0190a6f2-1b08-7c3a-8f51-6d2e4b9a7c10%7D",
        ] {
            let target = format!("{path}{id}");
            let request = server.root().request(method, &target);
            let request = match method {
                "PATCH" => request.body("application/json", "{}"),
                _ => request,
            };
            let what = format!("{method} {target}");
            cases.push(Case::new(what, request, 400, &["id must be a UUID"]));
        }
    }
    refuse(&server, cases).await;
}

/// Queries that are refused, each with the parameter at fault.
const QUERIES: [(&str, &str, &[&str]); 3] = [
    (
        "/v1/users",
        "suspended",
        &["suspended=", "suspended=yes", "suspended=TRUE"],
    ),
    (
        "/v1/organizations",
        "suspended",
        &["suspended=", "suspended=1", "suspended=true&suspended=true"],
    ),
    ("/v1/events", "order", &["order=", "order=ASC", "order=up"]),
];

#[tokio::test]
async fn a_query_that_breaks_a_rule_names_the_parameter() {
    let server = Server::start();
    let long = "a".repeat(101);
    let email = format!("email=a@{}", "b".repeat(253));
    let name = format!("name={long}");
    let actor = format!("actor={}", "a".repeat(301));
    let cursor = format!("cursor={}", "A".repeat(513));
    let mut queries: Vec<(&str, &str, &str)> = vec![
        ("/v1/users", "email", "email="),
        ("/v1/users", "email", "email=a@"),
        ("/v1/users", "email", &email),
        ("/v1/users", "name", "name=x"),
        ("/v1/users", "parent_id", "parent_id=x"),
        ("/v1/organizations", "name", "name="),
        ("/v1/organizations", "name", &name),
        ("/v1/organizations", "email", "email=a@b"),
        ("/v1/organizations", "parent_id", "parent_id="),
        ("/v1/organizations", "parent_id", "parent_id=x"),
        ("/v1/events", "actor", "actor="),
        ("/v1/events", "actor", &actor),
        ("/v1/events", "action", "action="),
        ("/v1/events", "action", "action=key.made"),
        ("/v1/events", "target_id", "target_id=x"),
        ("/v1/events", "owner_id", "owner_id="),
        ("/v1/events", "outcome", "outcome=maybe"),
        ("/v1/events", "after", "after="),
        ("/v1/events", "after", "after=-1"),
        ("/v1/events", "after", "after=1.5"),
        ("/v1/events", "after", "after=9223372036854775808"),
        ("/v1/events", "kind", "kind=user"),
    ];
    for (path, parameter, bad) in QUERIES {
        queries.extend(bad.iter().map(|query| (path, parameter, *query)));
    }
    for path in ["/v1/users", "/v1/organizations", "/v1/events"] {
        queries.extend([
            (path, "limit", "limit="),
            (path, "limit", "limit=0"),
            (path, "limit", "limit=101"),
            (path, "limit", "limit=-1"),
            (path, "limit", "limit=1.5"),
            (path, "limit", "limit=4294967297"),
            (path, "limit", "limit=1&limit=1"),
            (path, "cursor", "cursor="),
            (path, "cursor", "cursor=x"),
            (path, "cursor", "cursor=-1"),
            (path, "cursor", &cursor),
        ]);
    }
    let mut cases = Vec::new();
    for (path, parameter, query) in queries {
        let target = format!("{path}?{query}");
        let request = server.root().request("GET", &target);
        cases.push(Case::new(target, request, 400, &[parameter]));
    }
    refuse(&server, cases).await;
}

#[tokio::test]
async fn a_query_at_its_limits_is_fine() {
    let server = Server::start();
    let email = format!("email=a@{}", "b".repeat(252));
    let name = format!("name={}", "a".repeat(100));
    let actor = format!("actor={}", "a".repeat(300));
    for (path, query) in [
        ("/v1/users", "limit=1&suspended=true&email=a@b"),
        ("/v1/users", "limit=100&suspended=false"),
        ("/v1/users", &email),
        ("/v1/organizations", "limit=1&suspended=true&name=x"),
        ("/v1/organizations", "limit=100"),
        ("/v1/organizations", &name),
        ("/v1/events", "limit=1&order=asc&after=0"),
        (
            "/v1/events",
            "limit=100&order=desc&after=9223372036854775807",
        ),
        ("/v1/events", &actor),
        ("/v1/events", "action=key.issued&outcome=done"),
    ] {
        let target = format!("{path}?{query}");
        server.root().get(&target).await.expect(200);
    }
}

/// Where a page of one list ends is no place in another.
#[tokio::test]
async fn a_cursor_of_another_list_is_refused() {
    let server = Server::start();
    let root = server.root();
    let (first, second) = (root.user().await, root.user().await);
    assert_ne!(first.id, second.id);
    let cursor = async |target: &str| root.get(target).await.expect(200).string("/next_cursor");
    let of_owners = cursor("/v1/users?limit=1").await;
    let of_keys = cursor("/v1/keys?limit=1").await;
    let of_events = cursor("/v1/events?limit=1").await;
    let mut cases = Vec::new();
    for (target, cursor) in [
        ("/v1/events", &of_owners),
        ("/v1/events", &of_keys),
        ("/v1/users", &of_events),
        ("/v1/organizations", &of_events),
        ("/v1/keys", &of_events),
    ] {
        let target = format!("{target}?cursor={cursor}");
        let request = root.request("GET", &target);
        cases.push(Case::new(target, request, 400, &["cursor"]));
    }
    refuse(&server, cases).await;
}
