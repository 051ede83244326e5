//! A synchronous standby: what is answered waits for it, what is committed does not.
//! Leaves its own failures to the cluster's tests.

use std::sync::Arc;

use keywright_model::key::{Kind, RevocationReason, State};
use keywright_postgres_cluster::{Server, Stop};
use keywright_store::{Authority, Change, Source};

use super::gateway::Gateway;
use super::{
    DATABASE, Faulty, Rules, cluster, is_refused, is_under_way, is_unknown, issue, named, number,
    seen, stage,
};
use crate::support::until;

const WAITING: &str =
    "FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND query LIKE '%pg_logical_emit_message%'";

impl Faulty {
    /// One whose changes a standby must confirm.
    fn with_standby() -> (Self, Server) {
        let faulty = Self::start();
        let standby = faulty.cluster.add_standby(faulty.primary(), "b").unwrap();
        let names = faulty.primary().set_synchronous_standby_names("b");
        names.unwrap();
        (faulty, standby)
    }

    /// The barriers that wait for the standby. A lease that is renewed waits, too.
    fn waiting(&self) -> i64 {
        self.number(&format!("SELECT count(*) {WAITING}"))
    }

    /// Waits until there is one.
    async fn waits(&self) {
        until("a session to wait for the standby", async || {
            (self.waiting() > 0).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn answers_wait_for_the_synchronous_standby_and_commits_do_not() {
    let (faulty, standby) = Faulty::with_standby();
    let (first, second) = (faulty.draft("first").await, faulty.draft("second").await);
    standby.pause().unwrap();
    let first = faulty.issue(&first);
    seen(faulty.primary(), "first").await;
    let second = faulty.issue(&second);
    seen(faulty.primary(), "second").await;
    // Neither of them holds what other servers need.
    let holders = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted";
    assert_eq!(faulty.number(holders), 0);
    is_under_way(&first).await;
    is_under_way(&second).await;
    standby.resume().unwrap();
    first.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
    seen(&standby, "second").await;
    let counted = faulty.stage.store.database().commit_stats();
    assert!(counted.duration_us.read().count() >= 4);
}

#[tokio::test]
async fn a_standby_that_has_a_change_and_does_not_show_it_yet_holds_no_answer_up() {
    let cluster = cluster();
    let standby = cluster.add_standby(cluster.primary(), "b").unwrap();
    let names = cluster.primary().set_synchronous_standby_names("b");
    names.unwrap();
    // It is keywright that says what its commits wait for.
    let applied = format!("ALTER DATABASE {DATABASE} SET synchronous_commit = remote_apply");
    cluster.primary().sql(DATABASE, &applied).unwrap();
    let url = cluster.primary().url(DATABASE);
    let faulty = Faulty::at(cluster, url);
    faulty.goes_on().await;
    seen(&standby, "again").await;
    // A long query at a standby does so for as long as max_standby_streaming_delay.
    standby
        .sql(DATABASE, "SELECT pg_wal_replay_pause()")
        .unwrap();
    until("a standby that applies nothing", async || {
        let state = standby.sql(DATABASE, "SELECT pg_get_wal_replay_pause_state()");
        (state.unwrap().trim() == "paused").then_some(())
    })
    .await;
    let key = faulty.draft("unapplied").await;
    faulty.issue(&key).await.unwrap().unwrap();
    assert!(faulty.finds(&key).await);
    assert_eq!(named(&standby, "unapplied"), 0);
    standby
        .sql(DATABASE, "SELECT pg_wal_replay_resume()")
        .unwrap();
    seen(&standby, "unapplied").await;
}

#[tokio::test]
async fn what_changes_nothing_waits_for_the_barrier_of_what_it_saw_at_any_server() {
    let (faulty, standby) = Faulty::with_standby();
    let neighbour = Arc::new(stage(faulty.primary().url(DATABASE), Arc::new(Rules)));
    let taken = faulty.draft("taken").await;
    let (_, other) = faulty
        .stage
        .key(Kind::Named, taken.key.owner_id, Some("taken"));
    standby.pause().unwrap();
    let issued = faulty.issue(&taken);
    seen(faulty.primary(), "taken").await;
    let refused_here = faulty.issue(&other);
    let refused_elsewhere = issue(&neighbour, &other);
    is_under_way(&refused_here).await;
    is_under_way(&refused_elsewhere).await;
    standby.resume().unwrap();
    issued.await.unwrap().unwrap();
    for refused in [refused_here, refused_elsewhere] {
        let refused = refused.await.unwrap().unwrap_err();
        assert_eq!(refused, keywright_model::error::Error::NameTaken);
    }
    // Nothing waits for what is known to be durable: no barrier is begun for a refusal behind it.
    standby.pause().unwrap();
    let refused = faulty.issue(&other).await.unwrap().unwrap_err();
    assert_eq!(refused, keywright_model::error::Error::NameTaken);
    standby.resume().unwrap();
}

#[tokio::test]
async fn a_wait_that_is_cancelled_leaves_the_outcome_unknown_and_the_memory_without_it() {
    let (faulty, standby) = Faulty::with_standby();
    let key = faulty.draft("cancelled").await;
    standby.pause().unwrap();
    let issued = faulty.issue(&key);
    faulty.waits().await;
    let cancel = format!("SELECT count(pg_cancel_backend(pid)) {WAITING}");
    assert_eq!(faulty.number(&cancel), 1);
    let outcome = issued.await.unwrap();
    assert!(is_unknown(&outcome), "{outcome:?}");
    let held = faulty.stage.store.recall(key.digest);
    assert!(held.is_none(), "the memory still has it");
    standby.resume().unwrap();
    faulty.goes_on().await;
    assert!(faulty.finds(&key).await, "it was committed");
}

#[tokio::test]
async fn a_barrier_whose_session_is_ended_is_made_once_more_in_another() {
    let (faulty, standby) = Faulty::with_standby();
    // The session must be there, and idle: one that waits says that the server ends it.
    faulty.goes_on().await;
    let key = faulty.draft("behind").await;
    let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
         WHERE query LIKE '%pg_logical_emit_message%' AND pid <> pg_backend_pid()";
    assert!(faulty.number(end) > 0);
    faulty.issue(&key).await.unwrap().unwrap();
    drop(standby);
}

#[tokio::test]
async fn without_its_standby_a_server_commits_no_more_and_goes_on_once_it_is_back() {
    let (faulty, standby) = Faulty::with_standby();
    let (lost, refused) = (faulty.draft("lost").await, faulty.draft("refused").await);
    standby.pause().unwrap();
    let issued = faulty.issue(&lost);
    faulty.waits().await;
    // It still verifies, and so do its neighbours: none is less ready than another, until their leases are over.
    faulty.stage.store.database().check().await.unwrap();
    let outcome = issued.await.unwrap();
    assert!(is_unknown(&outcome), "{outcome:?}");
    let outcome = faulty.issue(&refused).await.unwrap();
    assert!(is_refused(&outcome), "{outcome:?}");
    assert_eq!(named(faulty.primary(), "refused"), 0);
    assert!(
        faulty.waiting() <= 1,
        "barriers that were given up still wait"
    );
    standby.resume().unwrap();
    faulty.goes_on().await;
    assert!(faulty.finds(&lost).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_standby_had_is_forgotten_when_one_takes_over_and_what_was_acknowledged_is_there() {
    let cluster = cluster();
    let gateway = Gateway::to(cluster.primary().port()).await;
    let url = gateway.url(&cluster.primary().url(DATABASE));
    let faulty = Faulty::at(cluster, url);
    let standby = faulty.cluster.add_standby(faulty.primary(), "b").unwrap();
    let names = faulty.primary().set_synchronous_standby_names("b");
    names.unwrap();
    let (kept, lost) = (faulty.draft("kept").await, faulty.draft("lost").await);
    faulty.issue(&kept).await.unwrap().unwrap();
    let revoked = faulty.goes_on().await;
    let revoke = Change::Revoke {
        id: revoked.key.id,
        reason: RevocationReason::Superseded,
    };
    let written = faulty.stage.write(Authority::default(), revoke).await;
    written.unwrap();

    standby.stop(Stop::Immediate).unwrap();
    let issued = faulty.issue(&lost);
    seen(faulty.primary(), "lost").await;
    faulty.waits().await;
    // The feed may have been quicker than the answer to the commit: then it is not in memory before it was asked for.
    assert!(faulty.finds(&lost).await);
    assert!(faulty.stage.store.recall(lost.digest).is_some());
    // The barrier finds its way to the new primary, which never had what it waits for.
    faulty.primary().pause().unwrap();
    standby.start().unwrap();
    standby.promote().unwrap();
    gateway.lead_to(standby.port());
    faulty.primary().kill().unwrap();
    let outcome = issued.await.unwrap();
    assert!(is_unknown(&outcome), "{outcome:?}");
    assert_eq!(named(&standby, "lost"), 0);
    assert!(!faulty.finds(&lost).await, "it is verified from memory");
    assert!(faulty.finds(&kept).await);
    let store = &faulty.stage.store;
    let found = store
        .find_key_by_digest(revoked.digest, Source::Cache)
        .await;
    let state = found.unwrap().unwrap().key.state(super::super::NOW_MS);
    assert_eq!(state, State::Revoked);
}

#[tokio::test]
async fn a_server_goes_on_at_the_standby_that_has_taken_over() {
    let cluster = cluster();
    let standby = cluster.add_standby(cluster.primary(), "b").unwrap();
    let names = cluster.primary().set_synchronous_standby_names("b");
    names.unwrap();
    let both = format!("@127.0.0.1:{},", standby.port());
    let url = cluster.primary().url(DATABASE).replace('@', &both);
    let faulty = Faulty::at(cluster, url);
    let kept = faulty.draft("kept").await;
    faulty.issue(&kept).await.unwrap().unwrap();
    faulty.primary().kill().unwrap();
    standby.promote().unwrap();
    faulty.goes_on().await;
    assert!(faulty.finds(&kept).await);
    let gaps = "SELECT max(position) - count(*) FROM events";
    assert_eq!(number(&standby, gaps), 0);
}
