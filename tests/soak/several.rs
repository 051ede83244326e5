//! Two real servers on one PostgreSQL under mixed load. A server is killed, or PostgreSQL is, or both at once: every
//! answer must still be true, at either server.
//! Leaves what clients do to `client`, and what must be true to `check`.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fastrand::Rng;
use keywright_postgres_cluster::{Cluster, Programs};
use serde_json::json;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::client::Client;
use super::{ANSWERS, CLIENTS, SETTINGS, parameter};
use crate::support::{Folder, Server, until};

/// Rounds where nobody says how many.
const ROUNDS: u32 = 10;
const SERVERS: usize = 2;
/// Answers of those that are left, before they end, too.
const MORE_ANSWERS: usize = 30;
const DATABASE: &str = "soak";
const PEPPER: &str = "0123456789abcdef0123456789abcdef0123456789abcdef";

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_of_two_servers_is_still_true_after_kills() {
    let seed = parameter("SOAK_SEED").unwrap_or_else(|| fastrand::u64(..));
    let rounds = parameter("SOAK_ROUNDS").map_or(ROUNDS, |rounds| {
        u32::try_from(rounds).expect("SOAK_ROUNDS is a small number")
    });
    println!("soak: {rounds} rounds of two servers on one PostgreSQL; the seed is {seed}");
    let mut soak = Soak::new(Rng::with_seed(seed));
    for round in 0..rounds {
        let servers = soak.start();
        soak.check(&servers, round).await;
        let victim = soak.choose_victim();
        let answers = soak.end_under_load(servers, victim).await;
        println!(
            "soak: round {} of {rounds}: {victim:?} killed after {answers} answers, {} keys, {} operations in doubt",
            round + 1,
            soak.clients.iter().map(Client::keys_len).sum::<usize>(),
            soak.clients.iter().map(Client::doubts_len).sum::<usize>(),
        );
    }
    soak.finish(rounds).await;
}

/// What is killed first. The servers that are left are, too, a little later.
#[derive(Clone, Copy, Debug)]
enum Victim {
    Server,
    Postgres,
    All,
}

/// One database, and those who use it.
struct Soak {
    rng: Rng,
    cluster: Cluster,
    folder: Folder,
    clients: Vec<Client>,
}

impl Soak {
    fn new(rng: Rng) -> Self {
        let programs = Programs::find().expect("PostgreSQL is needed: run `cargo xtask setup`");
        let cluster = Cluster::start(&programs).unwrap();
        cluster.primary().create_database(DATABASE).unwrap();
        Self {
            rng,
            cluster,
            folder: Folder::new(),
            clients: Vec::new(),
        }
    }

    fn choose_victim(&mut self) -> Victim {
        match self.rng.u8(..3) {
            0 => Victim::Server,
            1 => Victim::Postgres,
            _ => Victim::All,
        }
    }

    /// The command of a server on the database.
    fn command(&self) -> std::process::Command {
        let url = self.cluster.primary().url(DATABASE);
        let more = [("database.url", url.as_str()), ("pepper.value", PEPPER)];
        self.folder.command(&[&SETTINGS[..], &more[..]].concat())
    }

    /// All servers.
    fn start(&self) -> Vec<Server> {
        let servers = (0..SERVERS).map(|_| Server::run(&self.folder, self.command()));
        servers.collect()
    }

    /// Checks all that was answered, each client's at another server than its last; the first time after making the
    /// clients' acquaintance.
    async fn check(&mut self, servers: &[Server], round: u32) {
        if self.clients.is_empty() {
            for number in 0..CLIENTS {
                let server = &servers[number % SERVERS];
                let client = Client::found(number, self.rng.fork(), server).await;
                self.clients.push(client);
            }
        }
        let mut tasks = JoinSet::new();
        for mut client in self.clients.drain(..) {
            let number = client.number() + usize::try_from(round).unwrap();
            client.move_to(&servers[number % SERVERS]);
            client.may_be_silent = false;
            tasks.spawn(async move {
                client.check().await;
                client.may_be_silent = true;
                client
            });
        }
        self.take_back(tasks).await;
        self.events_are_whole();
    }

