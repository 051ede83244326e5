//! From a URL to a session: which hosts are passed over, and what an operator is told.
//! Leaves the connections that look-ups share to `lookups`.

mod pooler;
mod tls;

use std::time::Duration;

use keywright_model::error::Error;
use keywright_store_postgres::{Access, Connector, Options, Session, Stage, error_of};
use tokio::net::TcpListener;

use crate::support::postgres::{self, PASSWORD, Postgres, ROLE, connector, options};

/// The URL of keywright's database at some hosts.
fn url(hosts: &str, query: &str) -> String {
    postgres::url(hosts, ROLE, query)
}

/// Why there is no session.
async fn refusal(url: &str, access: Access) -> String {
    refusal_with(&connector(url), access).await
}

async fn refusal_with(connector: &Connector, access: Access) -> String {
    let refusal = connector.connect(access).await.err();
    let refusal = refusal.expect("there is a session").to_string();
    assert!(
        !refusal.contains(PASSWORD) && !refusal.contains("wrong-password"),
        "{refusal}"
    );
    refusal
}

async fn one(session: &Session, statement: &str) -> String {
    let row = session.client().query_one(statement, &[]).await.unwrap();
    row.get(0)
}

#[tokio::test]
async fn each_refusal_at_the_start_says_what_an_operator_does() {
    let postgres = Postgres::start();
    let host = postgres.host();
    for (statement, url, words) in [
        (
            "",
            format!("postgres://kw:wrong-password@{host}/kw"),
            "refuses the password of the user `kw`",
        ),
        (
            "",
            format!("postgres://nobody:x@{host}/kw"),
            "or has no such user",
        ),
        (
            "",
            format!("postgres://kw@{host}/kw"),
            "asks for a password, and the URL has none",
        ),
        (
            "",
            format!("postgres://kw:{PASSWORD}@{host}/nothing"),
            "there is no database `nothing`: create it, as in `createdb --owner=kw nothing`",
        ),
        (
            "ALTER ROLE kw NOLOGIN",
            postgres.url(),
            "is not permitted to log in",
        ),
        (
            "ALTER ROLE kw LOGIN CONNECTION LIMIT 0",
            postgres.url(),
            "no connection to spare",
        ),
        (
            "ALTER ROLE kw CONNECTION LIMIT -1; ALTER ROLE kw SET default_transaction_read_only = on",
            postgres.url(),
            "takes no writes from the user `kw`",
        ),
        (
            "REVOKE CONNECT ON DATABASE kw FROM public; ALTER DATABASE kw OWNER TO postgres",
            postgres.url(),
            "GRANT CONNECT ON DATABASE",
        ),
        ("", url("127.0.0.1:1", ""), "nothing listens there"),
        ("", url("", "?host=/nowhere"), "there is no such socket"),
        (
            "",
            url("nobody.invalid", "?sslmode=disable"),
            "its name has no address",
        ),
    ] {
        if !statement.is_empty() {
            postgres.psql(statement);
        }
        let refusal = refusal(&url, Access::ReadWrite).await;
        assert!(refusal.contains(words), "{words}: {refusal}");
    }
}

#[tokio::test]
async fn a_session_begins_with_its_own_settings_over_tcp_and_over_a_unix_socket() {
    let postgres = Postgres::start();
    // What a database or role has of its own does not count.
    postgres.psql("ALTER ROLE kw SET search_path = public; ALTER ROLE kw SET default_transaction_isolation = serializable");
    let socket = format!(
        "?host={}&port={}",
        postgres.folder().display(),
        postgres.port
    );
    for url in [postgres.url(), url("", &socket)] {
        let session = connector(&url).connect(Access::ReadWrite).await.unwrap();
        for (name, value) in [
            ("application_name", "keywright"),
            ("search_path", "keywright"),
            ("transaction_isolation", "read committed"),
            ("statement_timeout", "10s"),
            ("lock_timeout", "2s"),
            ("idle_in_transaction_session_timeout", "2s"),
        ] {
            let shown = one(&session, &format!("SHOW {name}")).await;
            assert_eq!(shown, value, "{name}");
        }
    }
    // A server that has vanished is found out by PostgreSQL as well.
    let connector = connector(&postgres.url());
    let session = connector.connect(Access::ReadWrite).await.unwrap();
    for (name, value) in [
        ("tcp_keepalives_idle", "10"),
        ("tcp_keepalives_interval", "5"),
        ("tcp_keepalives_count", "3"),
        ("tcp_user_timeout", "25000"),
        ("idle_session_timeout", "0"),
    ] {
        let shown = one(&session, &format!("SHOW {name}")).await;
        assert_eq!(shown, value, "{name}");
    }
}

