//! What a connection needs: a `postgres://` URL, and keywright's own settings beside it.
//! Leaves the URL's syntax to `url` and connecting to `connection`.

mod url;

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{bail, ensure};
use zeroize::Zeroizing;

pub(crate) use url::ChannelBinding;
use url::{SslMode, Url};

/// Keywright's own settings, which stand beside the URL.
#[derive(Clone, Debug)]
pub struct Options {
    /// The CA that has signed the servers' certificates: a PEM file.
    pub ca_file: Option<PathBuf>,
    /// How long one attempt at one address may take: TCP, TLS, the start of the session and its first answer.
    pub connect_timeout: Duration,
    /// How long PostgreSQL works on one statement.
    pub statement_timeout: Duration,
}

/// What a connection needs. Its `Debug` has no password.
#[derive(Debug)]
pub(crate) struct Settings {
    /// In the order in which they are tried.
    pub(crate) hosts: Vec<Host>,
    pub(crate) user: String,
    pub(crate) password: Option<Password>,
    pub(crate) dbname: String,
    pub(crate) channel_binding: ChannelBinding,
    pub(crate) options: Options,
}

/// One of the hosts, and whether it is talked to over TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Host {
    pub(crate) place: Place,
    pub(crate) port: u16,
    pub(crate) encrypted: bool,
}

/// Where PostgreSQL listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A host's name, or its address.
    Tcp(String),
    /// The folder of a Unix socket.
    Socket(PathBuf),
}

/// A password, wiped when dropped.
pub(crate) struct Password(Zeroizing<Vec<u8>>);

impl Settings {
    /// Reads a URL. No message has any part of a password.
    ///
    /// # Errors
    /// Says which parameter is missing, unknown, or of no use here, and what to write instead.
    pub(crate) fn new(url: &str, options: &Options) -> anyhow::Result<Self> {
        let url = Url::parse(url)?;
        let encrypts = |place: &Place| match (url.sslmode, place) {
            (Some(SslMode::Disable), _) | (_, Place::Socket(_)) => false,
            (Some(SslMode::VerifyFull), Place::Tcp(_)) => true,
            (None, Place::Tcp(name)) => options.ca_file.is_some() || !is_loopback(name),
        };
        let hosts: Vec<Host> = url
            .hosts
            .into_iter()
            .map(|(place, port)| Host {
                encrypted: encrypts(&place),
                place,
                port,
            })
            .collect();
        let encrypted = hosts.iter().find(|host| host.encrypted);
        if let (Some(host), None) = (encrypted, &options.ca_file) {
            bail!(
                "{host} is talked to over TLS, and no CA is named: name the file of the CA that has signed its \
                 certificate in database.ca_file (if that is a public one, the system's list, on Debian \
                 /etc/ssl/certs/ca-certificates.crt); or, if nobody can listen on the way there, say sslmode=disable in \
                 the URL"
            );
        }
        let plain = hosts.iter().find(|host| !host.encrypted);
        if let (Some(host), ChannelBinding::Require) = (plain, url.channel_binding) {
            bail!(
                "channel_binding=require needs TLS, and {host} is talked to without: say sslmode=verify-full in the URL, \
                 or leave channel_binding out"
            );
        }
        ensure!(
            !options.connect_timeout.is_zero(),
            "database.connect_timeout_ms must be 1 or more"
        );
        Ok(Self {
            hosts,
            user: url.user,
            password: url.password,
            dbname: url.dbname,
            channel_binding: url.channel_binding,
            options: options.clone(),
        })
    }
}

impl Password {
    pub(crate) fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Password(..)")
    }
}

impl fmt::Display for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Tcp(name) if name.contains(':') => write!(formatter, "[{name}]:{}", self.port),
            Place::Tcp(name) => write!(formatter, "{name}:{}", self.port),
            Place::Socket(folder) => {
                write!(formatter, "{}/.s.PGSQL.{}", folder.display(), self.port)
            }
        }
    }
}

/// Whether what is sent to this host stays on the machine.
fn is_loopback(name: &str) -> bool {
    let address: Result<IpAddr, _> = name.parse();
    name == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(ca_file: Option<&str>) -> Options {
        Options {
            ca_file: ca_file.map(PathBuf::from),
            connect_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(5),
        }
    }

    fn hosts(url: &str, ca_file: Option<&str>) -> Vec<(String, bool)> {
        let settings = Settings::new(url, &options(ca_file)).unwrap();
        let hosts = settings.hosts.iter();
        hosts
            .map(|host| (host.to_string(), host.encrypted))
            .collect()
    }

    fn refusal(url: &str) -> String {
        Settings::new(url, &options(None)).unwrap_err().to_string()
    }

    #[test]
    fn only_this_machine_is_talked_to_in_plain_text_unless_it_is_said() {
        for (url, host) in [
            ("postgres://kw@localhost/kw", "localhost:5432"),
            ("postgres://kw@127.0.0.2:6000/kw", "127.0.0.2:6000"),
            ("postgres://kw@[::1]/kw", "[::1]:5432"),
            ("postgres://kw@%2Frun%2Fpg/kw", "/run/pg/.s.PGSQL.5432"),
            (
                "postgres://kw@db.example/kw?sslmode=disable",
                "db.example:5432",
            ),
        ] {
            assert_eq!(hosts(url, None), [(host.to_owned(), false)], "{url}");
        }
        for url in [
            "postgres://kw@db.example/kw",
            "postgres://kw@10.0.0.1/kw",
            "postgres://kw@localhost,db.example/kw",
            "postgres://kw@localhost.example/kw",
            "postgres://kw@localhost/kw?sslmode=require",
            "postgres://kw@localhost/kw?sslmode=verify-full",
        ] {
            let refusal = refusal(url);
            assert!(refusal.contains("database.ca_file"), "{url}: {refusal}");
            assert!(refusal.contains("sslmode=disable"), "{url}: {refusal}");
        }
    }

    #[test]
    fn who_names_a_ca_gets_tls_on_this_machine_too() {
        assert_eq!(
            hosts("postgres://kw@localhost,db.example:6000/kw", Some("ca.pem")),
            [
                ("localhost:5432".to_owned(), true),
                ("db.example:6000".to_owned(), true)
            ]
        );
        // PostgreSQL has no TLS on Unix sockets.
        assert_eq!(
            hosts(
                "postgres://kw@/kw?host=/run/pg&sslmode=verify-full",
                Some("ca.pem")
            ),
            [("/run/pg/.s.PGSQL.5432".to_owned(), false)]
        );
    }

    #[test]
    fn channel_binding_is_not_required_where_there_is_no_tls() {
        let refusal = refusal("postgres://kw@localhost/kw?channel_binding=require");
        assert_eq!(
            refusal,
            "channel_binding=require needs TLS, and localhost:5432 is talked to without: say sslmode=verify-full in the \
             URL, or leave channel_binding out"
        );
    }

    #[test]
    fn no_debug_shows_a_password() {
        let url = "postgres://kw:hunter2@localhost/kw";
        let settings = Settings::new(url, &options(None)).unwrap();
        assert_eq!(settings.password.as_ref().unwrap().expose(), b"hunter2");
        let shown = format!("{settings:?}");
        assert!(
            shown.contains("localhost") && !shown.contains("hunter2"),
            "{shown}"
        );
    }
}
