//! Rotations of keys that the server has not in memory, as after a restart.
//! Leaves their grace to `life`, and what is refused while they are in memory to `life::minting`.

use serde_json::{Value, json};

use crate::support::{Answer, Root, Server};

/// A key of each form, with its secret: the kinds differ, and the prefix of some is a wish.
async fn of_each_form(root: &Root) -> Vec<Value> {
    let (user, organization) = (root.user().await, root.organization().await);
    let mut made = Vec::new();
    for wish in [
        json!({ "kind": "standard", "owner_id": user.id }),
        json!({ "kind": "standard", "owner_id": organization.id, "prefix": "shop" }),
        json!({ "kind": "control", "owner_id": organization.id, "scopes": ["keys:read"] }),
        json!({ "kind": "control", "owner_id": user.id, "scopes": [], "prefix": "ops" }),
        json!({ "kind": "client", "owner_id": organization.id, "scopes": ["read:api-key"], "name": "A" }),
        json!({ "kind": "named", "owner_id": organization.id, "name": "b" }),
    ] {
        made.push(root.issue(wish).await);
    }
    for (kind, owner_id, secret) in [
        ("user", &user.id, &user.key),
        ("organization", &organization.id, &organization.key),
    ] {
        let target = format!("/v1/keys?owner_id={owner_id}&kind={kind}");
        let key = root.get(&target).await.expect(200).json()["items"][0].take();
        made.push(json!({ "key": key, "secret": secret }));
    }
    made
}

async fn rotate(root: &Root, id: &str, body: Value) -> Answer {
    root.post(&format!("/v1/keys/{id}/rotate"), body).await
}

/// What a secret shows of its kind.
fn shape(secret: &str) -> (usize, String) {
    let prefix = secret.rsplit_once('_').map_or("", |(prefix, _)| prefix);
    (secret.len(), prefix.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_not_in_memory_has_a_successor_of_its_own_form_and_owner() {
    let server = Server::start();
    let made = of_each_form(&server.root()).await;
    let server = Server::on(&server.kill(), &[]);
    let root = server.root();
    for old in made {
        let (key, secret) = (&old["key"], old["secret"].as_str().unwrap());
        let id = key["id"].as_str().unwrap();
        let new = rotate(&root, id, json!({})).await.expect(200).json();
        let successor = new["secret"].as_str().unwrap();
        assert_eq!(shape(successor), shape(secret), "{key}");
        for property in ["kind", "owner_id", "name", "scopes"] {
            assert_eq!(new["key"][property], key[property], "{property} of {key}");
        }
        assert_eq!(root.verdict(secret).await, "REPLACED", "{key}");
        assert_eq!(root.verdict(successor).await, "VALID", "{key}");
        let target = format!("/v1/events?target_id={id}&action=key.rotated");
        let events = root.get(&target).await.expect(200).json();
        assert_eq!(events["items"].as_array().unwrap().len(), 1, "{events}");
        assert_eq!(events["items"][0]["owner_id"], key["owner_id"], "{events}");
        assert_eq!(
            events["items"][0]["related_id"], new["key"]["id"],
            "{events}"
        );
    }
    server.finish();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_of_a_key_in_memory_is_refused_of_one_that_is_not() {
    let server = Server::start();
    let root = server.root();
    let made = of_each_form(&root).await;
    let owner_id = &made[0]["key"]["owner_id"];
    let narrow = root
        .issue(json!({
            "kind": "control", "owner_id": owner_id, "scopes": ["keys:write"], "reach": "all",
        }))
        .await;
    let server = Server::on(&server.kill(), &[]);
    let root = server.root();
    let before = root
        .get("/v1/events?limit=1&order=desc")
        .await
        .expect(200)
        .json();
    for old in &made {
        let (kind, id) = (&old["key"]["kind"], old["key"]["id"].as_str().unwrap());
        if kind == "user" || kind == "organization" {
            let answer = rotate(&root, id, json!({ "grace_seconds": 60 })).await;
            let sentence = "grace_seconds must be 0 here: a user or an organization has exactly one valid \
                            key at every instant";
            assert_eq!(
                answer.expect(422).string("/errors/0/detail"),
                sentence,
                "{kind}"
            );
        }
    }
    let absent = "01980000-0000-7000-8000-000000000000";
    let answer = rotate(&root, absent, json!({})).await.expect(404);
    let sentence = format!("key '{absent}' does not exist");
    assert_eq!(answer.string("/detail"), sentence);
    let after = root
        .get("/v1/events?limit=1&order=desc")
        .await
        .expect(200)
        .json();
    assert_eq!(after, before);
    for old in &made {
        assert_eq!(root.verdict(old["secret"].as_str().unwrap()).await, "VALID");
    }
    // It may rotate what has no scope of control, and no control key that is wider.
    let wider = made
        .iter()
        .find(|old| old["key"]["scopes"] == json!(["keys:read"]));
    let id = wider.unwrap()["key"]["id"].as_str().unwrap();
    let target = format!("/v1/keys/{id}/rotate");
    let request = server
        .post(&target)
        .bearer(narrow["secret"].as_str().unwrap())
        .json(&json!({}));
    request.send().await.expect(403);
    server.finish();
}

/// A repeat hands out the secret of the first time once more: the rule for handing it out holds once more.
#[tokio::test(flavor = "multi_thread")]
async fn a_narrow_key_gets_nothing_from_the_idempotency_key_of_a_wider_one_after_a_restart() {
    let server = Server::start();
    let root = server.root();
    let (owner, other) = (root.user().await, root.user().await);
    let control = async |owner_id: &str, scopes: &[&str]| {
        let wish = json!({
            "kind": "control", "owner_id": owner_id, "scopes": scopes, "reach": "all",
        });
        root.issue(wish).await
    };
    let secret = |made: &Value| made["secret"].as_str().unwrap().to_owned();
    let wide = secret(&control(&owner.id, &["keys:write", "events:read"]).await);
    let narrow = secret(&control(&owner.id, &["keys:write"]).await);
    let mut rotations = Vec::new();
    for owner_id in [&owner.id, &other.id] {
        let old = control(owner_id, &["events:read"]).await;
        rotations.push(format!(
            "/v1/keys/{}/rotate",
            old["key"]["id"].as_str().unwrap()
        ));
    }
    let rotate = async |server: &Server, target: &str, credential: &str| {
        let request = server.post(target).bearer(credential).json(&json!({}));
        request.header("idempotency-key", "rotation-1").send().await
    };
    let first = rotate(&server, &rotations[0], &wide).await.expect(200);
    let server = Server::on(&server.kill(), &[]);
    rotate(&server, &rotations[0], &narrow).await.expect(403);
    let again = rotate(&server, &rotations[0], &wide).await.expect(200);
    assert_eq!(again.string("/secret"), first.string("/secret"));
    // Each rotation has its own: one value for two of them is a mistake, and told.
    rotate(&server, &rotations[1], &narrow).await.expect(422);
    server.finish();
}
