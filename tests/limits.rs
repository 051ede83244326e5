//! What a key may do and how often: rate limits, credits, addresses, and the memory that counts them.
//! Leaves limits that the operator configures for a whole contract to that contract's file.

mod addresses;
mod credits;
mod envelopes;
mod forwarded;
mod keys;
mod memory;
mod owners;
mod refills;
mod reservations;
mod sizes;
mod strangers;
mod told;
mod uses;
mod windows;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::site::Site;
use crate::support::{Answer, Request};

/// How many clients ask at the same time.
const CLIENTS: usize = 64;

/// A key whose secret is known, at the server that issued it.
#[derive(Clone, Debug)]
struct Key {
    site: Site,
    id: String,
    owner_id: String,
    secret: String,
}

impl Key {
    /// A standard key of a new user, with these members beside its kind and owner.
    async fn with(site: &Site, members: Value) -> Self {
        let owner = site.root().user().await;
        Self::of(site, &owner.id, members).await
    }

    /// A standard key of this owner, unless the members say another kind.
    async fn of(site: &Site, owner_id: &str, members: Value) -> Self {
        let body = merged(json!({ "kind": "standard", "owner_id": owner_id }), members);
        let made = site.root().issue(body).await;
        Self::issued(site, &made)
    }

    fn issued(site: &Site, made: &Value) -> Self {
        let text = |pointer: &str| made.pointer(pointer).unwrap().as_str().unwrap().to_owned();
        Self {
            site: site.clone(),
            id: text("/key/id"),
            owner_id: text("/key/owner_id"),
            secret: text("/secret"),
        }
    }

    /// The same key, at another server.
    fn at(&self, site: &Site) -> Self {
        Self {
            site: site.clone(),
            ..self.clone()
        }
    }

    /// The question whether the key is good, with more members.
    fn question(&self, members: Value) -> Request {
        let body = merged(json!({ "key": self.secret }), members);
        let root = self.site.root();
        root.request("POST", "/v1/keys/verify").json(&body)
    }

    /// The verdict on the key, with more members in the question.
    async fn judged(&self, members: Value) -> Value {
        self.question(members).send().await.expect(200).json()
    }

    /// The verdict's code on a use of this cost.
    async fn code(&self, cost: i64) -> String {
        let verdict = self.judged(json!({ "cost": cost })).await;
        verdict["code"].as_str().unwrap().to_owned()
    }

    /// What the verdict says about rate limits when nothing is taken.
    async fn rate(&self) -> Value {
        self.judged(json!({ "cost": 0 })).await["rate_limit"].take()
    }

    /// A proxy's question about a request that carries the key.
    fn authorize(&self, query: &str) -> Request {
        let target = format!("/v1/authorize{query}");
        self.site.get(&target).bearer(&self.secret)
    }

    fn target(&self) -> String {
        format!("/v1/keys/{}", self.id)
    }

    /// The key as the operator sees it.
    async fn read(&self) -> Value {
        let root = self.site.root();
        root.get(&self.target()).await.expect(200).json()
    }

    async fn patch(&self, patch: Value) -> Value {
        let root = self.site.root();
        root.patch(&self.target(), patch).await.expect(200).json()
    }

    /// The answer to a rotation, and the key that takes this one's place.
    async fn rotated(&self, grace_seconds: i64) -> (Value, Self) {
        let target = format!("{}/rotate", self.target());
        let body = json!({ "grace_seconds": grace_seconds });
        let made = self.site.root().post(&target, body).await;
        let made = made.expect(200).json();
        let key = Self::issued(&self.site, &made);
        (made, key)
    }
}

/// `left` with the members of `right`.
fn merged(mut left: Value, mut right: Value) -> Value {
    let members = left.as_object_mut().unwrap();
    members.append(right.as_object_mut().unwrap());
    left
}

/// A rate limit of so many a minute.
fn per_minute(name: &str, limit: i64, burst: i64) -> Value {
    json!({ "name": name, "limit": limit, "window_seconds": 60, "burst": burst })
}

/// Sends every request at the same time, each by a client of its own.
async fn at_once(requests: impl IntoIterator<Item = Request>) -> Vec<Answer> {
    let mut tasks = JoinSet::new();
    for request in requests {
        tasks.spawn(request.send());
    }
    tasks.join_all().await
}

/// How many of several verifications at the same time find the key good.
async fn valid_of(requests: impl IntoIterator<Item = Request>) -> usize {
    let answers = at_once(requests).await;
    let verdicts = answers.into_iter().map(|answer| answer.expect(200).json());
    verdicts.filter(|verdict| verdict["valid"] == true).count()
}

/// What `GET /metrics` says of the memory, by the last part of each name.
async fn counters(site: &Site) -> BTreeMap<String, i64> {
    let answer = site.get("/metrics").send().await.expect(200);
    let text = answer.text();
    let lines = text
        .lines()
        .filter_map(|line| line.strip_prefix("keywright_cache_"));
    let counters = lines.map(|line| {
        let (name, value) = line.split_once(' ').unwrap();
        (name.to_owned(), value.parse().unwrap())
    });
    counters.collect()
}
