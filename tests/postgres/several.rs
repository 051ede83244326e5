//! Four servers on one database, of which each request goes to the next: races have one winner, retries one answer.
//! Leaves the same on one server to `concurrency` and `idempotency`.

mod credits;
mod limits;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::json;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::support::engine::Engine;
use crate::support::{Folder, Request, Root, Server, User};

const SERVERS: usize = 4;
/// A limit is each server's own, and the log looks into no answer.
const SETTINGS: [(&str, &str); 2] = [
    ("user_key.rate_limit_per_minute", "0"),
    ("log.filter", "info"),
];

/// Servers on one database, that take requests in turns.
struct Several {
    folder: Folder,
    servers: Vec<Server>,
    turn: AtomicUsize,
}

impl Several {
    fn start() -> Self {
        Self::with(&SETTINGS)
    }

    fn with(settings: &[(&str, &str)]) -> Self {
        let folder = Folder::of(Engine::Postgres);
        let servers = (0..SERVERS).map(|_| Server::on(&folder.neighbour(), settings));
        Self {
            servers: servers.collect(),
            folder,
            turn: AtomicUsize::new(0),
        }
    }

    /// The one whose turn it is.
    fn next(&self) -> &Server {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        &self.servers[turn % SERVERS]
    }

    /// The operator, at the next.
    fn root(&self) -> Root {
        self.next().root()
    }

    /// What the database says of secrets, which a server that has just started cannot have in memory.
    async fn verdicts(&self, secrets: &[String]) -> Vec<String> {
        let server = Server::on(&self.folder.neighbour(), &SETTINGS);
        server.root().verdicts(secrets).await
    }
}

/// Sends all requests at once, and counts the statuses.
async fn race(requests: impl Iterator<Item = Request>) -> BTreeMap<u16, usize> {
    let mut tasks = JoinSet::new();
    for request in requests {
        tasks.spawn(request.send());
    }
    let mut statuses = BTreeMap::new();
    for answer in tasks.join_all().await {
        *statuses.entry(answer.status).or_insert(0) += 1;
    }
    statuses
}

fn count(verdicts: &[String], wanted: &str) -> usize {
    verdicts.iter().filter(|verdict| *verdict == wanted).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_hundred_rotations_with_one_credential_exactly_one_succeeds() {
    let several = Several::start();
    let user = several.root().user().await;
    let organization = several.root().organization().await;
    let of_user = (0..200).map(|_| user.at(several.next()).request());
    let of_organization = (0..200).map(|_| organization.at(several.next()).request());
    assert_eq!(race(of_user).await, BTreeMap::from([(200, 1), (401, 199)]));
    let statuses = race(of_organization).await;
    assert_eq!(statuses, BTreeMap::from([(200, 1), (401, 199)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_rotations_by_the_operator_exactly_one_succeeds() {
    let several = Several::start();
    let user = several.root().user().await;
    let target = format!("/v1/keys/{}/rotate", user.key_id);
    let statuses = race((0..50).map(|_| several.root().request("POST", &target))).await;
    assert_eq!(statuses, BTreeMap::from([(200, 1), (409, 49)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_keys_with_one_name_exactly_one_is_made() {
    let several = Several::start();
    let organization = several.root().organization().await;
    let holder = several.root().named_of(&organization).await;
    let body = json!({ "name": "ci-deploy" });
    let requests = (0..50).map(|_| holder.at(several.next()).request().json(&body));
    let statuses = race(requests).await;
    assert_eq!(statuses, BTreeMap::from([(201, 1), (409, 49)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_storm_of_rotations_one_key_is_left() {
    let several = Arc::new(Several::start());
    let user = several.root().user().await;
    let issued = Arc::new(Mutex::new(vec![user.key.clone()]));
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let (several, user, issued) = (Arc::clone(&several), user.clone(), Arc::clone(&issued));
        tasks.spawn(async move {
            for _ in 0..25 {
                let newest = issued.lock().unwrap().last().unwrap().clone();
                let request = user.at(several.next()).request_with(&newest);
                let answer = request.send().await;
                match answer.status {
                    200 => issued.lock().unwrap().push(answer.string("/apikey")),
                    status => assert_eq!(status, 401),
                }
            }
        });
    }
    tasks.join_all().await;
    let issued = issued.lock().unwrap().clone();
    assert!(issued.len() > 8, "hardly a storm: {}", issued.len());
    let verdicts = several.verdicts(&issued).await;
    assert_eq!(count(&verdicts, "VALID"), 1, "{verdicts:?}");
    assert_eq!(
        count(&verdicts, "REPLACED"),
        issued.len() - 1,
        "{verdicts:?}"
    );
}

/// What a retry gets: its status and the secret.
async fn retry(server: &Server, user: &User, value: &str) -> (u16, String) {
    let request = user.at(server).request().header("idempotency-key", value);
    let answer = request.send().await;
    let secret = answer.json()["apikey"].as_str().map(str::to_owned);
    (answer.status, secret.unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn twins_of_one_idempotency_key_at_two_servers_get_one_answer() {
    let several = Arc::new(Several::start());
    let mut first_keys = Vec::new();
    let mut issued = Vec::new();
    for _ in 0..10 {
        let user = several.root().user().await;
        let value = Uuid::new_v4().to_string();
        let mut twins = JoinSet::new();
        for _ in 0..SERVERS {
            let (several, user, value) = (Arc::clone(&several), user.clone(), value.clone());
            twins.spawn(async move { retry(several.next(), &user, &value).await });
        }
        let answers: BTreeSet<_> = twins.join_all().await.into_iter().collect();
        assert_eq!(answers.len(), 1, "{answers:?}");
        let (status, secret) = answers.first().unwrap();
        assert_eq!(*status, 200);
        // And whoever asks later, anywhere.
        for server in &several.servers {
            let again = retry(server, &user, &value).await;
            assert_eq!(again, (200, secret.clone()));
        }
        first_keys.push(user.key);
        issued.push(secret.clone());
    }
    assert_eq!(several.verdicts(&issued).await, vec!["VALID"; 10]);
    assert_eq!(several.verdicts(&first_keys).await, vec!["REPLACED"; 10]);
    let root = several.root();
    let events = root.get("/v1/events?action=key.rotated&limit=100").await;
    let events = events.expect(200).json();
    assert_eq!(events["items"].as_array().unwrap().len(), 10);
}
