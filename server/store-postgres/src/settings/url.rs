//! The syntax of a `postgres://` URL, as libpq has it; what would be ignored or misread is refused with its remedy.
//! Leaves what goes with what to `settings`.

use std::path::PathBuf;

use anyhow::{Context as _, bail, ensure};
use zeroize::Zeroizing;

use super::{Password, Place};

const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];
const PORT: u16 = 5432;

const FORM: &str = "postgres://USER:PASSWORD@HOST:PORT/DBNAME";
const UNENCODED: &str = "the URL has an `@`, `/` or `?` where none can stand: in a user's name, a password and a \
                         database's name write them as %40, %2F and %3F";

/// What is no parameter here although libpq knows it, and what to do instead.
const REFUSED: &[(&str, &str)] = &[
    ("application_name", "it is always `keywright`"),
    ("client_encoding", "it is always UTF-8"),
    ("connect_timeout", "use database.connect_timeout_ms"),
    (
        "fallback_application_name",
        "the name is always `keywright`",
    ),
    (
        "gssencmode",
        "GSSAPI is not spoken here: use TLS, with sslmode=verify-full",
    ),
    (
        "hostaddr",
        "name the host, or write its address in place of a name",
    ),
    ("keepalives", "they are always on"),
    (
        "keepalives_count",
        "keepalives are always on, with fixed times",
    ),
    (
        "keepalives_idle",
        "keepalives are always on, with fixed times",
    ),
    (
        "keepalives_interval",
        "keepalives are always on, with fixed times",
    ),
    (
        "keepalives_retries",
        "keepalives are always on, with fixed times",
    ),
    (
        "load_balance_hosts",
        "hosts are tried in the order in which they are named",
    ),
    (
        "options",
        "keywright sets what its sessions need; for the rest use ALTER ROLE … SET in PostgreSQL",
    ),
    (
        "passfile",
        "write the password into the URL, and the URL into a file or variable that only keywright can read",
    ),
    (
        "require_auth",
        "say channel_binding=require, which takes nothing but scram-sha-256 from the server that has the certificate",
    ),
    ("service", "write what the service names into the URL"),
    ("sslcert", "keywright logs in with a password"),
    ("sslkey", "keywright logs in with a password"),
    (
        "sslnegotiation",
        "TLS is always asked for in PostgreSQL's own way",
    ),
    ("sslrootcert", "name the CA's file in database.ca_file"),
    (
        "target_session_attrs",
        "keywright asks each host itself whether it takes writes, and goes on to the next if it must",
    ),
    ("tcp_user_timeout", "it is fixed"),
];

/// What a URL says, nothing judged yet but its syntax.
pub(super) struct Url {
    pub(super) hosts: Vec<(Place, u16)>,
    pub(super) user: String,
    pub(super) password: Option<Password>,
    pub(super) dbname: String,
    pub(super) sslmode: Option<SslMode>,
    pub(super) channel_binding: ChannelBinding,
}

/// How a connection is encrypted. Whatever is encrypted is verified too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SslMode {
    Disable,
    VerifyFull,
}

/// Whether the login is bound to the server's certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ChannelBinding {
    Disable,
    #[default]
    Prefer,
    Require,
}

/// The parameters behind the `?`, each at most once.
#[derive(Default)]
struct Parameters {
    hosts: Option<String>,
    ports: Option<String>,
    user: Option<String>,
    dbname: Option<String>,
    sslmode: Option<String>,
    channel_binding: Option<String>,
}

impl Url {
    /// Reads a URL. No message has a part of it, but for names of parameters.
    pub(super) fn parse(url: &str) -> anyhow::Result<Self> {
        let rest = SCHEMES.iter().find_map(|scheme| url.strip_prefix(scheme));
        let rest =
            rest.with_context(|| format!("the URL must begin with `postgres://`: {FORM}"))?;
        let (authority, rest) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let (login, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
        // Else the rest of a password could be taken for something that may be shown.
        ensure!(!login.contains('@') && !rest.contains('@'), UNENCODED);
        let (user, password) = match login.split_once(':') {
            Some((user, password)) => (user, Some(password)),
            None => (login, None),
        };
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let parameters = Parameters::parse(query)?;
        let hosts = match (hosts, parameters.hosts) {
            ("", Some(hosts)) => listed(&hosts, parameters.ports.as_deref())?,
            ("", None) => {
                bail!("the URL names no host: {FORM}, or ?host= and the folder of a Unix socket")
            }
            (_, None) if parameters.ports.is_none() => in_authority(hosts)?,
            _ => bail!("the URL names its hosts or ports twice: {FORM}"),
        };
        let user = once("user", text(user)?, parameters.user)?;
        let dbname = path.strip_prefix('/').unwrap_or_default();
        let dbname = once("database", text(dbname)?, parameters.dbname)?;
        let password = password.filter(|password| !password.is_empty());
        let password = password.map(decode).transpose()?;
        Ok(Self {
            hosts,
            user,
            password: password.map(Password),
            dbname,
            sslmode: parameters.sslmode.map(|mode| sslmode(&mode)).transpose()?,
            channel_binding: match parameters.channel_binding.as_deref() {
                None | Some("prefer") => ChannelBinding::Prefer,
                Some("disable") => ChannelBinding::Disable,
                Some("require") => ChannelBinding::Require,
                Some(_) => bail!("channel_binding must be require, prefer or disable"),
            },
        })
    }
}

impl Parameters {
    fn parse(query: &str) -> anyhow::Result<Self> {
        let mut parameters = Self::default();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').context(
                "the URL has a parameter without a value: behind the `?` stand NAME=VALUE, with `&` in between, and an `&` \
                 in a value is written %26",
            )?;
            let name = text(name)?;
            let place = match name.as_str() {
                "host" => &mut parameters.hosts,
                "port" => &mut parameters.ports,
                "user" => &mut parameters.user,
                "dbname" => &mut parameters.dbname,
                "sslmode" => &mut parameters.sslmode,
                "channel_binding" => &mut parameters.channel_binding,
                // What comes behind it is not looked at: it may be the rest of a password.
                "password" => {
                    bail!("the parameter password is not read: write it before the host, {FORM}")
                }
                _ => bail!(refused(&name)),
            };
            ensure!(
                place.is_none(),
                "the URL has the parameter {name} twice: leave one out"
            );
            *place = Some(text(value)?);
        }
        Ok(parameters)
    }
}

