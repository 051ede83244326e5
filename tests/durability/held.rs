//! Flushes that are held: no answer to a change leaves before its commit is on the disk, and nobody who
//! only presents a key waits for one.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::support::disk::Disk;
use crate::support::{Answer, Request, Root, Server, User};

/// A change in some contract, and what must be right once it is answered.
struct Change {
    what: &'static str,
    request: Request,
    status: u16,
    proof: Proof,
}

/// What is then true.
enum Proof {
    /// The answer holds a new secret here, and the key is good; the old one, if any, is replaced.
    Fresh {
        pointer: &'static str,
        replaces: Option<String>,
    },
    /// The verdict on a secret.
    Verdict(String, &'static str),
}

impl Change {
    /// One of every kind, each with people of its own.
    async fn all(root: &Root) -> Vec<Self> {
        let mut all = Self::of_contracts(root).await;
        all.extend(Self::of_operator(root).await);
        all
    }

    async fn of_contracts(root: &Root) -> Vec<Self> {
        let (user, organization) = (root.user().await, root.organization().await);
        let token = root.client_of(&organization).await.token().await;
        let named = root.named_of(&organization).await;
        let client = token.create("to be deleted").await.expect(201);
        let doomed = named.create("to-be-deleted").await.expect(201);
        let client_id = client.string("/clientId");
        vec![
            Self::fresh(
                "user-key: replace",
                user.request(),
                200,
                ("/apikey", Some(user.key.clone())),
            ),
            Self::fresh(
                "organization-key: replace",
                organization.request(),
                200,
                ("/result/api_key", Some(organization.key.clone())),
            ),
            Self::fresh(
                "client-keys: create with a token",
                token.request().json(&json!({ "name": "new" })),
                201,
                ("/clientSecret", None),
            ),
            Self::fresh(
                "named-keys: create with a key",
                named.request().json(&json!({ "name": "new" })),
                201,
                ("/api_key", None),
            ),
            Self::fresh(
                "named-keys: create with a token",
                named
                    .request()
                    .bearer(&token.token)
                    .json(&json!({ "name": "by-token" })),
                201,
                ("/api_key", None),
            ),
            Self {
                what: "client-keys: delete with a token",
                request: root
                    .site
                    .request("DELETE", &format!("/api-keys/{client_id}"))
                    .bearer(&token.token),
                status: 204,
                proof: Proof::Verdict(client.string("/clientSecret"), "REVOKED"),
            },
            Self {
                what: "named-keys: delete",
                request: root
                    .site
                    .request("DELETE", "/v0/api_keys/to-be-deleted")
                    .bearer(&named.key),
                status: 200,
                proof: Proof::Verdict(doomed.string("/api_key"), "REVOKED"),
            },
        ]
    }

    async fn of_operator(root: &Root) -> Vec<Self> {
        let mut users = Vec::new();
        for _ in 0..6 {
            users.push(root.user().await);
        }
        let [rotated, revoked, disabled, suspended, deleted, holder] =
            <[User; 6]>::try_from(users).unwrap_or_else(|_| panic!("there are six"));
        let post = |target: &str, body: &Value| root.request("POST", target).json(body);
        let change = |what, request, status, key: String, verdict| Self {
            what,
            request,
            status,
            proof: Proof::Verdict(key, verdict),
        };
        let patch = |target: String, body: &Value| root.request("PATCH", &target).json(body);
        let standard = json!({ "kind": "standard", "owner_id": holder.id });
        vec![
            Self::fresh(
                "control: add a user",
                post("/v1/users", &json!({})),
                201,
                ("/key/secret", None),
            ),
            Self::fresh(
                "control: add an organization",
                post("/v1/organizations", &json!({ "name": "Example Mill" })),
                201,
                ("/key/secret", None),
            ),
            Self::fresh(
                "control: issue",
                post("/v1/keys", &standard),
                201,
                ("/secret", None),
            ),
            Self::fresh(
                "control: rotate",
                post(&format!("/v1/keys/{}/rotate", rotated.key_id), &json!({})),
                200,
                ("/secret", Some(rotated.key.clone())),
            ),
            change(
                "control: revoke",
                post(&format!("/v1/keys/{}/revoke", revoked.key_id), &json!({})),
                200,
                revoked.key,
                "REVOKED",
            ),
            change(
                "control: disable",
                patch(
                    format!("/v1/keys/{}", disabled.key_id),
                    &json!({ "enabled": false }),
                ),
                200,
                disabled.key,
                "DISABLED",
            ),
            change(
                "control: suspend",
                patch(
                    format!("/v1/users/{}", suspended.id),
                    &json!({ "suspended": true }),
                ),
                200,
                suspended.key,
                "OWNER_SUSPENDED",
            ),
            change(
                "control: delete a user",
                root.request("DELETE", &format!("/v1/users/{}", deleted.id)),
                204,
                deleted.key,
                "REVOKED",
            ),
        ]
    }

