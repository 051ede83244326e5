//! What each filter of the events lets through, alone and with others.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{page, since};
use crate::support::Clocked;
use crate::support::site::Site;

/// Events of every action, by several actors, about several owners.
async fn mix(server: &Clocked) {
    let root = server.root();
    let (user, organization) = (root.user().await, root.organization().await);
    let client = root.client_of(&organization).await;
    let token = client.token().await;
    token.create("by token").await.expect(201);
    let named = root.named_of(&organization).await;
    named.create("by-key").await.expect(201);
    let control = root.control(&["keys:write"]).await;
    let key = format!("/v1/keys/{}", user.key_id);
    control.get(&key).await.expect(403);
    control
        .patch(&key, json!({ "name": "x" }))
        .await
        .expect(200);
    control
        .post(&format!("{key}/rotate"), json!({}))
        .await
        .expect(200);
    organization.rotate().await.expect(200);
    server.get("/v1/keys").send().await.expect(401);
    root.suspend(&organization).await;
    organization.rotate().await.expect(401);
    named.create("too-late").await.expect(403);
    let doomed = root.user().await;
    root.revoke(&doomed.key_id).await;
    let request = root.request("DELETE", &format!("/v1/users/{}", doomed.id));
    request.send().await.expect(204);
    // What was counted is told.
    server.advance_s(60);
}

/// Whether an event has this value, in words of the query.
fn has(event: &Value, parameter: &str, value: &str) -> bool {
    let is = |member: &str| event.get(member).and_then(Value::as_str) == Some(value);
    match parameter {
        // A rotation is found by both of its keys, and a creation by the first key, too.
        "target_id" => is("target_id") || is("related_id"),
        other => is(other),
    }
}

/// Every value that a parameter has in these events.
fn values(events: &[Value], parameter: &str) -> BTreeSet<String> {
    let members: &[&str] = match parameter {
        "target_id" => &["target_id", "related_id"],
        _ => &[parameter],
    };
    let of = |event: &Value| {
        let found = members.iter().filter_map(|member| event.get(member));
        found
            .map(|value| value.as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    events.iter().flat_map(of).collect()
}

async fn found(site: &Site, query: &str) -> Vec<Value> {
    let (mut events, _) = page(site, &format!("{query}&limit=100")).await;
    let (mut newest_first, _) = page(site, &format!("{query}&limit=100&order=desc")).await;
    newest_first.reverse();
    assert_eq!(events, newest_first, "{query}");
    events.sort_by_key(super::position_of);
    events
}

const PARAMETERS: [&str; 5] = ["actor", "action", "target_id", "owner_id", "outcome"];

#[tokio::test]
async fn a_filter_lets_through_what_has_its_value_and_nothing_else() {
    let server = Clocked::start().await;
    mix(&server).await;
    let all = since(&server, 0).await;
    for (parameter, least) in PARAMETERS.into_iter().zip([6, 9, 12, 4, 2]) {
        let values = values(&all, parameter);
        assert!(values.len() >= least, "{parameter}: {values:?}");
        for value in values {
            let expected: Vec<Value> = all
                .iter()
                .filter(|event| has(event, parameter, &value))
                .cloned()
                .collect();
            let query = format!("{parameter}={value}");
            assert_eq!(found(&server, &query).await, expected, "{query}");
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn filters_together_let_through_what_has_all_their_values() {
    let server = Clocked::start().await;
    mix(&server).await;
    let all = since(&server, 0).await;
    let (mut hits, mut misses) = (0, 0);
    for (index, first) in PARAMETERS.into_iter().enumerate() {
        for second in &PARAMETERS[index + 1..] {
            for one in values(&all, first) {
                // A few of each are enough: one that has the first value, too, and any other.
                let both = all.iter().find(|event| has(event, first, &one)).unwrap();
                let among = values(std::slice::from_ref(both), second);
                let any = values(&all, second).into_iter().next();
                for other in among.into_iter().chain(any) {
                    let expected: Vec<Value> = all
                        .iter()
                        .filter(|event| has(event, first, &one) && has(event, second, &other))
                        .cloned()
                        .collect();
                    let query = format!("{first}={one}&{second}={other}");
                    assert_eq!(found(&server, &query).await, expected, "{query}");
                    *if expected.is_empty() {
                        &mut misses
                    } else {
                        &mut hits
                    } += 1;
                }
            }
        }
    }
    assert!(hits > 50 && misses > 20, "{hits} hits, {misses} misses");
    server.finish().await;
}

#[tokio::test]
async fn all_filters_together_find_one_event() {
    let server = Clocked::start().await;
    mix(&server).await;
    for event in since(&server, 0).await {
        let filters: Vec<String> = PARAMETERS
            .iter()
            .filter_map(|parameter| {
                let value = event.get(parameter)?.as_str()?;
                Some(format!("{parameter}={value}"))
            })
            .collect();
        let before = super::position_of(&event) - 1;
        let query = format!("{}&after={before}", filters.join("&"));
        let (events, _) = page(&server, &format!("{query}&limit=1")).await;
        assert_eq!(events, [event]);
    }
    server.finish().await;
}

#[tokio::test]
async fn a_filter_for_what_never_was_finds_nothing() {
    let server = Clocked::start().await;
    mix(&server).await;
    for query in [
        "actor=Root",
        "actor=roo",
        "actor=root%20",
        "actor=%25",
        "target_id=0190a6f2-1b08-7c3a-8f51-6d2e4b9a7c10",
        "owner_id=0190a6f2-1b08-7c3a-8f51-6d2e4b9a7c10",
        "action=key.issued&outcome=denied",
    ] {
        assert_eq!(page(&server, query).await, (vec![], None), "{query}");
    }
    server.finish().await;
}
