//! A PostgreSQL that says no: read-only, out of connections, out of room, a lock that is held, a deadlock.
//! Leaves one that ends to `ends`.

use std::sync::Arc;
use std::time::Duration;

use keywright_model::error::Error;
use keywright_model::key::{Kind, RevocationReason};
use keywright_postgres_cluster::SUPERUSER;
use keywright_store::{Authority, Change, Writes};
use tokio_postgres::{Client, NoTls};

use super::{DATABASE, Faulty, cluster, is_refused, named};
use crate::support::until;

/// The number of the lock that every transaction takes first.
const LOCK: i64 = 0x6b77_6865_6164;

impl Faulty {
    /// What an administrator does in the tests' database.
    fn administer(&self, statement: &str) {
        self.primary().sql(DATABASE, statement).unwrap();
    }

    /// Has PostgreSQL read its settings, and every session know it.
    fn reload(&self) {
        self.administer("SELECT pg_reload_conf()");
        self.administer("CHECKPOINT");
    }

    async fn operator(&self) -> Client {
        let url = self.primary().url(DATABASE);
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }
}

/// What a refused change was refused for.
fn cause(outcome: &Result<(), Error>) -> &str {
    match outcome {
        Err(Error::Unavailable { cause }) => cause,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn changes_are_refused_while_postgresql_takes_none_and_made_again_after_that() {
    let faulty = Faulty::start();
    let (owner_id, _) = faulty.stage.organization().await;
    let issue = async || {
        let name = uuid::Uuid::new_v4().to_string();
        let (_, key) = faulty.stage.key(Kind::Named, owner_id, Some(&name));
        faulty.issue(&key).await.unwrap()
    };
    let kept = faulty.goes_on().await;
    faulty.administer("ALTER SYSTEM SET default_transaction_read_only = on");
    faulty.reload();
    let outcome = until("a change to be refused", async || {
        let outcome = issue().await;
        outcome.is_err().then_some(outcome)
    })
    .await;
    assert!(is_refused(&outcome), "{outcome:?}");
    let again = issue().await;
    assert!(
        cause(&again).contains("default_transaction_read_only"),
        "{again:?}"
    );
    assert!(faulty.finds(&kept).await);
    // It verifies, and says what it does not do.
    let ready = faulty.stage.store.database().check().await.unwrap();
    assert_eq!(ready, Writes::ReadOnly);
    let operator = faulty.operator().await;
    operator
        .batch_execute("SET default_transaction_read_only = off")
        .await
        .unwrap();
    operator
        .batch_execute("ALTER SYSTEM RESET default_transaction_read_only")
        .await
        .unwrap();
    operator
        .batch_execute("SELECT pg_reload_conf()")
        .await
        .unwrap();
    faulty.goes_on().await;
}

#[tokio::test]
async fn changes_are_refused_while_no_session_can_be_had() {
    let cluster = cluster();
    let create = "CREATE ROLE kw LOGIN PASSWORD 'hunter2'; ALTER DATABASE kw OWNER TO kw";
    cluster.primary().sql(DATABASE, create).unwrap();
    let url = cluster.primary().url(DATABASE);
    let password = url.split([':', '@']).nth(2).unwrap();
    let url = url.replace(&format!("{SUPERUSER}:{password}"), "kw:hunter2");
    let faulty = Faulty::at(cluster, url);
    let key = faulty.draft("no session").await;
    faulty.administer("ALTER ROLE kw CONNECTION LIMIT 0");
    let end_all =
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'kw'";
    assert!(faulty.number(end_all) > 0);
    let outcome = faulty.issue(&key).await.unwrap();
    assert!(
        cause(&outcome).contains("PostgreSQL has no connection to spare"),
        "{outcome:?}"
    );
    assert_eq!(named(faulty.primary(), "no session"), 0);
    faulty.administer("ALTER ROLE kw CONNECTION LIMIT -1");
    faulty.goes_on().await;
}

#[tokio::test]
async fn a_change_that_is_chosen_to_end_a_deadlock_is_made_once_more() {
    let faulty = Faulty::start();
    let key = faulty.goes_on().await;
    // As late as it can be: the other one must wait by then.
    faulty.administer("ALTER SYSTEM SET deadlock_timeout = '1500ms'");
    faulty.reload();
    let operator = faulty.operator().await;
    // The other one does not give way.
    let hold = format!(
        "SET deadlock_timeout = '1h'; BEGIN; SELECT FROM keywright.keys WHERE id = '{}' FOR UPDATE",
        key.key.id.0
    );
    operator.batch_execute(&hold).await.unwrap();
    let stage = Arc::clone(&faulty.stage);
    let id = key.key.id;
    let revoked = tokio::spawn(async move {
        let reason = RevocationReason::Superseded;
        let change = Change::Revoke { id, reason };
        stage.write(Authority::default(), change).await
    });
    until("the change to wait for the row", async || {
        let waiting = "SELECT count(*) FROM pg_stat_activity \
             WHERE wait_event = 'transactionid' AND application_name = 'keywright'";
        (faulty.number(waiting) > 0).then_some(())
    })
    .await;
    let lock = format!("SELECT pg_advisory_xact_lock({LOCK}); COMMIT");
    operator.batch_execute(&lock).await.unwrap();
    revoked.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_row_that_an_operator_keeps_locked_refuses_the_change_and_not_for_ever() {
    let faulty = Faulty::start();
    let key = faulty.goes_on().await;
    let operator = faulty.operator().await;
    let hold = format!(
        "BEGIN; SELECT FROM keywright.keys WHERE id = '{}' FOR UPDATE",
        key.key.id.0
    );
    operator.batch_execute(&hold).await.unwrap();
    let revoke = || {
        let (id, reason) = (key.key.id, RevocationReason::Superseded);
        faulty
            .stage
            .write(Authority::default(), Change::Revoke { id, reason })
    };
    let refused = revoke().await.unwrap_err();
    assert!(matches!(refused, Error::Unavailable { .. }), "{refused:?}");
    operator.batch_execute("ROLLBACK").await.unwrap();
    revoke().await.unwrap();
}

#[tokio::test]
async fn the_wait_for_the_lock_counts_as_one_in_the_queue_and_keeps_no_server_from_being_ready() {
    let faulty = Faulty::start();
    let key = faulty.draft("behind").await;
    let database = faulty.stage.store.database();
    let operator = faulty.operator().await;
    let hold = format!("BEGIN; SELECT pg_advisory_xact_lock({LOCK})");
    operator.batch_execute(&hold).await.unwrap();
    let issued = faulty.issue(&key);
    until("the change to wait for the lock", async || {
        let waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
        (faulty.number(waiting) > 0).then_some(())
    })
    .await;
    assert!(database.writes_wait() > Duration::ZERO);
    database.check().await.unwrap();
    drop(operator);
    issued.await.unwrap().unwrap();
    until("nothing to wait any more", async || {
        (database.writes_wait() == Duration::ZERO).then_some(())
    })
    .await;
}
