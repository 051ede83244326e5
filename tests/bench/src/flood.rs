//! A load whose rate does not depend on the answers: requests leave when they are due, on the connection
//! that has been free for longest, and those that find none are counted as lost. Without a rate it asks for
//! as much as its connections allow.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fs;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde::Deserialize;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::LocalSet;

use crate::wire::{Answer, PATIENCE, connect, read};

/// How often what has become due is handed out.
const TICK: Duration = Duration::from_micros(500);
/// How often the health of the server is asked for, each time on a new connection.
const HEALTH_EVERY: Duration = Duration::from_millis(100);

#[derive(Clone, clap::Args)]
pub(crate) struct Wish {
    /// Where the server listens.
    #[arg(long)]
    address: String,
    /// A file with what is to be sent, as JSON.
    #[arg(long)]
    plan: PathBuf,
    /// Requests a second; 0 asks one after the other on each connection.
    #[arg(long)]
    rate: f64,
    /// How long to go on.
    #[arg(long)]
    seconds: u64,
    /// Connections, and so requests at once, at most.
    #[arg(long)]
    connections: usize,
}

/// What is sent, one after the other.
#[derive(Deserialize)]
struct Plan {
    requests: Vec<Request>,
    /// Sets the names of one run apart from those of another.
    serial: u64,
}

/// One request with a gap for what changes.
#[derive(Deserialize)]
struct Request {
    before: String,
    after: String,
    /// What fills the gap, in turn; without any, a running number of 12 digits if `counts`.
    values: Vec<String>,
    counts: bool,
    /// The status of an answer that is counted as good.
    status: u16,
    /// Of so many requests of a round, this is one.
    weight: usize,
}

/// What has been counted.
#[derive(Default)]
struct Tally {
    good: Vec<Duration>,
    refused: Vec<Duration>,
    /// Of these, those that came within the time.
    good_in_time: usize,
    refused_in_time: usize,
    /// Refusals without `Retry-After`.
    without_retry: usize,
    wrong: usize,
    first_wrong: Option<String>,
    broken: usize,
    lost: usize,
    offered: usize,
    healthy: Vec<Duration>,
    unhealthy: usize,
}

struct Flood {
    address: String,
    plan: Plan,
    round: Vec<usize>,
    turn: RefCell<usize>,
    tally: RefCell<Tally>,
    /// Connections that wait for something to send, in turn: each stands for a client of its own.
    idle: RefCell<VecDeque<tokio::sync::oneshot::Sender<Instant>>>,
    until: Instant,
}

pub(crate) fn run(wish: &Wish) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let plan: Plan = serde_json::from_str(&fs::read_to_string(&wish.plan)?)?;
    ensure!(!plan.requests.is_empty(), "the plan holds no request");
    let answer = LocalSet::new().block_on(&runtime, flood(wish, plan))?;
    println!("{answer}");
    Ok(())
}

async fn flood(wish: &Wish, plan: Plan) -> anyhow::Result<serde_json::Value> {
    // All are connected before the first asks: what is measured is answers.
    let mut streams = Vec::new();
    for _ in 0..wish.connections {
        streams.push(connect(&wish.address).await?);
    }
    let started = Instant::now();
    let flood = Rc::new(Flood {
        address: wish.address.clone(),
        round: round(&plan.requests),
        plan,
        turn: RefCell::default(),
        tally: RefCell::default(),
        idle: RefCell::default(),
        until: started + Duration::from_secs(wish.seconds),
    });
    let is_open = wish.rate > 0.0;
    let mut running = Vec::new();
    for stream in streams {
        let flood = Rc::clone(&flood);
        running.push(tokio::task::spawn_local(async move {
            flood.keep_asking(stream, is_open).await;
        }));
    }
    let health = tokio::task::spawn_local(Rc::clone(&flood).ask_for_health());
    if is_open {
        flood.hand_out(wish.rate, started).await;
    }
    // Whoever still waits for something to send gets nothing more.
    tokio::time::sleep_until(flood.until.into()).await;
    let elapsed = started.elapsed();
    flood.idle.borrow_mut().clear();
    for task in running {
        task.await?;
    }
    health.await?;
    flood.tally.borrow_mut().report(elapsed)
}

/// The order in which requests of different weights are sent: spread, not in blocks.
fn round(requests: &[Request]) -> Vec<usize> {
    let total: usize = requests.iter().map(|request| request.weight).sum();
    let mut given = vec![0; requests.len()];
    let mut order = Vec::new();
    for place in 1..=total {
        // Shifted by what it can be below nothing at most.
        let lag =
            |index: &usize| requests[*index].weight * place + total * total - given[*index] * total;
        let next = (0..requests.len()).max_by_key(lag).unwrap_or_default();
        given[next] += 1;
        order.push(next);
    }
    order
}

impl Flood {
    /// Gives what has become due to connections that are free.
    async fn hand_out(&self, rate: f64, started: Instant) {
        let mut ticks = tokio::time::interval(TICK);
        let mut offered = 0_f64;
        while Instant::now() < self.until {
            ticks.tick().await;
            let due = (started.elapsed().as_secs_f64() * rate).floor();
            while offered < due {
                offered += 1.0;
                let free = self.idle.borrow_mut().pop_front();
                let mut tally = self.tally.borrow_mut();
                tally.offered += 1;
                let is_sent = free.is_some_and(|free| free.send(Instant::now()).is_ok());
                if !is_sent {
                    tally.lost += 1;
                }
            }
        }
    }

