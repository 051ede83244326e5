//! A real server under mixed load, killed at random moments or robbed of its power, and started again on what
//! is left: every answer that it gave must still be true.
//! Leaves what clients do to `client`, `plan` and `tokens`, what must be true then to `check`.
//!
//! `cargo xtask soak` runs more rounds, and repeats those of a seed.

mod check;
mod client;
mod plan;
mod several;
mod tokens;

use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fastrand::Rng;
use tokio::task::JoinSet;

use crate::support::disk::Disk;
use crate::support::power::Power;
use crate::support::{Folder, Server, until};
use client::Client;

/// Rounds where nobody says how many.
const ROUNDS: u32 = 20;
/// After so many rounds a new database is begun: its very first moments are killed, too.
const ROUNDS_OF_DATABASE: u32 = 10;
const CLIENTS: usize = 6;
/// Answers in a round before its end may come.
const ANSWERS: std::ops::Range<usize> = 20..300;
const SETTINGS: [(&str, &str); 3] = [
    ("user_key.rate_limit_per_minute", "0"),
    // The tokens of one server are good for the next, which listens on another port.
    ("tokens.issuer", "http://issuer.example"),
    ("log.filter", "info"),
];

/// How a server ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// `kill -9`: what the kernel has taken is kept.
    Kill,
    /// The power goes: what was not flushed may be lost, and flushes may have failed before.
    PowerCut,
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_still_true_after_kills() {
    Soak::new(End::Kill).run().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_still_true_after_power_cuts() {
    Soak::new(End::PowerCut).run().await;
}

/// One run: its seed decides on everything but the order in which requests meet.
struct Soak {
    end: End,
    rounds: u32,
    rng: Rng,
}

/// One database and those who use it.
struct Site {
    folder: Folder,
    disk: Disk,
    clients: Vec<Client>,
}

impl Soak {
    fn new(end: End) -> Self {
        let seed = parameter("SOAK_SEED").unwrap_or_else(|| fastrand::u64(..));
        let rounds = parameter("SOAK_ROUNDS").map_or(ROUNDS, |rounds| {
            u32::try_from(rounds).expect("SOAK_ROUNDS is a small number")
        });
        println!("soak: {rounds} rounds, each ended by {end:?}; the seed is {seed}");
        Self {
            end,
            rounds,
            rng: Rng::with_seed(seed),
        }
    }

    async fn run(mut self) {
        let mut site = Site::new();
        for round in 0..self.rounds {
            if round % ROUNDS_OF_DATABASE == 0 && round > 0 {
                self.finish(site).await;
                site = Site::new();
            }
            for _ in 0..self.rng.u8(..3) {
                self.end_a_start(&site);
            }
            let answers = self.end_under_load(&mut site).await;
            println!(
                "soak: round {} of {}: {answers} answers, {} keys, {} tokens ended, {} operations in doubt",
                round + 1,
                self.rounds,
                site.clients.iter().map(Client::keys_len).sum::<usize>(),
                site.clients
                    .iter()
                    .map(Client::ended_tokens_len)
                    .sum::<usize>(),
                site.clients.iter().map(Client::doubts_len).sum::<usize>(),
            );
        }
        self.finish(site).await;
    }

    /// Starts a server and ends it somewhere on its way, if it is not there already.
    fn end_a_start(&mut self, site: &Site) {
        let (mut command, power) = site.command(self.end);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        std::thread::sleep(Duration::from_micros(self.rng.u64(..250_000)));
        end(&mut child);
        if let Some(power) = power {
            power.cut(&mut self.rng);
        }
    }

    /// Starts a server, checks all that was answered before, lets the clients work, and ends it.
    async fn end_under_load(&mut self, site: &mut Site) -> usize {
        let (command, power) = site.command(self.end);
        let server = Server::run(&site.folder, command);
        self.check(site, &server).await;
        let answers = Arc::new(AtomicUsize::new(0));
        let mut tasks = JoinSet::new();
        for mut client in site.clients.drain(..) {
            let answers = Arc::clone(&answers);
            tasks.spawn(async move {
                client.work(&answers).await;
                client
            });
        }
        let wanted = self.rng.usize(ANSWERS);
        let reached = |wanted| answers.load(Ordering::SeqCst) >= wanted;
        if self.end == End::PowerCut && self.rng.bool() {
            until("half of the answers", async || {
                reached(wanted / 2).then_some(())
            })
            .await;
            let (before, more) = (site.disk.failed(), self.rng.usize(1..4));
            let failing = site.disk.fail_flushes();
            until("a flush to fail", async || {
                (site.disk.failed() >= before + more).then_some(())
            })
            .await;
            drop(failing);
        }
        until("a fair number of answers", async || {
            reached(wanted).then_some(())
        })
        .await;
        tokio::time::sleep(Duration::from_micros(self.rng.u64(..20_000))).await;
        if self.end == End::PowerCut && self.rng.u8(..4) == 0 {
            // Right behind an orderly end.
            server.finish();
        } else {
            server.kill();
        }
        site.clients = tasks.join_all().await;
        site.clients.sort_by_key(Client::number);
        if let Some(power) = power {
            power.cut(&mut self.rng);
        }
        answers.load(Ordering::SeqCst)
    }

    /// Checks all that was answered, the first time after making the clients' acquaintance.
    async fn check(&mut self, site: &mut Site, server: &Server) {
        if site.clients.is_empty() {
            for number in 0..CLIENTS {
                let client = Client::found(number, self.rng.fork(), server).await;
                site.clients.push(client);
            }
        }
        let mut tasks = JoinSet::new();
        for mut client in site.clients.drain(..) {
            client.move_to(server);
            tasks.spawn(async move {
                client.check().await;
                client
            });
        }
        site.clients = tasks.join_all().await;
        site.clients.sort_by_key(Client::number);
        check::events_are_whole(&site.folder, &site.clients);
    }

    /// The last start on a database, and its orderly end.
    async fn finish(&mut self, mut site: Site) {
        let (command, _) = site.command(self.end);
        let server = Server::run(&site.folder, command);
        self.check(&mut site, &server).await;
        server.finish();
        let log = site.folder.log();
        assert!(!log.contains("panicked"), "the server panicked:\n{log}");
        site.folder.search();
    }
}

impl Site {
    fn new() -> Self {
        let folder = Folder::new();
        Self {
            disk: Disk::under(&folder),
            folder,
            clients: Vec::new(),
        }
    }

    /// The next server on this database, and its power, if that is to be cut.
    fn command(&self, end: End) -> (std::process::Command, Option<Power>) {
        match end {
            End::Kill => (self.folder.command(&SETTINGS), None),
            End::PowerCut => {
                let (command, power) = self.disk.powered_command(&SETTINGS);
                (command, Some(power))
            }
        }
    }
}

fn end(child: &mut Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

fn parameter(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    let number = text.parse();
    Some(number.unwrap_or_else(|_| panic!("{name} must be a whole number, got `{text}`")))
}
