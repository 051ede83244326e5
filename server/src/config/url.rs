//! URLs as they may be shown: without a password, wherever in them one may stand.
//! Leaves what a URL means to the engine that it names.

use super::SecretText;

/// Parameters of a PostgreSQL's URL whose values may be shown.
const PLAIN_PARAMETERS: [&str; 7] = [
    "host",
    "port",
    "user",
    "dbname",
    "sslmode",
    "channel_binding",
    "connect_timeout",
];

/// The text of a URL, or of what should be one, without user name and password: what may be a part of a password, is not
/// shown either.
#[must_use]
pub fn without_password(text: &str) -> String {
    let hidden = SecretText::HIDDEN;
    match text.split_once(':') {
        Some((scheme, rest)) if is_postgres(scheme) => {
            format!("{scheme}:{}", of_postgres(rest))
        }
        Some(("sqlite", rest)) if !rest.starts_with("//") => text.to_owned(),
        Some((scheme, rest)) => {
            let slashes = if rest.starts_with("//") { "//" } else { "" };
            match rest.rsplit_once('@') {
                Some((_, behind)) => format!("{scheme}:{slashes}{hidden}@{}", plain_query(behind)),
                None => format!("{scheme}:{}", plain_query(rest)),
            }
        }
        None => plain_query(text),
    }
}

fn is_postgres(scheme: &str) -> bool {
    let schemes = ["postgres", "postgresql"];
    schemes
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known))
}

fn of_postgres(rest: &str) -> String {
    let hidden = SecretText::HIDDEN;
    let (slashes, rest) = match rest.strip_prefix("//") {
        Some(rest) => ("//", rest),
        None => ("", rest),
    };
    let (login, rest) = match rest.rsplit_once('@') {
        Some((_, rest)) => (format!("{hidden}@"), rest),
        None => (String::new(), rest),
    };
    let (front, query) = match rest.split_once('?') {
        Some((front, query)) => (front, format!("?{}", parameters(query))),
        None => (rest, String::new()),
    };
    let (hosts, path) = front.split_at(front.find('/').unwrap_or(front.len()));
    let hosts = if are_hosts(hosts) { hosts } else { hidden };
    let path = if is_plain(path) { path } else { "/…" };
    format!("{slashes}{login}{hosts}{path}{query}")
}

/// Whether these are hosts and ports, and not the user and password of one who left the host out.
fn are_hosts(hosts: &str) -> bool {
    hosts.split(',').all(|host| {
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, port),
            _ => (host, ""),
        };
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._%[]:".contains(&byte);
        let is_bracketed = name.starts_with('[') && name.ends_with(']');
        port.bytes().all(|byte| byte.is_ascii_digit())
            && name.bytes().all(is_name)
            && (is_bracketed || !name.contains(':'))
    })
}

/// Whether a value holds nothing but names and numbers: nothing can hide behind a separator.
fn is_plain(value: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._%/,:".contains(&byte);
    value.bytes().all(is_plain)
}

fn parameters(query: &str) -> String {
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, value)) if PLAIN_PARAMETERS.contains(&name) && is_plain(value) => {
            pair.to_owned()
        }
        Some((name, _))
            if name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') =>
        {
            format!("{name}={}", SecretText::HIDDEN)
        }
        _ => SecretText::HIDDEN.to_owned(),
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// A text without the values in its query, if one of its parameters may be a password.
fn plain_query(text: &str) -> String {
    match text.split_once('?') {
        Some((front, query))
            if query.to_ascii_lowercase().contains("pass") || query.contains('%') =>
        {
            format!("{front}?{}", parameters(query))
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_its_password_wherever_that_stands() {
        let hidden = SecretText::HIDDEN;
        for (url, shown) in [
            (
                "postgres://kw:hunter2@db:5432/kw",
                format!("postgres://{hidden}@db:5432/kw"),
            ),
            (
                "POSTGRES://kw:hunter2@db/kw",
                format!("POSTGRES://{hidden}@db/kw"),
            ),
            (
                "postgres:kw:hunter2@db/kw",
                format!("postgres:{hidden}@db/kw"),
            ),
            (
                "postgres://kw:hun@ter2/x@db/kw",
                format!("postgres://{hidden}@db/kw"),
            ),
            (
                "postgresql://db,[::1]:6000/kw?password=hunter2&sslmode=disable",
                { format!("postgresql://db,[::1]:6000/kw?password={hidden}&sslmode=disable") },
            ),
            (
                "postgres://db/kw?p%61ssword=hunter2",
                format!("postgres://db/kw?{hidden}"),
            ),
            ("postgres://db/kw?sslmode=disable;password=hunter2", {
                format!("postgres://db/kw?sslmode={hidden}")
            }),
            (
                "postgres://db/kw?hunter2",
                format!("postgres://db/kw?{hidden}"),
            ),
            (
                "postgres://kw:hunter2/kw",
                format!("postgres://{hidden}/kw"),
            ),
            (
                "postgres://db/kw;password=hunter2",
                "postgres://db/…".to_owned(),
            ),
            ("mysql:admin:hunter2@db/kw", format!("mysql:{hidden}@db/kw")),
            (
                "mysql://db/kw?password=hunter2",
                format!("mysql://db/kw?password={hidden}"),
            ),
        ] {
            assert_eq!(without_password(url), shown, "{url}");
        }
    }

    #[test]
    fn what_has_no_password_is_shown_as_it_is() {
        for text in [
            "sqlite:keywright.db",
            "sqlite:/srv/a@b/keys.db",
            "postgres:///kw?host=/run/postgresql&port=5432&user=kw",
            "postgres://db.example:5432,10.0.0.1/kw?sslmode=verify-full",
            "https://keys.example.com/path",
            "127.0.0.1:8080",
            "plain",
        ] {
            assert_eq!(without_password(text), text);
        }
    }
}