    /// Asks on this connection and, when it has ended, on others.
    async fn keep_asking(&self, stream: TcpStream, is_open: bool) {
        let mut next = Some(stream);
        while Instant::now() < self.until {
            let asking = async {
                let stream = match next.take() {
                    Some(stream) => stream,
                    None => connect(&self.address).await?,
                };
                self.ask_on_one_connection(stream, is_open).await
            };
            if let Err(error) = asking.await {
                let mut tally = self.tally.borrow_mut();
                tally.broken += 1;
                tally
                    .first_wrong
                    .get_or_insert_with(|| format!("{error:#}"));
            }
        }
    }

    /// Asks until the time is over or the server ends the connection after an answer.
    async fn ask_on_one_connection(
        &self,
        mut stream: TcpStream,
        is_open: bool,
    ) -> anyhow::Result<()> {
        let mut buffer = Vec::with_capacity(16 * 1024);
        while Instant::now() < self.until {
            let due = if is_open {
                let (free, due) = tokio::sync::oneshot::channel();
                self.idle.borrow_mut().push_back(free);
                let Ok(due) = due.await else { return Ok(()) };
                due
            } else {
                self.tally.borrow_mut().offered += 1;
                Instant::now()
            };
            let (request, status) = self.next();
            stream.write_all(request.as_bytes()).await?;
            let reading = read(&mut stream, &mut buffer);
            let answer = tokio::time::timeout(PATIENCE, reading)
                .await
                .context("no answer in 10 s")??;
            let is_last = answer.closes;
            self.tally
                .borrow_mut()
                .count(&answer, status, due.elapsed(), self.until);
            if is_last {
                return Ok(());
            }
        }
        Ok(())
    }

    fn next(&self) -> (String, u16) {
        let mut turn = self.turn.borrow_mut();
        let request = &self.plan.requests[self.round[*turn % self.round.len()]];
        let gap = if request.counts {
            format!("{:012}", self.plan.serial + *turn as u64)
        } else {
            let len = request.values.len().max(1);
            // Rounds go through the values as well, so each gets its turn.
            let index =
                (*turn / self.round.len() * request.weight + *turn % self.round.len()) % len;
            request.values.get(index).cloned().unwrap_or_default()
        };
        *turn += 1;
        let text = format!("{}{gap}{}", request.before, request.after);
        (text, request.status)
    }

    /// Asks whether the server lives, as an orchestrator does: each time anew.
    async fn ask_for_health(self: Rc<Self>) {
        let mut ticks = tokio::time::interval(HEALTH_EVERY);
        while Instant::now() < self.until {
            ticks.tick().await;
            let started = Instant::now();
            let answer = tokio::time::timeout(PATIENCE, self.ask_once("/healthz")).await;
            let mut tally = self.tally.borrow_mut();
            match answer {
                Ok(Ok(200)) => tally.healthy.push(started.elapsed()),
                _ => tally.unhealthy += 1,
            }
        }
    }

    async fn ask_once(&self, path: &str) -> anyhow::Result<u16> {
        let mut stream = TcpStream::connect(&self.address).await?;
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        Ok(read(&mut stream, &mut Vec::new()).await?.status)
    }
}

impl Tally {
    fn count(&mut self, answer: &Answer, wanted: u16, took: Duration, until: Instant) {
        let in_time = usize::from(Instant::now() <= until);
        if answer.status == wanted {
            self.good.push(took);
            self.good_in_time += in_time;
        } else if answer.status == 503 {
            self.refused.push(took);
            self.refused_in_time += in_time;
            self.without_retry += usize::from(!answer.says_when);
        } else {
            self.wrong += 1;
            self.first_wrong
                .get_or_insert_with(|| format!("status {} for {wanted}", answer.status));
        }
    }

    fn report(&mut self, elapsed: Duration) -> anyhow::Result<serde_json::Value> {
        Ok(json!({
            "secs": elapsed.as_secs_f64(),
            "offered": self.offered,
            "lost": self.lost,
            "good": self.good_in_time,
            "good_p50_us": percentile(&mut self.good, 50)?,
            "good_p99_us": percentile(&mut self.good, 99)?,
            "refused": self.refused_in_time,
            "refused_p50_us": percentile(&mut self.refused, 50)?,
            "refused_p99_us": percentile(&mut self.refused, 99)?,
            "refused_without_retry_after": self.without_retry,
            "wrong": self.wrong,
            "broken": self.broken,
            "first_wrong": self.first_wrong,
            "healthy": self.healthy.len(),
            "health_p50_us": percentile(&mut self.healthy, 50)?,
            "health_max_us": percentile(&mut self.healthy, 100)?,
            "unhealthy": self.unhealthy,
        }))
    }
}

fn percentile(times: &mut [Duration], percent: usize) -> anyhow::Result<u64> {
    times.sort_unstable();
    let index = (times.len() * percent / 100).min(times.len().saturating_sub(1));
    let time = times.get(index).map_or(0, Duration::as_micros);
    Ok(u64::try_from(time)?)
}

#[cfg(test)]
mod tests {
    use super::{Request, round};

    fn weighing(weight: usize) -> Request {
        Request {
            before: String::new(),
            after: String::new(),
            values: Vec::new(),
            counts: false,
            status: 200,
            weight,
        }
    }

    #[test]
    fn a_round_holds_each_request_as_often_as_it_weighs() {
        let order = round(&[weighing(3), weighing(1)]);
        assert_eq!(order.len(), 4);
        assert_eq!(order.iter().filter(|index| **index == 1).count(), 1);
        assert_ne!(order[..2], [1, 0], "the heavy one comes first");
    }
}
