//! URLs that are read, and those that are refused with what to write instead.
//! Leaves TLS to the settings' own tests.

use super::*;

fn refusal(url: &str) -> String {
    let refusal = Url::parse(url).err();
    refusal
        .unwrap_or_else(|| panic!("{url} is taken"))
        .to_string()
}

fn tcp(name: &str) -> Place {
    Place::Tcp(name.to_owned())
}

#[test]
fn a_url_names_hosts_in_order_user_password_and_database() {
    let url = "postgresql://key%20wright:p%40ss%2Fw%3Ard%25@db1.example,db2:6000,[fe80::1]:6001/keys%2F1?sslmode=verify-full";
    let url = Url::parse(url).unwrap();
    assert_eq!(
        url.hosts,
        [
            (tcp("db1.example"), 5432),
            (tcp("db2"), 6000),
            (tcp("fe80::1"), 6001)
        ]
    );
    assert_eq!(url.user, "key wright");
    assert_eq!(url.password.unwrap().expose(), b"p@ss/w:rd%");
    assert_eq!(url.dbname, "keys/1");
    assert_eq!(url.sslmode, Some(SslMode::VerifyFull));
    assert_eq!(url.channel_binding, ChannelBinding::Prefer);
}

#[test]
fn hosts_and_ports_may_stand_as_parameters_too() {
    for (query, hosts) in [
        (
            "host=/run/pg",
            vec![(Place::Socket("/run/pg".into()), 5432)],
        ),
        ("host=a,b", vec![(tcp("a"), 5432), (tcp("b"), 5432)]),
        ("host=a,b&port=1", vec![(tcp("a"), 1), (tcp("b"), 1)]),
        ("host=a,b&port=1,2", vec![(tcp("a"), 1), (tcp("b"), 2)]),
        ("host=::1&port=", vec![(tcp("::1"), 5432)]),
    ] {
        let url = Url::parse(&format!("postgres:///?user=kw&dbname=keys&{query}")).unwrap();
        assert_eq!(url.hosts, hosts, "{query}");
        assert_eq!((url.user.as_str(), url.dbname.as_str()), ("kw", "keys"));
        assert!(url.password.is_none());
    }
    let percent = Url::parse("postgres://kw@%2Fvar%2Frun%2Fpg:6000/keys").unwrap();
    assert_eq!(percent.hosts, [(Place::Socket("/var/run/pg".into()), 6000)]);
}

#[test]
fn what_would_be_ignored_or_misread_is_refused_with_its_remedy() {
    for (query, words) in [
        (
            "require_auth=scram-sha-256",
            "require_auth is not read: leave it out of the URL; say channel_binding=require",
        ),
        ("sslrootcert=ca.pem", "database.ca_file"),
        ("target_session_attrs=read-write", "asks each host itself"),
        ("target_session_attrs=primary", "asks each host itself"),
        ("connect_timeout=2", "database.connect_timeout_ms"),
        ("application_name=x", "always `keywright`"),
        ("options=-csearch_path%3Dx", "ALTER ROLE"),
        ("sslmode=prefer", "sslmode=prefer may end in plain text"),
        ("sslmode=allow", "sslmode=allow may end in plain text"),
        ("sslmode=verify-ca", "host's name unchecked"),
        (
            "sslmode=Require",
            "sslmode must be verify-full, require or disable",
        ),
        (
            "channel_binding=always",
            "channel_binding must be require, prefer or disable",
        ),
        ("sslmode=disable&sslmode=require", "sslmode twice"),
        ("flag", "a parameter without a value"),
        (
            "flag=1",
            "the unknown parameter flag: leave it out; there are host, port,",
        ),
        ("%00=1", "no percent-encoded"),
        ("host=other", "its hosts or ports twice"),
        ("port=1", "its hosts or ports twice"),
        ("user=other", "its user twice"),
        ("dbname=other", "its database twice"),
    ] {
        let refusal = refusal(&format!("postgres://kw@db/keys?{query}"));
        let words = words.replace("no percent-encoded", "does not begin a percent-encoded");
        assert!(refusal.contains(&words), "{query}: {refusal}");
    }
}

#[test]
fn what_is_missing_is_named() {
    for (url, words) in [
        ("mysql://kw@db/keys", "must begin with `postgres://`"),
        ("postgres:kw@db/keys", "must begin with `postgres://`"),
        ("postgres://db/keys", "no user"),
        ("postgres://:pass@db/keys", "no user"),
        ("postgres://kw@db", "no database"),
        ("postgres://kw@db/", "no database"),
        ("postgres://kw@/keys", "no host"),
        ("postgres://kw@a,,b/keys", "a host that is no name"),
        ("postgres://kw@a b/keys", "a host that is no name"),
        ("postgres://kw@[::1/keys", "without its `]`"),
        ("postgres://kw@[::1]5432/keys", "between a `]` and the port"),
        ("postgres://kw@db:0/keys", "no number from 1 to 65535"),
        ("postgres://kw@db:65536/keys", "no number from 1 to 65535"),
        (
            "postgres:///keys?user=kw&host=a,b&port=1,2,3",
            "another number of ports",
        ),
    ] {
        let refusal = refusal(url);
        assert!(refusal.contains(words), "{url}: {refusal}");
    }
}

#[test]
fn no_refusal_shows_a_part_of_a_password_that_was_not_encoded() {
    for password in [
        "hunter2/x",
        "x/hunter2",
        "hunter2?x",
        "x?hunter2",
        "x?hunter2=1&hunter2",
        "hunter2@x",
        "x@hunter2",
        "hunter2%",
        "x:hunter2@",
        "#hunter2/",
        "x?hunter2=hunter2",
    ] {
        let refusal = refusal(&format!("postgres://kw:{password}@db/keys"));
        assert!(!refusal.contains("hunter2"), "{password}: {refusal}");
    }
    for url in [
        "postgres://db/keys?user=kw&password=x&hunter2=1",
        "postgres://db/keys?password=hunter2",
        "postgres://kw:hunter2",
        "postgres://kw:hunter2/keys",
    ] {
        let refusal = refusal(url);
        assert!(!refusal.contains("hunter2"), "{url}: {refusal}");
    }
}
