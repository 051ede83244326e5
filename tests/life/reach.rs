//! Whom a control key acts on: what lies outside its reach does not exist for it, and nothing of it is spent.
//! Leaves changes to `bounds`.

use std::collections::BTreeSet;

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::support::{ControlHolder, Organization, Root, Server, User};

const READS: [&str; 4] = ["keys:read", "keys:verify", "owners:read", "events:read"];

/// An organization with others above and below it and beside it, and a control key of its own.
struct World {
    root: Root,
    above: Organization,
    own: Organization,
    below: Organization,
    lowest: Organization,
    user: User,
    holder: ControlHolder,
    key_id: String,
}

impl World {
    async fn new(server: &Server, scopes: &[&str]) -> Self {
        let root = server.root();
        let above = root.organization().await;
        let own = root.organization_below(&above).await;
        let below = root.organization_below(&own).await;
        let lowest = root.organization_below(&below).await;
        let user = root.user().await;
        let wish = json!({ "kind": "control", "owner_id": own.id, "scopes": scopes });
        let made = root.issue(wish).await;
        Self {
            holder: root.holding(&made),
            key_id: made["key"]["id"].as_str().unwrap().to_owned(),
            root,
            above,
            own,
            below,
            lowest,
            user,
        }
    }

    fn inside(&self) -> BTreeSet<String> {
        [&self.own, &self.below, &self.lowest]
            .map(|organization| organization.id.clone())
            .into()
    }
}

/// What a list says of each of its items.
async fn listed(caller: &ControlHolder, target: &str, member: &str) -> BTreeSet<String> {
    let page = caller.get(target).await.expect(200).json();
    let items = page["items"].as_array().unwrap().iter();
    items
        .map(|item| item[member].as_str().unwrap_or("nobody").to_owned())
        .collect()
}

async fn verdict(caller: &ControlHolder, secret: &str) -> Value {
    let question = json!({ "key": secret });
    caller
        .post("/v1/keys/verify", question)
        .await
        .expect(200)
        .json()
}

#[tokio::test]
async fn lists_hold_what_lies_within_the_reach_and_ids_outside_do_not_exist() {
    let server = Server::start();
    let world = World::new(&server, &READS).await;
    let holder = &world.holder;
    let nothing = BTreeSet::new();
    assert_eq!(
        listed(holder, "/v1/organizations", "id").await,
        world.inside()
    );
    assert_eq!(listed(holder, "/v1/users", "id").await, nothing);
    assert_eq!(listed(holder, "/v1/keys", "owner_id").await, world.inside());
    assert_eq!(
        listed(holder, "/v1/events", "owner_id").await,
        world.inside()
    );
    for (list, owner_id) in [("keys", &world.above.id), ("events", &world.user.id)] {
        let target = format!("/v1/{list}?owner_id={owner_id}");
        assert_eq!(listed(holder, &target, "owner_id").await, nothing);
        assert_ne!(listed(&world.root, &target, "owner_id").await, nothing);
    }
    let target = format!("/v1/organizations?parent_id={}", world.above.id);
    let own = BTreeSet::from([world.own.id.clone()]);
    assert_eq!(listed(holder, &target, "id").await, own);
    for (path, id) in [
        ("keys", &world.user.key_id),
        ("keys", &world.above.key_id),
        ("users", &world.user.id),
        ("organizations", &world.above.id),
    ] {
        let answer = holder.get(&format!("/v1/{path}/{id}")).await.expect(404);
        let unknown = "0190a6f2-1b08-7c3a-8f51-6d2e4b9a7c10";
        let other = holder
            .get(&format!("/v1/{path}/{unknown}"))
            .await
            .expect(404);
        let detail = other.string("/detail").replace(unknown, id);
        assert_eq!(answer.string("/detail"), detail);
    }
    for (path, id) in [
        ("keys", &world.lowest.key_id),
        ("organizations", &world.own.id),
        ("organizations", &world.lowest.id),
    ] {
        holder.get(&format!("/v1/{path}/{id}")).await.expect(200);
    }
    server.finish().search();
}

#[tokio::test]
async fn a_key_outside_the_reach_is_unknown_and_nothing_of_it_is_spent() {
    let mut server = Server::start();
    let mut world = World::new(&server, &READS).await;
    let counted = |owner_id: &str| {
        json!({
            "kind": "standard", "owner_id": owner_id, "credits": { "remaining": 4 },
            "rate_limits": [{ "name": "calls", "limit": 4, "window_seconds": 2_592_000 }],
        })
    };
    let outside = world.root.issue(counted(&world.above.id)).await;
    let inside = world.root.issue(counted(&world.lowest.id)).await;
    let secret = |made: &Value| made["secret"].as_str().unwrap().to_owned();
    // With the key in memory, and after a restart, without.
    for left in [3, 2] {
        let unknown = json!({ "valid": false, "code": "NOT_FOUND" });
        assert_eq!(verdict(&world.holder, &secret(&outside)).await, unknown);
        let batch = json!({ "requests": [
            { "key": secret(&inside) }, { "key": secret(&outside) }, { "key": world.user.key },
        ] });
        let batch = world
            .holder
            .post("/v1/keys/verify-batch", batch)
            .await
            .expect(200);
        let fresh = world.holder.request("POST", "/v1/keys/verify");
        let fresh = fresh.header("cache-control", "no-cache");
        let fresh = fresh
            .json(&json!({ "key": secret(&outside) }))
            .send()
            .await
            .expect(200);
        assert_eq!(fresh.json(), unknown);
        let results = &batch.json()["results"];
        assert_eq!(results[0]["code"], "VALID");
        assert_eq!(results[0]["credits"]["remaining"], left);
        assert_eq!([&results[1], &results[2]], [&unknown, &unknown]);
        let told = verdict(&world.root, &secret(&outside)).await;
        assert_eq!(told["code"], "VALID");
        assert_eq!(told["credits"]["remaining"], left);
        let (holder, root) = (world.holder.clone(), world.root.clone());
        server = Server::on(&server.finish(), &[]);
        (world.holder, world.root) = (holder.at(&server), root.at(&server));
    }
    server.finish().search();
}

