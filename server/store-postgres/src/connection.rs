//! How a session comes about: host after host, each attempt within its own time, judged by its first answer.
//! Leaves what the URL means to `settings`, and what is said in a session to `session`.

use std::net::IpAddr;
use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::config::{self, SslMode};
use tokio_postgres::{Config, NoTls, SimpleQueryMessage, SimpleQueryRow};

use crate::error::words;
use crate::refusal::{ConnectError, POOLER, refusal};
use crate::session::Session;
use crate::settings::{ChannelBinding, Host, Options, Place, Settings};
use crate::tls::Tls;

/// The versions of PostgreSQL that keywright is tested with, the first and the last.
const VERSION_MIN: u32 = 15;
const VERSION_MAX: u32 = 18;

/// How long a lock is waited for. Who migrates, or waits longer on purpose, sets another in its transaction.
const LOCK_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a transaction may stand still: nobody may hold the head's lock and be gone.
const IDLE_IN_TRANSACTION_TIMEOUT: Duration = Duration::from_secs(2);

/// A peer that has vanished without a word is found out after 25 seconds, here and on the server.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(10);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);
const KEEPALIVE_RETRIES: u32 = 3;
const UNACKNOWLEDGED_MAX: Duration = Duration::from_secs(25);

const FIRST_QUESTION: &str = "SELECT current_setting('server_version_num'), pg_is_in_recovery(), \
     current_setting('transaction_read_only'), current_setting('keywright.session', true)";

/// Makes sessions with the PostgreSQL of one URL.
pub struct Connector {
    settings: Settings,
    tls: Option<Tls>,
}

/// What a session is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It must take writes.
    ReadWrite,
    /// A standby will do.
    ReadOnly,
}

/// What the server answers first.
#[derive(Clone, Debug)]
struct FirstAnswer {
    version: u32,
    is_standby: bool,
    is_read_only: bool,
    /// The mark that this session was begun with.
    mark: Option<String>,
}

impl Connector {
    /// Reads a URL and the settings beside it. Nothing is sent yet.
    ///
    /// # Errors
    /// When they cannot be used: the message says what to write instead, and has no part of a password.
    pub fn open(url: &str, options: &Options) -> anyhow::Result<Self> {
        let settings = Settings::new(url, options)?;
        let ca_file = settings.options.ca_file.as_deref();
        let tls = ca_file.map(Tls::believing).transpose()?;
        Ok(Self { settings, tls })
    }

    /// A session with the first host that can be used: one attempt for each of its addresses, within the time of
    /// `database.connect_timeout_ms`, which covers everything up to the server's first answer.
    ///
    /// # Errors
    /// When none can: says why of each.
    pub async fn connect(&self, access: Access) -> Result<Session, ConnectError> {
        let mut failures = Vec::new();
        for host in &self.settings.hosts {
            for address in self.addresses(host, &mut failures).await {
                let attempt = self.attempt(host, address, access);
                match self.in_time(attempt).await {
                    Ok(session) => return Ok(session),
                    Err(why) => failures.push((shown(host, address), why)),
                }
            }
        }
        Err(ConnectError { failures })
    }

    /// Has PostgreSQL give up what it does in a session; that may be over when it hears of it.
    pub(crate) async fn cancel(&self, session: &Session) {
        let token = session.client().cancel_token();
        let cancelled = self.in_time(async {
            let cancelled = match self.tls.clone() {
                Some(tls) => token.cancel_query(tls).await,
                None => token.cancel_query(NoTls).await,
            };
            cancelled.map_err(|error| words(&error))
        });
        if let Err(cause) = cancelled.await {
            tracing::debug!(cause, "a statement could not be cancelled");
        }
    }

    /// How long PostgreSQL works on one statement.
    pub(crate) fn statement_timeout(&self) -> Duration {
        self.settings.options.statement_timeout
    }

    /// The addresses of a host's name; one `None` for a Unix socket.
    async fn addresses(
        &self,
        host: &Host,
        failures: &mut Vec<(String, String)>,
    ) -> Vec<Option<IpAddr>> {
        let Place::Tcp(name) = &host.place else {
            return vec![None];
        };
        let found = self.in_time(async {
            let found = tokio::net::lookup_host((name.as_str(), host.port)).await;
            found.map_err(|error| format!("its name has no address ({error}): correct the URL"))
        });
        match found.await {
            Ok(found) => found.map(|address| Some(address.ip())).collect(),
            Err(why) => {
                failures.push((host.to_string(), why));
                Vec::new()
            }
        }
    }

