//! Owns a keywright that runs: what it is asked before it is measured, and the same for those that it is measured against.
//! Leaves how it is started to `site`, and the load to the drivers.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::lists::{Filling, Lists, gap_len};
use super::process::Process;
use super::scenario::{Callers, Gap, Request, Scenario};
use super::site::remove;

/// keywright on a database of its own.
pub(crate) struct Server {
    pub(crate) process: Process,
    folder: PathBuf,
}

impl Server {
    /// A process that has its files in a folder.
    pub(crate) fn new(process: Process, folder: PathBuf) -> Self {
        Self { process, folder }
    }

    /// Its address.
    pub(crate) fn address(&self) -> &str {
        &self.process.address
    }

    /// What its metrics say now.
    pub(crate) fn metrics(&self) -> Result<String> {
        let request = "GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        let (status, text) = ask(self.address(), request)?;
        ensure!(status == 200, "there are no metrics: {status} {text}");
        Ok(text)
    }

    /// Ends it, and takes its database away.
    pub(crate) fn discard(self) -> Result<()> {
        self.process.stop()?;
        remove(&self.folder)
    }

    /// Those who call it, with a token that it has given out.
    pub(crate) fn callers(&self, lists: &mut Lists) -> Result<Callers> {
        let callers = lists.callers()?;
        let body = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}",
            callers.client_id, callers.client_secret
        );
        let request = format!(
            "POST /oauth/token HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let (status, answer) = ask(self.address(), &request)?;
        ensure!(status == 200, "no token was given: {status} {answer}");
        let answer: Value = serde_json::from_str(&answer)?;
        let token = answer["access_token"].as_str();
        Ok(Callers {
            token: token.context("the answer holds no token")?.to_owned(),
            ..callers
        })
    }

    /// Asks each request of some scenarios once, and says what the reference has to answer for them.
    pub(crate) fn sample(&self, scenarios: &[Scenario], lists: &mut Lists) -> Result<Vec<Value>> {
        let mut routes = Vec::new();
        for scenario in scenarios {
            for (index, request) in scenario.requests.iter().enumerate() {
                let filling = lists.first(request.gap)?;
                let answer_len = self.sample_one(request, &filling.unwrap_or_default())?;
                routes.push(json!({
                    "path": reference_path(scenario.name, index),
                    "method": request.method,
                    "status": request.status,
                    "answer_len": answer_len,
                    "reads": request.body.is_some(),
                }));
            }
        }
        Ok(routes)
    }

    /// Asks once, on a connection of its own, and says how long the body of the answer is.
    fn sample_one(&self, request: &Request, value: &str) -> Result<usize> {
        let mut once = request.clone();
        once.headers.push(("connection", "close".to_owned()));
        let (before, after) = once.wire(value.len());
        let (status, body) = ask(self.address(), &format!("{before}{value}{after}"))?;
        ensure!(
            status == request.status && body.contains(request.contains),
            "{} {} was answered {status} {body}",
            request.method,
            request.path
        );
        Ok(body.len())
    }
}

/// Where the reference answers a request of a scenario.
pub(crate) fn reference_path(scenario: &str, index: usize) -> String {
    format!("/{scenario}/{index}")
}

/// The requests of a scenario as the reference takes them.
pub(crate) fn reference_requests(scenario: &Scenario) -> Vec<Request> {
    let requests = scenario.requests.iter().enumerate();
    requests
        .map(|(index, request)| request.for_reference(reference_path(scenario.name, index)))
        .collect()
}

/// One request as the open-loop driver reads it.
pub(crate) fn flood_request(request: &Request, lists: &mut Lists) -> Result<Value> {
    let filling = lists.filling(request.gap, 1, 1)?;
    let (before, after) = request.wire(gap_len(&filling)?);
    let values = match filling {
        Filling::Values(values) => values,
        Filling::None | Filling::Number(_) => Vec::new(),
    };
    Ok(json!({
        "before": before,
        "after": after,
        "values": values,
        "counts": request.gap == Gap::Number,
        "status": request.status,
        "weight": request.weight,
    }))
}

/// Sends one request that ends its connection, and reads the answer.
fn ask(address: &str, request: &str) -> Result<(u16, String)> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .context("the answer has no end of its head")?;
    let status = head.split(' ').nth(1).context("the answer has no status")?;
    Ok((status.parse()?, body.to_owned()))
}
