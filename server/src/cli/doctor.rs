//! Looks for what would keep a server from working: configuration, database, pepper, clock, certificate, port.
//! Changes nothing and takes no lock; leaves the mending, by the remedies that it names, to the operator.

mod clock;

use std::fmt;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs as _};
use std::path::Path;
use std::time::Duration;

use keywright_sdk::reqwest;

use crate::agreed::Own;
use crate::config::{Config, ServeFlags, without_password};
use crate::database::{self, Location};
use crate::http::tls::Identity;
use crate::pepper::{Home, Known};
use clock::examine_clock;
use keywright_model::clock::Clock;
use keywright_store::private;
use keywright_store::{Depth, Finding, Grade, Maintenance, REVOKED_TOKEN, Schema};

/// How long an answer of the program that listens on the port is waited for.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// What was found, a check a line.
#[derive(Debug, Default)]
pub struct Report {
    checks: Vec<Check>,
}

impl Report {
    /// Whether nothing was found that keeps a server from working.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.checks.iter().all(|check| check.state != State::Failed)
    }

    fn ok(&mut self, subject: &'static str, finding: impl Into<String>) {
        self.add(State::Ok, subject, finding);
    }

    fn warn(&mut self, subject: &'static str, finding: impl Into<String>) {
        self.add(State::Warning, subject, finding);
    }

    fn fail(&mut self, subject: &'static str, finding: impl Into<String>) {
        self.add(State::Failed, subject, finding);
    }

    fn add(&mut self, state: State, subject: &'static str, finding: impl Into<String>) {
        self.checks.push(Check {
            state,
            subject,
            finding: finding.into(),
        });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, check) in self.checks.iter().enumerate() {
            let Check {
                state,
                subject,
                finding,
            } = check;
            let newline = if index == 0 { "" } else { "\n" };
            write!(f, "{newline}{state:<8} {subject:<14} {finding}")?;
        }
        Ok(())
    }
}

#[derive(Debug)]
struct Check {
    state: State,
    subject: &'static str,
    /// What was found, and the remedy if it is bad.
    finding: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Ok,
    Warning,
    Failed,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
        })
    }
}

/// Looks at everything that a server with these settings would need.
///
/// `environment` as [`Config::load`] takes it.
pub async fn examine(
    flags: &ServeFlags,
    environment: impl Iterator<Item = (String, String)>,
    clock: &dyn Clock,
) -> Report {
    let mut report = Report::default();
    let loaded = match Config::load(flags, environment) {
        Ok(loaded) => loaded,
        Err(error) => {
            report.fail("configuration", error.to_string());
            return report;
        }
    };
    let place = "`keywright config show` says where each setting comes from";
    report.ok("configuration", format!("good; {place}"));
    for exposed in loaded.exposed() {
        report.warn("configuration", exposed.to_string());
    }
    let config = loaded.config;
    examine_root_key(&mut report, &config);
    examine_agreed(&mut report, &config);
    let database = examine_database(&mut report, &config);
    let database = database.as_deref();
    if let Some(database) = database {
        examine_rows(&mut report, database);
    }
    examine_pepper(&mut report, &config, database);
    examine_clock(&mut report, clock, database);
    examine_certificate(&mut report, &config);
    examine_port(&mut report, &config, &config.listen, "--listen").await;
    if let Some(listen) = &config.second.listen {
        examine_port(&mut report, &config, listen, "second.listen").await;
    }
    report
}

/// The file of the root key, if there is one.
fn examine_root_key(report: &mut Report, config: &Config) {
    const SUBJECT: &str = "root-key";
    match (config.root_key(), &config.root_key_file) {
        (Err(error), _) => report.fail(SUBJECT, format!("{error:#}")),
        (Ok(_), Some(path)) => report.ok(SUBJECT, format!("{} holds one", path.display())),
        (Ok(_), None) => {}
    }
}

/// Whether what all servers of a database agree on is set.
fn examine_agreed(report: &mut Report, config: &Config) {
    // A root key that cannot be read is told already.
    if config.root_key().is_ok()
        && let Err(error) = Own::of(config)
    {
        report.fail("tokens", format!("{error:#}"));
    }
}

