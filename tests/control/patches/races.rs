//! Patches that race: with each other, with a revocation, with a rotation.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::control::keys::{path, secret, standard};
use crate::support::{Answer, Request, Server};

async fn race(requests: impl IntoIterator<Item = Request>) -> Vec<Answer> {
    let mut tasks = JoinSet::new();
    for request in requests {
        tasks.spawn(request.send());
    }
    tasks.join_all().await
}

/// A patch in which every member tells its number.
fn numbered(number: u32) -> Value {
    json!({
        "name": format!("patch {number}"),
        "scopes": [format!("s{number}")],
        "rate_limits": [
            { "name": "a", "limit": 1000 + number, "window_seconds": 1, "burst": 1000 + number },
        ],
        "credits": { "remaining": 1_000_000 + number },
        "ip_allow": [format!("192.0.2.{number}")],
        "metadata": { "number": number },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_patches_the_last_one_is_left_whole() {
    let server = Server::start();
    let root = server.root();
    let made = standard(&root).await;
    let patch = |number| root.request("PATCH", &path(&made)).json(&numbered(number));
    let answers = race((0..50).map(patch)).await;
    let whole = |key: &Value| {
        let mut expected = made["key"].clone();
        let number = key["metadata"]["number"].as_u64().unwrap();
        let patch = numbered(u32::try_from(number).unwrap());
        let members = expected.as_object_mut().unwrap();
        members.extend(patch.as_object().unwrap().clone());
        assert_eq!(*key, expected);
    };
    // Each answer shows one whole patch, and so does the key in the end.
    for answer in answers {
        whole(&answer.expect(200).json());
    }
    whole(&root.get(&path(&made)).await.expect(200).json());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_revoked_among_patches_stays_revoked() {
    let server = Server::start();
    let root = server.root();
    for _ in 0..5 {
        let made = standard(&root).await;
        let patch = |number| {
            let body = json!({ "enabled": true, "metadata": { "number": number } });
            root.request("PATCH", &path(&made)).json(&body)
        };
        let mut requests: Vec<Request> = (0..20).map(patch).collect();
        let revoke = root.request("POST", &format!("{}/revoke", path(&made)));
        requests.insert(10, revoke);
        for answer in race(requests).await {
            let key = answer.json();
            match answer.status {
                200 => assert!(["live", "revoked"].contains(&key["state"].as_str().unwrap())),
                status => assert_eq!(status, 409, "{}", answer.text()),
            }
        }
        let key = root.get(&path(&made)).await.expect(200).json();
        assert_eq!(key["state"], json!("revoked"));
        assert_eq!(root.verdict(secret(&made)).await, "REVOKED");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_keys_that_want_one_name_exactly_one_gets_it() {
    let server = Server::start();
    let root = server.root();
    let organization = root.organization().await;
    let mut requests = Vec::new();
    for number in 0..50 {
        let name = format!("key-{number}");
        let body = json!({ "kind": "named", "owner_id": organization.id, "name": name });
        let key_id = root.named(body).await.key_id;
        let rename = json!({ "name": "ci-deploy" });
        let request = root.request("PATCH", &format!("/v1/keys/{key_id}"));
        requests.push(request.json(&rename));
    }
    let mut statuses = BTreeMap::new();
    for answer in race(requests).await {
        *statuses.entry(answer.status).or_insert(0) += 1;
    }
    assert_eq!(statuses, BTreeMap::from([(200, 1), (409, 49)]));
}

/// A patch either comes before the rotation, and its successor has it, or comes too late.
#[tokio::test(flavor = "multi_thread")]
async fn no_patch_that_was_answered_is_lost_to_a_rotation() {
    let server = Server::start();
    let root = server.root();
    for _ in 0..5 {
        let made = standard(&root).await;
        let patch = |number| {
            let body = json!({ "metadata": { "number": number } });
            root.request("PATCH", &path(&made)).json(&body)
        };
        let mut requests: Vec<Request> = (0..20).map(patch).collect();
        let rotate = root.request("POST", &format!("{}/rotate", path(&made)));
        requests.insert(10, rotate);
        let mut successor = None;
        for answer in race(requests).await {
            match answer.status {
                200 if answer.json().get("secret").is_some() => {
                    successor = Some(answer.string("/key/id"));
                }
                200 => {}
                status => assert_eq!(status, 409, "{}", answer.text()),
            }
        }
        let target = format!("/v1/keys/{}", successor.expect("the rotation succeeds"));
        let new = root.get(&target).await.expect(200).json();
        let old = root.get(&path(&made)).await.expect(200).json();
        assert_eq!(new["metadata"], old["metadata"]);
    }
}

/// The same holds for owners, whose members are their own.
#[tokio::test(flavor = "multi_thread")]
async fn changes_of_different_members_do_not_undo_each_other() {
    let server = Server::start();
    let root = server.root();
    for _ in 0..5 {
        let made = standard(&root).await;
        let owner = root.user().await;
        let owner_path = format!("/v1/users/{}", owner.id);
        let of_key = json!({
            "enabled": false,
            "name": "hourly export",
            "scopes": ["reports:write"],
            "expires_at": "2122-01-15T09:30:00.000Z",
            "rate_limits": [{ "name": "a", "limit": 1, "window_seconds": 1, "burst": 1 }],
            "credits": { "remaining": 7 },
            "ip_allow": ["192.0.2.7"],
            "metadata": { "team": "films" },
        });
        let of_owner = json!({
            "plan": "gold",
            "email": "ada@example.com",
            "suspended": true,
            "rate_limits": [{ "name": "a", "limit": 1, "window_seconds": 1, "burst": 1 }],
        });
        let mut requests = Vec::new();
        for (target, members) in [(path(&made), &of_key), (owner_path.clone(), &of_owner)] {
            for (member, value) in members.as_object().unwrap() {
                let patch = json!({ member: value });
                requests.push(root.request("PATCH", &target).json(&patch));
            }
        }
        for answer in race(requests).await {
            answer.expect(200);
        }
        for (target, members) in [(path(&made), of_key), (owner_path, of_owner)] {
            let read = root.get(&target).await.expect(200).json();
            for (member, value) in members.as_object().unwrap() {
                assert_eq!(read[member], *value, "{member}");
            }
        }
    }
}