    async fn in_time<T>(&self, step: impl Future<Output = Result<T, String>>) -> Result<T, String> {
        let max = self.settings.options.connect_timeout;
        let outcome = timeout(max, step).await;
        outcome.unwrap_or_else(|_| {
            Err(format!(
                "no answer within {} ms (database.connect_timeout_ms): is PostgreSQL at this address, and awake?",
                max.as_millis()
            ))
        })
    }

    async fn attempt(
        &self,
        host: &Host,
        address: Option<IpAddr>,
        access: Access,
    ) -> Result<Session, String> {
        let mark = format!("{:016x}", fastrand::u64(..));
        let config = self.config(host, address, &mark);
        let told = |error| refusal(&error, &self.settings);
        let session = if let Some(tls) = self.tls.clone().filter(|_| host.encrypted) {
            let (client, connection) = config.connect(tls).await.map_err(told)?;
            Session::start(client, connection)
        } else {
            let (client, connection) = config.connect(NoTls).await.map_err(told)?;
            Session::start(client, connection)
        };
        let answer = session.client().simple_query(FIRST_QUESTION).await;
        let answer = answer.map_err(told)?;
        let row = answer.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        let answer = row.and_then(FirstAnswer::read);
        let answer = answer.ok_or("its first answer cannot be read: is this PostgreSQL?")?;
        answer.judge(access, &mark, &self.settings.user)?;
        Ok(session)
    }

    fn config(&self, host: &Host, address: Option<IpAddr>, mark: &str) -> Config {
        let settings = &self.settings;
        let mut config = Config::new();
        match &host.place {
            Place::Tcp(name) => config.host(name),
            Place::Socket(folder) => config.host_path(folder),
        };
        if let Some(address) = address {
            config.hostaddr(address);
        }
        if let Some(password) = &settings.password {
            config.password(password.expose());
        }
        config
            .port(host.port)
            .user(&settings.user)
            .dbname(&settings.dbname)
            .application_name("keywright")
            .options(session_options(settings.options.statement_timeout, mark))
            .ssl_mode(if host.encrypted {
                SslMode::Require
            } else {
                SslMode::Disable
            })
            .channel_binding(match settings.channel_binding {
                ChannelBinding::Disable => config::ChannelBinding::Disable,
                ChannelBinding::Prefer => config::ChannelBinding::Prefer,
                ChannelBinding::Require => config::ChannelBinding::Require,
            })
            .keepalives_idle(KEEPALIVE_IDLE)
            .keepalives_interval(KEEPALIVE_INTERVAL)
            .keepalives_retries(KEEPALIVE_RETRIES)
            .tcp_user_timeout(UNACKNOWLEDGED_MAX);
        config
    }
}

/// The settings that a session begins with, and goes back to after RESET. Whatever a role or database has of its own in
/// PostgreSQL ranks below them.
///
/// Keywright's tables have a schema of their own, `keywright`, and no other is searched: nobody who may create something
/// elsewhere can put it in their place. The mark shows whether the session is really this one.
fn session_options(statement_timeout: Duration, mark: &str) -> String {
    [
        ("search_path", "keywright".to_owned()),
        (
            "default_transaction_isolation",
            r"read\ committed".to_owned(),
        ),
        ("statement_timeout", milliseconds(statement_timeout)),
        // Every statement has its index, also while the figures of a table are from before it grew; and what must do
        // without one is not worth a compiler.
        ("enable_seqscan", "off".to_owned()),
        ("jit", "off".to_owned()),
        ("lock_timeout", milliseconds(LOCK_TIMEOUT)),
        (
            "idle_in_transaction_session_timeout",
            milliseconds(IDLE_IN_TRANSACTION_TIMEOUT),
        ),
        ("idle_session_timeout", "0".to_owned()),
        ("tcp_keepalives_idle", KEEPALIVE_IDLE.as_secs().to_string()),
        (
            "tcp_keepalives_interval",
            KEEPALIVE_INTERVAL.as_secs().to_string(),
        ),
        ("tcp_keepalives_count", KEEPALIVE_RETRIES.to_string()),
        ("tcp_user_timeout", milliseconds(UNACKNOWLEDGED_MAX)),
        ("keywright.session", mark.to_owned()),
    ]
    .map(|(name, value)| format!("-c {name}={value}"))
    .join(" ")
}

