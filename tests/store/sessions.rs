//! What becomes of writes to PostgreSQL where a session fails, or another's stands in the way.
//! Leaves what is written to the story.

use keywright_model::error::Error;
use keywright_model::key::Kind;
use keywright_store::{Authority, Change, NewKey};
use tokio_postgres::NoTls;

use super::Stage;

/// The number of the lock that every transaction takes first.
const LOCK: i64 = 0x6b77_6865_6164;

impl Stage {
    async fn issue(&self, name: &str) -> Result<(), Error> {
        let (owner_id, _) = self.organization().await;
        let (_, key) = self.key(Kind::Named, owner_id, Some(name));
        let issued = self.write(Authority::default(), Change::Issue(key)).await;
        issued.map(drop)
    }
}

#[tokio::test]
async fn a_holder_of_the_lock_that_does_nothing_is_ended() {
    let stage = Stage::postgres();
    stage.issue("before").await.unwrap();
    let (holder, connection) = tokio_postgres::connect(&stage.url, NoTls).await.unwrap();
    let ended = tokio::spawn(connection);
    // As a server does that was stopped between its flights, where PostgreSQL's own timeout does not count.
    let hold = format!(
        "SET idle_in_transaction_session_timeout = 0; BEGIN; SELECT pg_advisory_xact_lock({LOCK})"
    );
    holder.batch_execute(&hold).await.unwrap();
    stage.issue("behind").await.unwrap();
    assert!(ended.await.unwrap().is_err(), "it was not ended");
}

#[tokio::test]
async fn a_writer_whose_session_was_ended_between_two_writes_makes_another() {
    let stage = Stage::postgres();
    stage.issue("before").await.unwrap();
    let (operator, connection) = tokio_postgres::connect(&stage.url, NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    let end_all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()";
    operator.batch_execute(end_all).await.unwrap();
    stage.issue("behind").await.unwrap();
    drop(operator);
    connection.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_change_that_a_unique_index_refuses_leaves_nothing_behind() {
    let stage = Stage::postgres();
    stage.issue("before").await.unwrap();
    let before = stage.number("SELECT max(position) FROM events");
    // No rule looks for equal digests: the index is the net below them.
    let (owner_id, _) = stage.organization().await;
    let (_, first) = stage.key(Kind::Named, owner_id, Some("ci"));
    let (_, second) = stage.key(Kind::Named, owner_id, Some("other"));
    let stolen = NewKey {
        digest: first.digest,
        ..second
    };
    stage
        .write(Authority::default(), Change::Issue(first))
        .await
        .unwrap();
    let refused = stage
        .write(Authority::default(), Change::Issue(stolen))
        .await
        .unwrap_err();
    assert!(matches!(refused, Error::Internal { .. }), "{refused}");
    let after = stage.number("SELECT max(position) FROM events");
    assert_eq!(stage.number("SELECT count(*) FROM events"), after);
    assert!(after > before);
    stage.issue("behind").await.unwrap();
}