/// The database, if it is there and can be read.
fn examine_database(report: &mut Report, config: &Config) -> Option<Box<dyn Maintenance>> {
    const SUBJECT: &str = "database";
    let location = Location::of(config);
    let url = &location.shown();
    let inspection = match location.inspect() {
        Ok(Some(inspection)) => inspection,
        Ok(None) => {
            examine_folder(report, url);
            return None;
        }
        Err(error) => {
            let remedy = match database::file(&config.database.url) {
                Some(path) if path.is_file() => "; run this as the user that the server runs as",
                Some(_) | None => "",
            };
            report.fail(SUBJECT, format!("{error:#}{remedy}"));
            return None;
        }
    };
    examine_server(report, config, inspection.as_ref());
    let looked = inspection.schema().and_then(|schema| {
        let damage = inspection.damage(Depth::Quick)?;
        Ok((schema, damage))
    });
    match looked {
        Err(error) if !location.is_file() => {
            report.fail(SUBJECT, format!("{url} cannot be read: {error}"));
            None
        }
        Ok((_, damage)) if !damage.is_empty() && !location.is_file() => {
            let damage = damage.join(", ");
            let remedy = "stop the servers, and see to it with PostgreSQL's tools: REINDEX, a failover or a backup";
            report.fail(SUBJECT, format!("{url} is damaged: {damage}; {remedy}"));
            None
        }
        Err(error) => {
            let remedy = "put a backup in its place with `keywright restore`";
            report.fail(SUBJECT, format!("{url} cannot be read: {error}; {remedy}"));
            None
        }
        Ok((_, damage)) if !damage.is_empty() => {
            let damage = damage.join(", ");
            let remedy =
                "stop the server, and put a backup in its place with `keywright restore --force`";
            report.fail(SUBJECT, format!("{url} is damaged: {damage}; {remedy}"));
            None
        }
        Ok((Schema { taken, known }, _)) if taken > known => {
            let what = format!("{url} has schema {taken}, this keywright knows {known}");
            report.fail(SUBJECT, format!("{what}; update keywright"));
            None
        }
        Ok((Schema { taken: 0, .. }, _)) => {
            report.ok(SUBJECT, format!("{url} is empty; the first start fills it"));
            None
        }
        Ok((Schema { taken, known }, _)) => {
            let step = if taken == known {
                String::new()
            } else {
                format!(", which the next start brings to {known}")
            };
            report.ok(SUBJECT, format!("{url} is whole, schema {taken}{step}"));
            Some(inspection)
        }
    }
}

/// What the engine says of the server that keeps the database, if there is one.
fn examine_server(report: &mut Report, config: &Config, database: &dyn Maintenance) {
    let found = match database.findings(config.database.readers) {
        Ok(found) => found,
        Err(error) => {
            return report.warn(
                "postgresql",
                format!("it does not tell about itself: {error}"),
            );
        }
    };
    for Finding {
        grade,
        subject,
        text,
    } in found
    {
        let state = match grade {
            Grade::Ok => State::Ok,
            Grade::Warning => State::Warning,
            Grade::Failed => State::Failed,
        };
        report.add(state, subject, text);
    }
}

/// Whether every key and every owner can be read. Those that cannot are refused until they are mended.
fn examine_rows(report: &mut Report, database: &dyn Maintenance) {
    const SUBJECT: &str = "rows";
    const SHOWN_MAX: usize = 10;
    // Of an older schema the columns are not all there yet.
    if !database
        .schema()
        .is_ok_and(|schema| schema.taken == schema.known)
    {
        return;
    }
    let found = match database.unreadable() {
        Ok(found) => found,
        Err(error) => return report.fail(SUBJECT, format!("they cannot be read: {error}")),
    };
    if found.is_empty() {
        return;
    }
    let shown = found.iter().take(SHOWN_MAX);
    let mut names: Vec<String> = shown
        .map(|row| format!("{} {} ({})", row.noun, row.id, row.members.join(" ")))
        .collect();
    if found.len() > SHOWN_MAX {
        names.push(format!("and {} more", found.len() - SHOWN_MAX));
    }
    let (count, names) = (found.len(), names.join(", "));
    let remedy = "each is refused until these members are sent anew (`keywright keys update`, `users update`, \
                  `organizations update`), or it is revoked or deleted";
    let remedy_of_token = "; a revoked token of which the id cannot be read is good again until it ends: revoke its \
                           client key";
    let has_token = found.iter().any(|row| row.noun == REVOKED_TOKEN);
    let remedy_of_token = if has_token { remedy_of_token } else { "" };
    report.fail(
        SUBJECT,
        format!("{count} cannot be read in full: {names}; {remedy}{remedy_of_token}"),
    );
}

/// Where the first start would make the database.
fn examine_folder(report: &mut Report, url: &str) {
    let folder = database::file(url)
        .and_then(Path::parent)
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    if folder.is_dir() {
        let url = without_password(url);
        let what = format!("{url} is not there yet; the first start makes it");
        report.warn(
            "database",
            format!("{what}. If there should be one, say where with --database"),
        );
    } else {
        let folder = folder.display();
        report.fail(
            "database",
            format!(
                "the folder {folder} does not exist; make it, or choose another with --database"
            ),
        );
    }
}