#[tokio::test]
async fn hosts_that_say_nothing_or_are_not_there_are_passed_over_for_the_next() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let stopped = Postgres::start();
    let postgres = Postgres::start();
    // Its port still takes connections, and nobody speaks there.
    stopped.primary().pause().unwrap();
    let impatient = Options {
        connect_timeout: Duration::from_millis(500),
        ..options()
    };
    let silent = silent.local_addr().unwrap();
    let hosts = format!(
        "{silent},127.0.0.1:1,{},localhost:{}",
        stopped.host(),
        postgres.port
    );
    let connector = Connector::open(&url(&hosts, ""), &impatient).unwrap();
    let session = connector.connect(Access::ReadWrite).await.unwrap();
    assert_eq!(one(&session, "SHOW port").await, postgres.port.to_string());
    let hosts = format!("{silent},{}", stopped.host());
    let connector = Connector::open(&url(&hosts, ""), &impatient).unwrap();
    let refusal = refusal_with(&connector, Access::ReadWrite).await;
    let silence = "no answer within 500 ms (database.connect_timeout_ms): is PostgreSQL at this address, and awake?";
    let expected = format!(
        "no session with PostgreSQL: {silent}: {silence}; {}: {silence}",
        stopped.host()
    );
    assert_eq!(refusal, expected);
}

#[tokio::test]
async fn a_standby_is_passed_over_for_writing_and_good_for_reading() {
    let primary = Postgres::start();
    let standby = primary.standby();
    let standby_host = postgres::host(&standby);
    let refusal = refusal(&url(&standby_host, ""), Access::ReadWrite).await;
    assert!(
        refusal.contains("it is a standby, which takes no writes"),
        "{refusal}"
    );
    let both = connector(&url(&format!("{standby_host},{}", primary.host()), ""));
    let session = both.connect(Access::ReadWrite).await.unwrap();
    assert_eq!(one(&session, "SHOW port").await, primary.port.to_string());
    let session = both.connect(Access::ReadOnly).await.unwrap();
    assert_eq!(one(&session, "SHOW port").await, standby.port().to_string());
    let written = session
        .client()
        .batch_execute("CREATE SCHEMA keywright")
        .await;
    let error = error_of(&written.unwrap_err(), &session, Stage::BeforeCommit);
    assert!(matches!(error, Error::Unavailable { .. }), "{error}");
}

#[tokio::test]
async fn warnings_are_counted_before_the_answer_behind_them_and_notifications_are_heard() {
    let postgres = Postgres::start();
    let session = connector(&postgres.url())
        .connect(Access::ReadWrite)
        .await
        .unwrap();
    let raise = |level: &str| format!("DO $$ BEGIN RAISE {level} 'told'; END $$");
    for count in 1..=20 {
        session
            .client()
            .batch_execute(&raise("NOTICE"))
            .await
            .unwrap();
        session
            .client()
            .batch_execute(&raise("WARNING"))
            .await
            .unwrap();
        assert_eq!(session.warnings(), count);
    }
    session
        .client()
        .batch_execute("LISTEN keywright")
        .await
        .unwrap();
    let mut notifications = session.notifications();
    postgres.psql_in_kw("NOTIFY keywright");
    notifications.wait_for(|count| *count == 1).await.unwrap();
}

#[tokio::test]
async fn a_session_that_the_server_ends_says_why_and_a_commit_in_it_is_unknown() {
    let postgres = Postgres::start();
    let session = connector(&postgres.url())
        .connect(Access::ReadWrite)
        .await
        .unwrap();
    session
        .client()
        .batch_execute("BEGIN; CREATE SCHEMA keywright")
        .await
        .unwrap();
    assert_eq!(session.why_ended(), None);
    postgres.terminate();
    let ended = session.ended().await;
    assert_eq!(ended.code.as_deref(), Some("57P01"));
    let error = session.client().batch_execute("COMMIT").await.unwrap_err();
    let before = error_of(&error, &session, Stage::BeforeCommit);
    assert!(
        matches!(&before, Error::Unavailable { cause } if cause.contains("57P01")),
        "{before}"
    );
    let unknown = error_of(&error, &session, Stage::Commit);
    assert!(
        matches!(&unknown, Error::OutcomeUnknown { cause } if cause.contains("57P01")),
        "{unknown}"
    );
}

#[tokio::test]
async fn a_frozen_transaction_is_ended_and_a_session_that_is_dropped_leaves_nothing_behind() {
    let postgres = Postgres::start();
    let session = connector(&postgres.url())
        .connect(Access::ReadWrite)
        .await
        .unwrap();
    session.client().batch_execute("BEGIN").await.unwrap();
    assert_eq!(session.ended().await.code.as_deref(), Some("25P03"));
    let session = connector(&postgres.url())
        .connect(Access::ReadWrite)
        .await
        .unwrap();
    drop(session);
    crate::support::until("no session", async || {
        let count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'keywright'";
        (postgres.psql(count) == "0").then_some(())
    })
    .await;
}
