//! From the answer to a revocation until every other server refuses the key, one key after the other.
//! Leaves the servers, and what else they have to do meanwhile, to `cargo xtask bench`.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use futures_util::future::try_join_all;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::wire::{Asking, PATIENCE};

#[derive(Clone, clap::Args)]
pub(crate) struct Wish {
    /// Where the servers listen.
    #[arg(long, value_delimiter = ',', required = true)]
    addresses: Vec<String>,
    /// The root key of all.
    #[arg(long)]
    root_key: String,
    /// How many keys are revoked.
    #[arg(long, default_value_t = 1000)]
    rounds: usize,
    /// Keys that are made meanwhile at each server, a second.
    #[arg(long, default_value_t = 0)]
    mints: u32,
    /// Keys that are verified meanwhile at each server, a second.
    #[arg(long, default_value_t = 0)]
    verifications: u32,
}

/// So many connections share the requests that are sent meanwhile of one kind at one server.
const LOAD_CONNECTIONS: u32 = 8;

/// A connection to each server.
struct Servers(Vec<Asking>);

pub(crate) async fn run(wish: Wish) -> anyhow::Result<()> {
    ensure!(wish.addresses.len() > 1, "there must be other servers");
    let connecting = wish.addresses.iter();
    let connecting = connecting.map(|address| Asking::connect(address, &wish.root_key));
    let mut servers = Servers(try_join_all(connecting).await?);
    let organization = servers
        .make(0, "/v1/organizations", &json!({ "name": "revocation" }))
        .await?;
    let owner = organization["id"].as_str().context("it has no id")?;
    let mut load = JoinSet::new();
    let mint = json!({ "kind": "standard", "owner_id": owner }).to_string();
    let kept = servers
        .make(0, "/v1/keys", &serde_json::from_str(&mint)?)
        .await?;
    let verify = json!({ "key": kept["secret"] }).to_string();
    for address in &wish.addresses {
        let kinds = [
            (wish.mints, "/v1/keys", &mint),
            (wish.verifications, "/v1/keys/verify", &verify),
        ];
        for (rate, path, body) in kinds {
            if rate == 0 {
                continue;
            }
            let pause = Duration::from_secs(1) * LOAD_CONNECTIONS / rate;
            for _ in 0..LOAD_CONNECTIONS {
                let asking = Asking::connect(address, &wish.root_key).await?;
                load.spawn(keep_asking(asking, path, body.clone(), pause));
            }
        }
    }
    let mut took_us = Vec::new();
    for round in 0..wish.rounds {
        let took = servers.revoke_one(round % servers.0.len(), owner).await?;
        took_us.push(u64::try_from(took.as_micros())?);
    }
    took_us.sort_unstable();
    // None has ended before: that would have been an error.
    if let Some(ended) = load.try_join_next() {
        ended??;
    }
    load.shutdown().await;
    println!("{}", json!({ "took_us": took_us }));
    Ok(())
}

/// Asks the same again and again, with a pause between two questions.
async fn keep_asking(
    mut asking: Asking,
    path: &'static str,
    body: String,
    pause: Duration,
) -> anyhow::Result<()> {
    let mut ticks = tokio::time::interval(pause);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let (status, answer) = asking.post(path, &body).await?;
        ensure!(
            matches!(status, 200 | 201),
            "meanwhile, {path} was answered {status}: {answer}"
        );
    }
}

impl Servers {
    async fn make(&mut self, server: usize, path: &str, wish: &Value) -> anyhow::Result<Value> {
        let (status, body) = self.0[server].post(path, &wish.to_string()).await?;
        ensure!(matches!(status, 200 | 201), "{path}: {status} {body}");
        Ok(serde_json::from_str(body)?)
    }

    /// Makes a key, has every server verify it, revokes it at one, and tells how long after that answer the last of the
    /// others was asked when it had refused it for the first time.
    async fn revoke_one(&mut self, at: usize, owner: &str) -> anyhow::Result<Duration> {
        let wish = json!({ "kind": "standard", "owner_id": owner });
        let made = self.make(at, "/v1/keys", &wish).await?;
        let secret = made["secret"].as_str().context("it has no secret")?;
        let id = made["key"]["id"].as_str().context("it has no id")?;
        let question = json!({ "key": secret }).to_string();
        // Twice: the second verdict comes from memory.
        for _ in 0..2 {
            let asking = self.0.iter_mut();
            try_join_all(asking.map(|server| first(server, &question, true))).await?;
        }
        self.make(at, &format!("/v1/keys/{id}/revoke"), &json!({}))
            .await?;
        let answered = Instant::now();
        let others = self.0.iter_mut().enumerate();
        let others = others.filter_map(|(number, server)| (number != at).then_some(server));
        let refused = others.map(|server| first(server, &question, false));
        let refused = try_join_all(refused).await?;
        let last = refused.into_iter().max().unwrap_or(answered);
        Ok(last.saturating_duration_since(answered))
    }
}

/// Asks until the key is good, or is not: when the first such question was sent.
async fn first(server: &mut Asking, question: &str, is_good: bool) -> anyhow::Result<Instant> {
    let began = Instant::now();
    loop {
        let sent = Instant::now();
        let (status, body) = server.post("/v1/keys/verify", question).await?;
        ensure!(status == 200, "a verdict was answered {status}: {body}");
        if body.contains("\"valid\":true") == is_good {
            return Ok(sent);
        }
        ensure!(began.elapsed() < PATIENCE, "the verdict stays {body}");
    }
}