fn examine_pepper(report: &mut Report, config: &Config, database: Option<&dyn Maintenance>) {
    const SUBJECT: &str = "pepper";
    let home = match Home::of(config) {
        Ok(home) => home,
        Err(error) => return report.fail(SUBJECT, format!("{error:#}")),
    };
    let setting = |database: &dyn Maintenance| {
        Known::read(|name| database.setting(name).map_err(anyhow::Error::from))
    };
    let known = match database.map(setting) {
        Some(Ok(known)) => known,
        Some(Err(error)) => {
            return report.fail(SUBJECT, format!("the database does not tell: {error:#}"));
        }
        None => None,
    };
    let Some(known) = known else {
        return report.ok(SUBJECT, "no database uses a pepper yet");
    };
    if let Err(error) = home.recall(&known) {
        return report.fail(SUBJECT, format!("{error:#}"));
    }
    match &home {
        Home::Given(_) => report.ok(SUBJECT, "given by the configuration, and the right one"),
        Home::File(path) => examine_mode(report, path),
    }
}

/// Whether others may read a file.
fn examine_mode(report: &mut Report, path: &Path) {
    let shown = path.display();
    match private::readable_by_others(path) {
        Some(mode) => report.warn(
            "pepper",
            format!(
                "{shown} is the right one, but others may read it (mode {mode:o}); chmod 600 {shown}"
            ),
        ),
        None => report.ok("pepper", format!("{shown} is the right one")),
    }
}

/// The certificate, where one is named, and whether its key is kept.
fn examine_certificate(report: &mut Report, config: &Config) {
    const SUBJECT: &str = "certificate";
    let identity = match Identity::open(&config.tls) {
        Ok(Some(identity)) => identity,
        Ok(None) => return,
        Err(error) => return report.fail(SUBJECT, format!("{error:#}")),
    };
    let key = identity.key_file();
    if private::readable_by_anybody(key).is_some() {
        let shown = key.display();
        let what = format!("it fits its key, but anyone may read {shown}");
        report.warn(SUBJECT, format!("{what}; chmod o= {shown}"));
    } else {
        report.ok(SUBJECT, "it fits its key");
    }
}

async fn examine_port(report: &mut Report, config: &Config, listen: &str, setting: &str) {
    const SUBJECT: &str = "port";
    let remedy = format!("choose another address with {setting}");
    let address = match listen.to_socket_addrs().map(|mut found| found.next()) {
        Ok(Some(address)) => address,
        Ok(None) => return report.fail(SUBJECT, format!("{listen} has no address; {remedy}")),
        Err(error) => return report.fail(SUBJECT, format!("{listen}: {error}; {remedy}")),
    };
    match TcpListener::bind(address) {
        Ok(_) if address.port() == 0 => report.ok(SUBJECT, "a free one is picked at each start"),
        Ok(_) => report.ok(SUBJECT, format!("{listen} is free")),
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            let scheme = config.tls.certificate.as_ref().map_or("http", |_| "https");
            if is_keywright(scheme, address).await {
                report.ok(SUBJECT, format!("a keywright answers on {listen}"));
            } else {
                let what = format!("another program listens on {listen}");
                report.fail(SUBJECT, format!("{what}; stop it, or {remedy}"));
            }
        }
        Err(error) => report.fail(
            SUBJECT,
            format!("cannot listen on {listen}: {error}; {remedy}"),
        ),
    }
}

/// Whether a keywright answers at this address. Under which name it does is no question here, and nothing
/// is said to it.
async fn is_keywright(scheme: &str, address: SocketAddr) -> bool {
    let client = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .tls_danger_accept_invalid_certs(true)
        .timeout(ANSWER_WITHIN)
        .build();
    let Ok(client) = client else { return false };
    let Ok(answer) = client
        .get(format!("{scheme}://{address}/healthz"))
        .send()
        .await
    else {
        return false;
    };
    let is_numbered = answer.headers().contains_key("x-request-id");
    is_numbered && answer.text().await.is_ok_and(|text| text == "ok\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_check_is_a_line() {
        let mut report = Report::default();
        report.ok("clock", "good");
        report.warn("pepper", "so-so");
        assert!(report.is_healthy());
        assert_eq!(
            report.to_string(),
            "ok       clock          good\nwarning  pepper         so-so"
        );
    }
}