fn milliseconds(duration: Duration) -> String {
    duration.as_millis().to_string()
}

fn shown(host: &Host, address: Option<IpAddr>) -> String {
    match (&host.place, address) {
        (Place::Tcp(name), Some(address)) if address.to_string() != *name => {
            format!("{host} ({address})")
        }
        _ => host.to_string(),
    }
}

impl FirstAnswer {
    fn read(row: &SimpleQueryRow) -> Option<Self> {
        let number: u32 = row.get(0)?.parse().ok()?;
        Some(Self {
            version: number / 10_000,
            is_standby: row.get(1)? == "t",
            is_read_only: row.get(2)? == "on",
            mark: row.get(3).map(str::to_owned),
        })
    }

    /// Whether such a server can be used.
    fn judge(&self, access: Access, mark: &str, user: &str) -> Result<(), String> {
        if self.mark.as_deref() != Some(mark) {
            return Err(POOLER.to_owned());
        }
        let version = self.version;
        if !(VERSION_MIN..=VERSION_MAX).contains(&version) {
            return Err(format!(
                "it is PostgreSQL {version}: keywright needs PostgreSQL {VERSION_MIN} to {VERSION_MAX}"
            ));
        }
        match access {
            Access::ReadWrite if self.is_standby => Err(
                "it is a standby, which takes no writes: name the primary in the URL, alone or beside it".to_owned(),
            ),
            Access::ReadWrite if self.is_read_only => Err(format!(
                "it takes no writes from the user `{user}`: take default_transaction_read_only back with ALTER ROLE or \
                 ALTER DATABASE … RESET, or in postgresql.conf"
            )),
            Access::ReadWrite | Access::ReadOnly => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARK: &str = "0123456789abcdef";

    fn primary(version: u32) -> FirstAnswer {
        FirstAnswer {
            version,
            is_standby: false,
            is_read_only: false,
            mark: Some(MARK.to_owned()),
        }
    }

    fn refusal(answer: &FirstAnswer, access: Access) -> Option<String> {
        answer.judge(access, MARK, "kw").err()
    }

    #[test]
    fn versions_15_to_18_are_taken_and_those_beside_them_refused() {
        for (version, taken) in [(14, false), (15, true), (16, true), (18, true), (19, false)] {
            let refusal = refusal(&primary(version), Access::ReadOnly);
            assert_eq!(refusal.is_none(), taken, "{version}: {refusal:?}");
        }
        assert_eq!(
            refusal(&primary(14), Access::ReadWrite).unwrap(),
            "it is PostgreSQL 14: keywright needs PostgreSQL 15 to 18"
        );
    }

    #[test]
    fn a_standby_is_good_for_reading_only() {
        let standby = FirstAnswer {
            is_standby: true,
            is_read_only: true,
            ..primary(15)
        };
        assert_eq!(refusal(&standby, Access::ReadOnly), None);
        assert!(
            refusal(&standby, Access::ReadWrite)
                .unwrap()
                .contains("a standby")
        );
        let frozen = FirstAnswer {
            is_read_only: true,
            ..primary(15)
        };
        assert_eq!(refusal(&frozen, Access::ReadOnly), None);
        let refusal = refusal(&frozen, Access::ReadWrite).unwrap();
        assert!(
            refusal.contains("default_transaction_read_only"),
            "{refusal}"
        );
    }

    #[test]
    fn a_session_that_was_begun_by_another_is_refused() {
        for mark in [
            None,
            Some(String::new()),
            Some("fedcba9876543210".to_owned()),
        ] {
            let shared = FirstAnswer {
                mark,
                ..primary(15)
            };
            let refusal = refusal(&shared, Access::ReadOnly).unwrap();
            assert!(refusal.contains("pgbouncer"), "{refusal}");
        }
    }

    #[test]
    fn a_session_begins_with_settings_of_its_own() {
        let options = session_options(Duration::from_secs(5), MARK);
        let head = r"-c search_path=keywright -c default_transaction_isolation=read\ committed -c statement_timeout=5000 ";
        assert!(options.starts_with(head), "{options}");
        assert!(
            options.ends_with("-c keywright.session=0123456789abcdef"),
            "{options}"
        );
    }
}
