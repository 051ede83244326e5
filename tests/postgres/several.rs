//! Four servers on one database behind a proxy that sends each request to the next: races have one winner, retries one
//! answer.
//! Leaves the same on one server to `concurrency` and `idempotency`.

mod clocks;
mod credits;
mod following;
mod limits;
mod lists;
mod load_balancer;
mod refusals;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use serde_json::json;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::support::engine::Engine;
use crate::support::{Folder, Proxy, ROOT_KEY, Request, Root, Server, Site, User, until};

const SERVERS: usize = 4;
/// A limit is each server's own, and the log looks into no answer.
const SETTINGS: [(&str, &str); 2] = [
    ("user_key.rate_limit_per_minute", "0"),
    ("log.filter", "info"),
];

/// Servers on one database, and the proxy in front of them.
struct Several {
    folder: Folder,
    servers: Vec<Server>,
    /// All of them, by way of the proxy.
    site: Site,
    _proxy: Proxy,
}

impl Several {
    async fn start() -> Self {
        Self::with(&SETTINGS).await
    }

    async fn with(settings: &[(&str, &str)]) -> Self {
        let folder = Folder::of(Engine::Postgres);
        let servers = (0..SERVERS).map(|_| Server::on(&folder.neighbour(), settings));
        let servers: Vec<Server> = servers.collect();
        let addresses: Vec<_> = servers.iter().map(|server| server.address).collect();
        let proxy = Proxy::balancing(&addresses).await;
        Self {
            site: Site::new(proxy.address(), ROOT_KEY, folder.secrets()),
            folder,
            servers,
            _proxy: proxy,
        }
    }

    /// The operator, who speaks to the proxy.
    fn root(&self) -> Root {
        self.site.root()
    }

    /// What the database says of secrets, which a server that has just started cannot have in memory.
    async fn verdicts(&self, secrets: &[String]) -> Vec<String> {
        let server = Server::on(&self.folder.neighbour(), &SETTINGS);
        server.root().verdicts(secrets).await
    }

    /// The servers have answered so many requests of a contract and class, none of them twice, and each has had its share.
    async fn assert_shared(&self, contract: &str, class: &str, count: usize) {
        let shares = until("all requests to be counted", async || {
            let mut shares = Vec::new();
            for server in &self.servers {
                shares.push(answered(server, contract, class).await);
            }
            (shares.iter().sum::<usize>() >= count).then_some(shares)
        })
        .await;
        assert_eq!(shares.iter().sum::<usize>(), count, "{shares:?}");
        // A server that was slow to say that it is ready may have been passed over for a while.
        let least = count / SERVERS / 2;
        assert!(shares.iter().all(|share| *share >= least), "{shares:?}");
    }
}

/// How many requests of a contract and class a server has answered, as its metrics have it.
async fn answered(server: &Server, contract: &str, class: &str) -> usize {
    let series = format!(
        "keywright_request_duration_seconds_count{{contract=\"{contract}\",class=\"{class}\"}} "
    );
    let text = server.get("/metrics").send().await.expect(200).text();
    let value = text.lines().find_map(|line| line.strip_prefix(&*series));
    value.map_or(0, |value| value.parse().unwrap())
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
    let several = Several::start().await;
    let user = several.root().user().await;
    let organization = several.root().organization().await;
    let won = BTreeMap::from([(200, 1), (401, 199)]);
    assert_eq!(race((0..200).map(|_| user.request())).await, won);
    assert_eq!(race((0..200).map(|_| organization.request())).await, won);
    for contract in ["user-key", "organization-key"] {
        several.assert_shared(contract, "change", 200).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_rotations_by_the_operator_exactly_one_succeeds() {
    let several = Several::start().await;
    let user = several.root().user().await;
    let target = format!("/v1/keys/{}/rotate", user.key_id);
    let statuses = race((0..50).map(|_| several.root().request("POST", &target))).await;
    assert_eq!(statuses, BTreeMap::from([(200, 1), (409, 49)]));
    // The user was made by a request of the same class.
    several.assert_shared("control", "change", 51).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_keys_with_one_name_exactly_one_is_made() {
    let several = Several::start().await;
    let organization = several.root().organization().await;
    let holder = several.root().named_of(&organization).await;
    let body = json!({ "name": "ci-deploy" });
    let statuses = race((0..50).map(|_| holder.request().json(&body))).await;
    assert_eq!(statuses, BTreeMap::from([(201, 1), (409, 49)]));
    several.assert_shared("named-keys", "change", 50).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_storm_of_rotations_one_key_is_left() {
    let several = Several::start().await;
    let user = several.root().user().await;
    let issued = Arc::new(Mutex::new(vec![user.key.clone()]));
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let (user, issued) = (user.clone(), Arc::clone(&issued));
        tasks.spawn(async move {
            for _ in 0..25 {
                let newest = issued.lock().unwrap().last().unwrap().clone();
                let answer = user.request_with(&newest).send().await;
                match answer.status {
                    200 => issued.lock().unwrap().push(answer.string("/apikey")),
                    status => assert_eq!(status, 401),
                }
            }
        });
    }
    tasks.join_all().await;
    several.assert_shared("user-key", "change", 200).await;
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
async fn retry(user: &User, value: &str) -> (u16, String) {
    let request = user.request().header("idempotency-key", value);
    let answer = request.send().await;
    let secret = answer.json()["apikey"].as_str().map(str::to_owned);
    (answer.status, secret.unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn twins_of_one_idempotency_key_at_several_servers_get_one_answer() {
    let several = Several::start().await;
    let mut first_keys = Vec::new();
    let mut issued = Vec::new();
    for _ in 0..10 {
        let user = several.root().user().await;
        let value = Uuid::new_v4().to_string();
        let mut twins = JoinSet::new();
        for _ in 0..SERVERS {
            let (user, value) = (user.clone(), value.clone());
            twins.spawn(async move { retry(&user, &value).await });
        }
        let answers: BTreeSet<_> = twins.join_all().await.into_iter().collect();
        assert_eq!(answers.len(), 1, "{answers:?}");
        let (status, secret) = answers.first().unwrap();
        assert_eq!(*status, 200);
        // And whoever asks later, anywhere.
        for server in &several.servers {
            let again = retry(&user.at(server), &value).await;
            assert_eq!(again, (200, secret.clone()));
        }
        first_keys.push(user.key);
        issued.push(secret.clone());
    }
    several.assert_shared("user-key", "change", 80).await;
    assert_eq!(several.verdicts(&issued).await, vec!["VALID"; 10]);
    assert_eq!(several.verdicts(&first_keys).await, vec!["REPLACED"; 10]);
    let root = several.root();
    let events = root.get("/v1/events?action=key.rotated&limit=100").await;
    let events = events.expect(200).json();
    assert_eq!(events["items"].as_array().unwrap().len(), 10);
}
