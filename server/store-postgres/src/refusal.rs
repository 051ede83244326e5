//! Why no session came about, host by host, in words that name what an operator does.
//! Leaves failures in a session to `error`.

use std::error::Error as _;
use std::fmt;
use std::io;

use keywright_model::error::Error;
use tokio_rustls::rustls::{CertificateError, Error as TlsError};

use crate::error::{said, words};
use crate::settings::Settings;

/// Why none of the hosts can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectError {
    /// Each host, in the order in which they were tried, and why it was passed over.
    pub(crate) failures: Vec<(String, String)>,
}

impl fmt::Display for ConnectError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("no session with PostgreSQL")?;
        for (index, (host, why)) in self.failures.iter().enumerate() {
            let separator = if index == 0 { ": " } else { "; " };
            write!(formatter, "{separator}{host}: {why}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConnectError {}

impl From<ConnectError> for Error {
    fn from(error: ConnectError) -> Self {
        Self::Unavailable {
            cause: error.to_string(),
        }
    }
}

/// What stands in the way if something between here and PostgreSQL shares its sessions.
pub(crate) const POOLER: &str = "something between keywright and PostgreSQL shares its sessions, as pgbouncer does: name \
                                 PostgreSQL's own address in the URL; keywright keeps a few connections, however many \
                                 requests there are";

/// Why an attempt failed.
pub(crate) fn refusal(error: &tokio_postgres::Error, settings: &Settings) -> String {
    if let Some(told) = error.as_db_error() {
        return of_server(told.code().code(), told.message(), settings)
            .unwrap_or_else(|| format!("PostgreSQL refuses the session: {}", said(told)));
    }
    let source = error.source();
    if let Some(error) = source.and_then(|source| source.downcast_ref::<io::Error>()) {
        let inner = error.get_ref();
        if let Some(error) = inner.and_then(|inner| inner.downcast_ref::<TlsError>()) {
            return of_tls(error);
        }
        return of_connection(error);
    }
    // These come from tokio-postgres without a type.
    match source.map(ToString::to_string).as_deref() {
        Some("server does not support TLS") => "PostgreSQL offers no TLS: set `ssl = on`, a certificate and its key in \
            its postgresql.conf; or, if nobody can listen on the way there, say sslmode=disable in the URL"
            .to_owned(),
        Some("password missing") => "PostgreSQL asks for a password, and the URL has none: write it into the URL, as in \
            postgres://USER:PASSWORD@HOST/DBNAME"
            .to_owned(),
        Some("server did not use channel binding") => "the login was not bound to the server's certificate, as \
            channel_binding=require wants: let pg_hba.conf ask for scram-sha-256, and give PostgreSQL a certificate \
            signed with ECDSA or RSA"
            .to_owned(),
        Some("unsupported authentication method" | "unsupported SASL mechanism") => {
            "pg_hba.conf asks for a way to log in that keywright does not have: let it ask for scram-sha-256".to_owned()
        }
        _ if error.is_closed() => {
            "the connection was closed before the session began: is PostgreSQL at this address? Its log says more".to_owned()
        }
        _ => words(error),
    }
}

/// What the server's own refusal wants; `None` if it is none of those that are known.
fn of_server(code: &str, message: &str, settings: &Settings) -> Option<String> {
    let (user, dbname) = (&settings.user, &settings.dbname);
    let words = match code {
        "28P01" => format!(
            "PostgreSQL refuses the password of the user `{user}`, or has no such user: correct the URL, or set it anew \
             with ALTER ROLE … PASSWORD"
        ),
        "28000" => format!(
            "PostgreSQL does not let the user `{user}` in ({message}): see to its line in pg_hba.conf, and that the role \
             is there and may log in"
        ),
        "3D000" => format!(
            "there is no database `{dbname}`: create it, as in `createdb --owner={user} {dbname}`, or correct the URL"
        ),
        "42501" => format!(
            "the user `{user}` may not use the database `{dbname}` ({message}): GRANT CONNECT ON DATABASE … TO it"
        ),
        "53300" => format!(
            "PostgreSQL has no connection to spare ({message}): raise max_connections, or the limit of the role or \
             database, or end what holds them"
        ),
        "57P03" => {
            format!("PostgreSQL takes no sessions yet, or no longer ({message}): wait for it")
        }
        // Pgbouncer does not know the settings that a session begins with.
        "08P01" if message.contains("startup parameter") => POOLER.to_owned(),
        _ => return None,
    };
    Some(words)
}

fn of_tls(error: &TlsError) -> String {
    match error {
        TlsError::InvalidCertificate(CertificateError::UnknownIssuer) => {
            "its certificate is signed by no CA in database.ca_file: name the file of the CA that has signed it".to_owned()
        }
        TlsError::InvalidCertificate(
            error @ (CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }),
        ) => format!("its certificate is for another name ({error}): use the name that is in it, or have it issued anew"),
        TlsError::InvalidCertificate(
            error @ (CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. }),
        ) => format!("its certificate is out of date ({error}): have it issued anew, and look at both clocks"),
        error => format!("TLS fails: {error}"),
    }
}