    fn fresh(
        what: &'static str,
        request: Request,
        status: u16,
        (pointer, replaces): (&'static str, Option<String>),
    ) -> Self {
        Self {
            what,
            request,
            status,
            proof: Proof::Fresh { pointer, replaces },
        }
    }
}

impl Proof {
    async fn check(self, root: &Root, answer: &Answer) {
        match self {
            Self::Fresh { pointer, replaces } => {
                assert_eq!(root.verdict(&answer.string(pointer)).await, "VALID");
                if let Some(old) = replaces {
                    assert_eq!(root.verdict(&old).await, "REPLACED");
                }
            }
            Self::Verdict(secret, verdict) => assert_eq!(root.verdict(&secret).await, verdict),
        }
    }
}

/// Keys are verified, from memory and from the database, while every flush is held.
async fn verify_bystanders(server: &Server, bystander: &User) {
    for _ in 0..5 {
        assert_eq!(server.root().verdict(&bystander.key).await, "VALID");
        assert_eq!(server.root().verdict("unknown").await, "NOT_FOUND");
        let target = format!("/v1/keys/{}", bystander.key_id);
        server.root().get(&target).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_leaves_before_its_commit_is_on_the_disk() {
    let (disk, server) = Disk::with_server(&[]);
    let root = server.root();
    let bystander = root.user().await;
    for change in Change::all(&root).await {
        let before = disk.held();
        let hold = disk.hold();
        let mut answer = tokio::spawn(change.request.send());
        tokio::select! {
            answer = &mut answer => panic!("{}: answered {} before any flush", change.what, answer.unwrap().status),
            () = disk.holds_more_than(before) => {}
        }
        verify_bystanders(&server, &bystander).await;
        assert!(
            !answer.is_finished(),
            "{}: answered before its flush",
            change.what
        );
        drop(hold);
        let answer = answer.await.unwrap();
        assert_eq!(
            answer.status,
            change.status,
            "{}: {}",
            change.what,
            answer.text()
        );
        change.proof.check(&root, &answer).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_that_wait_together_are_all_answered_behind_their_flush() {
    let (disk, server) = Disk::with_server(&[]);
    let root = server.root();
    let bystander = root.user().await;
    let changes = Change::all(&root).await;
    let before = disk.held();
    let hold = disk.hold();
    let (mut tasks, mut proofs) = (JoinSet::new(), BTreeMap::new());
    for (index, change) in changes.into_iter().enumerate() {
        let request = change.request;
        tasks.spawn(async move { (index, request.send().await) });
        proofs.insert(index, (change.what, change.status, change.proof));
    }
    disk.holds_more_than(before).await;
    verify_bystanders(&server, &bystander).await;
    assert!(
        tasks.try_join_next().is_none(),
        "one was answered before its flush"
    );
    drop(hold);
    for (index, answer) in tasks.join_all().await {
        let (what, status, proof) = proofs.remove(&index).unwrap();
        assert_eq!(answer.status, status, "{what}: {}", answer.text());
        proof.check(&root, &answer).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_ended_already_is_told_behind_the_flush_of_its_end() {
    let (disk, server) = Disk::with_server(&[]);
    let root = server.root();
    let (user, gone, bystander) = (root.user().await, root.user().await, root.user().await);
    let revoke = format!("/v1/keys/{}/revoke", user.key_id);
    let revoke = root.request("POST", &revoke).json(&json!({}));
    let own = server.post("/v1/keys/self-revoke");
    let own = own.json(&json!({ "key": user.key }));
    let delete = root.request("DELETE", &format!("/v1/users/{}", gone.id));
    // Each is committed, and its flush held, before it is asked for again.
    for (first, again) in [
        (revoke.clone(), vec![revoke, own]),
        (delete.clone(), vec![delete]),
    ] {
        let (before, hold) = (disk.held(), disk.hold());
        let mut tasks = JoinSet::new();
        tasks.spawn(first.send());
        disk.holds_more_than(before).await;
        for again in again {
            tasks.spawn(again.send());
        }
        verify_bystanders(&server, &bystander).await;
        assert!(
            tasks.try_join_next().is_none(),
            "one was answered before its flush"
        );
        drop(hold);
        for answer in tasks.join_all().await {
            assert!(
                [200, 204, 404].contains(&answer.status),
                "{}",
                answer.text()
            );
        }
    }
    assert_eq!(root.verdict(&user.key).await, "REVOKED");
    assert_eq!(root.verdict(&gone.key).await, "REVOKED");
}

/// Writes that may wait in the test of the queue, and those that want to.
const PLACES: usize = 2;
const CROWD: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn a_change_for_which_the_queue_has_no_place_is_refused_and_the_others_are_made() {
    let (disk, server) = Disk::with_server(&[("database.queue_len_max", &PLACES.to_string())]);
    let add = server.root().request("POST", "/v1/users").json(&json!({}));
    let (before, hold) = (disk.held(), disk.hold());
    let first = tokio::spawn(add.clone().send());
    disk.holds_more_than(before).await;
    let mut crowd = JoinSet::new();
    for _ in 0..CROWD {
        crowd.spawn(add.clone().send());
    }
    for _ in 0..CROWD - PLACES {
        let answer = crowd.join_next().await.unwrap().unwrap();
        assert_eq!(answer.header("retry-after"), Some("1"));
        answer.expect(503);
    }
    drop(hold);
    first.await.unwrap().expect(201);
    for answer in crowd.join_all().await {
        answer.expect(201);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_outlasts_its_own_timeout_may_be_made_and_a_repeat_fetches_it() {
    let (disk, server) = Disk::with_server(&[]);
    let root = server.root();
    let organization = root.organization().await;
    let value = Uuid::new_v4().to_string();
    let rotate = organization.request().header("idempotency-key", value);
    let impatient = rotate
        .clone()
        .header("slashid-required-consistency-timeout", "1");
    let hold = disk.hold();
    impatient.send().await.expect(408);
    drop(hold);
    let key = rotate.send().await.expect(200).string("/result/api_key");
    assert_eq!(root.verdict(&key).await, "VALID");
    assert_eq!(root.verdict(&organization.key).await, "REPLACED");
}
