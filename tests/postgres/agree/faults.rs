//! A start that a PostgreSQL refuses: one line on standard error that says what to do, and exit code 1.
//! Leaves what is refused because servers differ to the module above.

use keywright_store_postgres::{Access, Session};
use tokio::net::TcpListener;

use super::{command, settings, with};
use crate::support::postgres::{PASSWORD, Postgres, ROLE, connector, host as host_of, url};
use crate::support::{Folder, Server, until};

/// What the server's command says, in one line.
fn refusal(url: &str, more: &[(&str, &str)]) -> String {
    let more = [&[("log.filter", "error")], more].concat();
    let (code, said) = command(&Folder::new(), &with(url, &more), &[]);
    assert_eq!(code, 1, "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.starts_with("keywright: "), "{said}");
    assert!(
        !said.contains(PASSWORD) && !said.contains("wrong-password"),
        "{said}"
    );
    said
}

fn refused(url: &str, words: &[&str]) {
    let said = refusal(url, &[]);
    for words in words {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn a_postgresql_that_cannot_be_used_is_refused_with_the_remedy() {
    let postgres = Postgres::start();
    let host = postgres.host();
    refused(
        &url("127.0.0.1:1", ROLE, ""),
        &[
            "127.0.0.1:1: nothing listens there",
            "start PostgreSQL, or correct host and port",
        ],
    );
    refused(
        &format!("postgres://kw:wrong-password@{host}/kw"),
        &["refuses the password of the user `kw`", "ALTER ROLE"],
    );
    refused(
        &format!("postgres://kw:{PASSWORD}@{host}/nothing"),
        &[
            "there is no database `nothing`",
            "createdb --owner=kw nothing",
        ],
    );
    postgres.psql("ALTER DATABASE kw SET default_transaction_read_only = on");
    refused(
        &postgres.url(),
        &[
            "takes no writes from the user `kw`",
            "ALTER DATABASE … RESET",
        ],
    );
    postgres.psql("ALTER DATABASE kw RESET default_transaction_read_only");
    let standby = postgres.standby();
    refused(
        &url(&host_of(&standby), ROLE, ""),
        &["it is a standby", "name the primary"],
    );
    postgres.psql("ALTER DATABASE kw OWNER TO postgres");
    refused(
        &postgres.url(),
        &[
            "may not make keywright's tables",
            "GRANT CREATE ON DATABASE",
        ],
    );
    postgres.psql("ALTER DATABASE kw OWNER TO kw");

    let schemas = "SELECT count(*) FROM pg_namespace WHERE nspname = 'keywright'";
    assert_eq!(postgres.psql_in_kw(schemas), "0", "something was made");
    let superuser =
        "SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = 'kw'";
    assert_eq!(postgres.psql(superuser), "f");
    let server = Server::with(&settings(&postgres.url()));
    drop(server);
    postgres.psql_in_kw("INSERT INTO keywright.migrations VALUES (1000, 0)");
    refused(
        &postgres.url(),
        &["version 1000", "a newer keywright has been here"],
    );
    postgres.psql_in_kw(
        "DROP SCHEMA keywright CASCADE; CREATE SCHEMA keywright AUTHORIZATION kw; SET ROLE kw; \
         CREATE TABLE keywright.notes (body text)",
    );
    refused(
        &postgres.url(),
        &["tables of another product (notes)", "name another database"],
    );
    let tables = "SELECT string_agg(tablename, ' ') FROM pg_tables WHERE schemaname = 'keywright'";
    assert_eq!(postgres.psql_in_kw(tables), "notes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_without_a_connection_to_spare_is_refused_and_the_next_start_is_well() {
    let postgres = Postgres::start();
    let spare = "no connection to spare";
    // With three, one for look-ups, one for lists and one of the start itself, a server starts.
    for limit in [0, 1, 2] {
        postgres.psql(&format!("ALTER ROLE kw CONNECTION LIMIT {limit}"));
        refused(&postgres.url(), &[spare, "raise max_connections"]);
        // A session ends a moment after its server.
        until("the end of all sessions", async || {
            let sessions =
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'keywright'";
            (postgres.psql(sessions) == "0").then_some(())
        })
        .await;
    }
    postgres.psql("ALTER ROLE kw CONNECTION LIMIT -1");
    let connector = connector(&postgres.url());
    let mut sessions: Vec<Session> = Vec::new();
    let full = loop {
        match connector.connect(Access::ReadWrite).await {
            Ok(session) => sessions.push(session),
            Err(full) => break full,
        }
    };
    assert!(full.to_string().contains(spare), "{full}");
    refused(&postgres.url(), &[spare, "raise max_connections"]);
    drop(sessions);
    until("room", async || {
        let sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'keywright'";
        (postgres.psql(sessions) == "0").then_some(())
    })
    .await;
    let server = Server::with(&settings(&postgres.url()));
    server.root().get("/v1/keys").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_says_nothing_and_a_transaction_pooler_are_refused() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = url(&silent.local_addr().unwrap().to_string(), ROLE, "");
    let said = refusal(&silent, &[("database.connect_timeout_ms", "300")]);
    assert!(said.contains("no answer within 300 ms"), "{said}");
    assert!(said.contains("database.connect_timeout_ms"), "{said}");

    let postgres = Postgres::start();
    let ignored = "ignore_startup_parameters = extra_float_digits,options";
    for settings in ["", ignored] {
        let settings = format!("pool_mode = transaction\n{settings}");
        let (_pgbouncer, port) = postgres.pgbouncer(&settings);
        until("pgbouncer", async || {
            let connected = tokio::net::TcpStream::connect(("127.0.0.1", port)).await;
            connected.ok()
        })
        .await;
        refused(
            &url(&format!("127.0.0.1:{port}"), ROLE, ""),
            &[
                "shares its sessions, as pgbouncer does",
                "name PostgreSQL's own address",
            ],
        );
    }
}