#[tokio::test]
async fn a_key_whose_reach_was_narrowed_finds_nothing_outside_from_the_next_request_on() {
    let server = Server::start();
    let world = World::new(&server, &["keys:read", "keys:write"]).await;
    let foreign = format!("/v1/keys/{}", world.user.key_id);
    let itself = format!("/v1/keys/{}", world.key_id);
    world.holder.get(&foreign).await.expect(404);
    let widened = world.root.patch(&itself, json!({ "reach": "all" })).await;
    assert_eq!(widened.expect(200).json()["reach"], "all");
    world.holder.get(&foreign).await.expect(200);
    // What reaches all gives that, and gives it up.
    let wish = json!({
        "kind": "control", "owner_id": world.user.id, "scopes": [], "reach": "all",
    });
    let wish = world.holder.request("POST", "/v1/keys").json(&wish);
    let wish = wish.header("idempotency-key", "f6e5c7a0-0b5c-4d6e-9a57-1c2b3d4e5f60");
    wish.clone().send().await.expect(201);
    let narrowed = world
        .holder
        .patch(&itself, json!({ "reach": "owner" }))
        .await;
    assert_eq!(narrowed.expect(200).json()["reach"], "owner");
    world.holder.get(&foreign).await.expect(404);
    // Nor does it get again what it got then.
    wish.send().await.expect(404);
    world
        .holder
        .patch(&itself, json!({ "reach": "all" }))
        .await
        .expect(403);
    server.finish().search();
}

#[tokio::test]
async fn only_a_control_key_has_a_reach() {
    let server = Server::start();
    let world = World::new(&server, &[]).await;
    let wish = json!({ "kind": "standard", "owner_id": world.own.id, "reach": "owner" });
    let answer = world.root.post("/v1/keys", wish).await.expect(422);
    assert_eq!(answer.string("/errors/0/pointer"), "/reach");
    let target = format!("/v1/keys/{}", world.own.key_id);
    let answer = world
        .root
        .patch(&target, json!({ "reach": "owner" }))
        .await
        .expect(422);
    assert_eq!(answer.string("/errors/0/pointer"), "/reach");
    server.finish().search();
}

#[tokio::test]
async fn who_holds_a_key_that_reaches_all_is_stopped_only_by_who_could_end_that_key() {
    let server = Server::start();
    let root = server.root();
    let owner = root.user().await;
    let wish = json!({
        "kind": "control", "owner_id": owner.id, "scopes": ["keys:read"], "reach": "all",
    });
    root.issue(wish).await;
    let target = format!("/v1/users/{}", owner.id);
    let narrow = root.control(&["owners:write"]).await;
    for suspended in [true, false] {
        let patch = json!({ "suspended": suspended });
        narrow.patch(&target, patch).await.expect(403);
    }
    narrow.request("DELETE", &target).send().await.expect(403);
    narrow
        .patch(&target, json!({ "plan": "pro" }))
        .await
        .expect(200);
    let wide = root.control(&["owners:write", "keys:read"]).await;
    wide.patch(&target, json!({ "suspended": true }))
        .await
        .expect(200);
    wide.request("DELETE", &target).send().await.expect(204);
    server.finish().search();
}

#[tokio::test]
async fn control_keys_from_before_there_was_a_reach_reach_all_and_are_named_until_they_are_narrowed()
 {
    let server = Server::start();
    let world = World::new(&server, &["keys:read", "keys:write"]).await;
    let folder = server.finish();
    let connection = Connection::open(folder.database()).unwrap();
    connection
        .execute_batch(
            "ALTER TABLE keys RENAME COLUMN lineage TO family;
             ALTER TABLE credits RENAME COLUMN lineage TO family;
             DROP INDEX keys_that_reach_all; DROP INDEX keys_in_grace;
             ALTER TABLE keys DROP COLUMN reach; ALTER TABLE keys DROP COLUMN end_given;
             ALTER TABLE events DROP COLUMN server_request_id; ALTER TABLE events DROP COLUMN touched;
             DROP TABLE events_checkpoint; DROP TABLE tombstones; DROP TABLE revoked_tokens;
             DROP TABLE forgotten_tokens;",
        )
        .unwrap();
    connection.pragma_update(None, "user_version", 3).unwrap();
    drop(connection);
    for _ in 0..2 {
        let before = folder.log().len();
        let server = Server::on(&folder, &[]);
        let holder = world.holder.at(&server);
        holder
            .get(&format!("/v1/keys/{}", world.user.key_id))
            .await
            .expect(200);
        server.finish();
        let log = folder.log()[before..].to_owned();
        assert!(log.contains(&world.key_id), "{log}");
        assert!(
            log.contains("keywright keys update ID --reach owner"),
            "{log}"
        );
    }
    let server = Server::on(&folder, &[]);
    let target = format!("/v1/keys/{}", world.key_id);
    let narrowed = json!({ "reach": "owner" });
    world
        .root
        .at(&server)
        .patch(&target, narrowed)
        .await
        .expect(200);
    server.finish();
    let before = folder.log().len();
    let server = Server::on(&folder, &[]);
    world
        .holder
        .at(&server)
        .get(&format!("/v1/keys/{}", world.user.key_id))
        .await
        .expect(404);
    server.finish();
    assert!(!folder.log()[before..].contains("act on every owner"));
    folder.search();
}