fn refused(name: &str) -> String {
    if let Some((name, remedy)) = REFUSED.iter().find(|(known, _)| *known == name) {
        return format!("the parameter {name} is not read: leave it out of the URL; {remedy}");
    }
    let shown = name
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    format!(
        "the URL has {}: leave it out; there are host, port, user, dbname, sslmode and channel_binding",
        if shown {
            format!("the unknown parameter {name}")
        } else {
            "an unknown parameter".to_owned()
        }
    )
}

fn sslmode(mode: &str) -> anyhow::Result<SslMode> {
    match mode {
        "disable" => Ok(SslMode::Disable),
        // Libpq leaves the certificate unchecked with the first of these. Here it is always checked.
        "require" | "verify-full" => Ok(SslMode::VerifyFull),
        "allow" | "prefer" => bail!(
            "sslmode={mode} may end in plain text without a word: say sslmode=verify-full, or sslmode=disable if nobody can \
             listen on the way to PostgreSQL"
        ),
        "verify-ca" => bail!(
            "sslmode=verify-ca would leave the host's name unchecked: say sslmode=verify-full, and have the name that the \
             URL has in the certificate"
        ),
        _ => bail!("sslmode must be verify-full, require or disable"),
    }
}

/// The one of two places in which something was said.
fn once(what: &str, in_front: String, as_parameter: Option<String>) -> anyhow::Result<String> {
    match (in_front, as_parameter) {
        (said, None) if !said.is_empty() => Ok(said),
        (said, Some(parameter)) if said.is_empty() && !parameter.is_empty() => Ok(parameter),
        (_, Some(parameter)) if !parameter.is_empty() => {
            bail!("the URL names its {what} twice: {FORM}")
        }
        _ => bail!("the URL names no {what}: {FORM}"),
    }
}

/// Hosts as they stand before the path: `a:5432,b`, an IPv6 address in brackets.
fn in_authority(hosts: &str) -> anyhow::Result<Vec<(Place, u16)>> {
    let host = |host: &str| {
        let (name, port) = match host.strip_prefix('[') {
            Some(rest) => rest
                .split_once(']')
                .context("the URL has a `[` without its `]`")?,
            None => host.split_at(host.find(':').unwrap_or(host.len())),
        };
        let port = match port.strip_prefix(':') {
            Some(port) => self::port(port)?,
            None if port.is_empty() => PORT,
            None => bail!("the URL has something between a `]` and the port: {FORM}"),
        };
        Ok((place(text(name)?)?, port))
    };
    hosts.split(',').map(host).collect()
}

/// Hosts and ports as the parameters `host` and `port` list them.
fn listed(hosts: &str, ports: Option<&str>) -> anyhow::Result<Vec<(Place, u16)>> {
    let places = hosts.split(',').map(|host| place(host.to_owned()));
    let places = places.collect::<anyhow::Result<Vec<_>>>()?;
    let ports = ports.map_or_else(
        || Ok(vec![PORT]),
        |ports| ports.split(',').map(port).collect(),
    );
    let ports: Vec<u16> = ports?;
    match ports.as_slice() {
        [port] => Ok(places.into_iter().map(|place| (place, *port)).collect()),
        ports if ports.len() == places.len() => {
            Ok(places.into_iter().zip(ports.to_vec()).collect())
        }
        _ => bail!(
            "the URL has another number of ports than of hosts: name one port, or one for each host"
        ),
    }
}

fn place(name: String) -> anyhow::Result<Place> {
    if name.starts_with('/') {
        return Ok(Place::Socket(PathBuf::from(name)));
    }
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:%".contains(&byte);
    ensure!(
        !name.is_empty() && name.bytes().all(is_name),
        "the URL has a host that is no name, no address and no folder of a Unix socket: {FORM}"
    );
    Ok(Place::Tcp(name))
}

fn port(text: &str) -> anyhow::Result<u16> {
    let port = if text.is_empty() {
        Some(PORT)
    } else {
        text.parse().ok()
    };
    port.filter(|port| *port > 0)
        .with_context(|| format!("the URL has a port that is no number from 1 to 65535: {FORM}"))
}

fn text(encoded: &str) -> anyhow::Result<String> {
    let text = String::from_utf8(decode(encoded)?.to_vec());
    text.ok()
        .context("the URL has percent-encoded bytes that are no UTF-8")
}

/// What a percent-encoded text stands for.
fn decode(encoded: &str) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let mut decoded = Zeroizing::new(Vec::with_capacity(encoded.len()));
    let mut rest = encoded.as_bytes();
    while let [first, behind @ ..] = rest {
        let (byte, behind) = match (first, behind) {
            (b'%', [high, low, behind @ ..]) => (hexadecimal(*high, *low), behind),
            (b'%', _) => (None, behind),
            (byte, behind) => (Some(*byte), behind),
        };
        let byte = byte.filter(|byte| *byte != 0);
        decoded.push(byte.context(
            "the URL has a `%` that does not begin a percent-encoded byte: a percent sign is %25",
        )?);
        rest = behind;
    }
    Ok(decoded)
}

fn hexadecimal(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

#[cfg(test)]
mod tests;