fn of_connection(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => {
            "nothing listens there: start PostgreSQL, or correct host and port in the URL".to_owned()
        }
        io::ErrorKind::NotFound => {
            "there is no such socket: start PostgreSQL, or correct the folder in the URL to its unix_socket_directories"
                .to_owned()
        }
        io::ErrorKind::PermissionDenied => {
            "the server's user may not use the socket: see to unix_socket_permissions".to_owned()
        }
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset => format!(
            "the connection was closed before the session began ({error}): is PostgreSQL at this address? Its log says more"
        ),
        _ => format!("it cannot be reached: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::time::Duration;

    use tokio_rustls::rustls::pki_types::{ServerName, UnixTime};

    use super::*;
    use crate::settings::Options;

    fn settings() -> Settings {
        let options = Options {
            ca_file: Some(PathBuf::from("ca.pem")),
            connect_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(5),
        };
        Settings::new("postgres://kw:hunter2@db.example/keys", &options).unwrap()
    }

    #[test]
    fn each_refusal_of_the_server_says_what_an_operator_does() {
        for (code, message, parts) in [
            (
                "28P01",
                "password authentication failed",
                ["password of the user `kw`", "ALTER ROLE"],
            ),
            (
                "28000",
                "no pg_hba.conf entry for host",
                ["(no pg_hba.conf entry for host)", "pg_hba.conf"],
            ),
            (
                "3D000",
                "database does not exist",
                ["no database `keys`", "createdb --owner=kw keys"],
            ),
            (
                "42501",
                "permission denied for database",
                ["may not use the database `keys`", "GRANT CONNECT"],
            ),
            (
                "53300",
                "sorry, too many clients already",
                ["(sorry, too many clients already)", "max_connections"],
            ),
            (
                "57P03",
                "the database system is starting up",
                ["is starting up", "wait"],
            ),
            (
                "08P01",
                "unsupported startup parameter: options",
                ["pgbouncer", "PostgreSQL's own address"],
            ),
        ] {
            let words = of_server(code, message, &settings()).unwrap();
            for part in parts {
                assert!(words.contains(part), "{code}: {words}");
            }
            assert!(!words.contains("hunter2"));
        }
        assert_eq!(
            of_server("08P01", "invalid message format", &settings()),
            None
        );
        assert_eq!(of_server("XX000", "no idea", &settings()), None);
    }

    #[test]
    fn each_fault_of_a_certificate_says_what_an_operator_does() {
        let expected = ServerName::try_from("db.example").unwrap().to_owned();
        let presented = vec!["other.example".to_owned()];
        for (error, part) in [
            (CertificateError::UnknownIssuer, "database.ca_file"),
            (
                CertificateError::NotValidForNameContext {
                    expected,
                    presented,
                },
                "db.example",
            ),
            (CertificateError::Expired, "issued anew"),
            (
                CertificateError::NotValidYetContext {
                    time: UnixTime::since_unix_epoch(Duration::ZERO),
                    not_before: UnixTime::since_unix_epoch(Duration::from_secs(1)),
                },
                "clocks",
            ),
            (CertificateError::Revoked, "TLS fails"),
        ] {
            let words = of_tls(&TlsError::InvalidCertificate(error));
            assert!(words.contains(part), "{words}");
        }
    }

    #[test]
    fn what_failed_is_told_host_by_host() {
        let failures = [("a:1", "one"), ("b:2", "two")];
        let failures = failures.map(|(host, why)| (host.to_owned(), why.to_owned()));
        let error = ConnectError {
            failures: failures.to_vec(),
        };
        let words = "no session with PostgreSQL: a:1: one; b:2: two";
        assert_eq!(error.to_string(), words);
        let cause = words.to_owned();
        assert_eq!(Error::from(error), Error::Unavailable { cause });
    }
}