    async fn take_back(&mut self, tasks: JoinSet<Client>) {
        self.clients = tasks.join_all().await;
        self.clients.sort_by_key(Client::number);
    }

    /// Lets the clients work, kills the victim, lets those that are left work on, and ends them.
    async fn end_under_load(&mut self, mut servers: Vec<Server>, victim: Victim) -> usize {
        let answers = Arc::new(AtomicUsize::new(0));
        let mut tasks = JoinSet::new();
        for mut client in self.clients.drain(..) {
            let answers = Arc::clone(&answers);
            tasks.spawn(async move {
                client.work(&answers).await;
                client
            });
        }
        let wanted = self.rng.usize(ANSWERS);
        reach(&answers, wanted).await;
        tokio::time::sleep(Duration::from_micros(self.rng.u64(..20_000))).await;
        let killed_after = answers.load(Ordering::SeqCst);
        match victim {
            Victim::Server => {
                let number = self.rng.usize(..servers.len());
                servers.remove(number).kill();
                reach(&answers, killed_after + MORE_ANSWERS).await;
            }
            Victim::Postgres => {
                self.cluster.primary().kill().unwrap();
                tokio::time::sleep(Duration::from_micros(self.rng.u64(..200_000))).await;
                self.cluster.primary().start().unwrap();
                for server in &servers {
                    serve_again(server).await;
                }
                let so_far = answers.load(Ordering::SeqCst);
                reach(&answers, so_far + MORE_ANSWERS).await;
            }
            Victim::All => self.cluster.primary().kill().unwrap(),
        }
        for server in servers {
            server.kill();
        }
        self.take_back(tasks).await;
        if matches!(victim, Victim::All) {
            self.cluster.primary().start().unwrap();
        }
        killed_after
    }

    /// The last start, and the servers' orderly end.
    async fn finish(&mut self, round: u32) {
        let servers = self.start();
        self.check(&servers, round).await;
        for server in servers {
            server.finish();
        }
        let log = self.folder.log();
        assert!(!log.contains("panicked"), "a server panicked:\n{log}");
        self.folder.search();
    }

    fn sql(&self, query: &str) -> String {
        let query = format!("SET search_path = keywright; {query}");
        self.cluster.primary().sql(DATABASE, &query).unwrap()
    }

    /// The events have no gap, are as they were written, tell of every key, and of every change that was answered.
    fn events_are_whole(&self) {
        let last = self.sql("SELECT coalesce(max(position), 0) FROM events");
        assert_eq!(self.sql("SELECT count(*) FROM events"), last);
        let silent = "SELECT count(*) FROM keys k WHERE NOT EXISTS
            (SELECT 1 FROM events e WHERE e.target = k.id OR e.related = k.id)";
        let silent = self.sql(silent);
        assert_eq!(silent.trim(), "0", "keys of which no event tells");
        let verified = self.command().args(["events", "verify"]).output().unwrap();
        let said = String::from_utf8_lossy(&verified.stderr);
        assert!(verified.status.success(), "{said}");
        let told = self.sql("SELECT request_id FROM events WHERE outcome = 'done'");
        let told = told.lines().map(|line| Uuid::parse_str(line).unwrap());
        let told: HashSet<Uuid> = told.collect();
        for client in &self.clients {
            let untold = client.told.iter().find(|id| !told.contains(id));
            if let Some(id) = untold {
                client.give_up(None, &format!("no event tells of the request {id}"));
            }
        }
    }
}

/// Waits until there are so many answers.
async fn reach(answers: &AtomicUsize, wanted: usize) {
    until("a fair number of answers", async || {
        (answers.load(Ordering::SeqCst) >= wanted).then_some(())
    })
    .await;
}

/// Waits until a server makes changes again.
async fn serve_again(server: &Server) {
    until("a server to make changes again", async || {
        let root = server.root();
        let request = root.request("POST", "/v1/users").json(&json!({}));
        let answer = request.try_send().await.ok()?;
        (answer.status == 201).then_some(())
    })
    .await;
}
