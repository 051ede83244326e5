//! A PostgreSQL, or one of its sessions, that ends before, in and after a commit, with and without a word.
//! Leaves standbys to `standby`.

use keywright_postgres_cluster::Stop;

use super::gateway::Gateway;
use super::{DATABASE, Faulty, cluster, is_refused, is_unknown, named, seen};
use crate::support::until;

/// Ends the session that has loaded what a change is about.
const END_WRITER: &str = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
     WHERE state = 'idle in transaction' AND application_name = 'keywright'";

#[tokio::test]
async fn a_change_whose_session_is_ended_before_its_commit_is_made_in_another_and_once() {
    let faulty = Faulty::start();
    let last = "SELECT max(position) FROM events";
    // Where the end is heard of only behind the commit that was sent, nobody knows what became of that.
    let mut unknown = 0;
    loop {
        let key = faulty.draft("once").await;
        let before = faulty.number(last);
        faulty.between(|cluster| {
            let ended = cluster.primary().sql(DATABASE, END_WRITER).unwrap();
            assert_eq!(ended.trim(), "1");
            // Until this server has heard of it.
            std::thread::sleep(std::time::Duration::from_millis(500));
        });
        let outcome = faulty.issue(&key).await.unwrap();
        if is_unknown(&outcome) {
            unknown += 1;
            assert!(unknown < 5, "it hears of no end in time");
            assert_eq!(faulty.number(last), before);
            assert!(!faulty.finds(&key).await);
            continue;
        }
        outcome.unwrap();
        assert_eq!(faulty.number(last), before + 1);
        assert_eq!(
            faulty.number("SELECT count(*) FROM events"),
            faulty.number(last)
        );
        assert_eq!(named(faulty.primary(), "once"), 1);
        assert!(faulty.finds(&key).await);
        return;
    }
}

#[tokio::test]
async fn a_change_is_not_made_where_postgresql_is_killed_before_its_commit() {
    let faulty = Faulty::start();
    let (kept, key) = (faulty.draft("kept").await, faulty.draft("before").await);
    faulty.issue(&kept).await.unwrap().unwrap();
    faulty.between(|cluster| cluster.primary().kill().unwrap());
    let outcome = faulty.issue(&key).await.unwrap();
    assert!(is_refused(&outcome) || is_unknown(&outcome), "{outcome:?}");
    faulty.primary().start().unwrap();
    faulty.goes_on().await;
    assert!(faulty.finds(&kept).await);
    assert!(!faulty.finds(&key).await);
    faulty.is_whole();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_outcome_is_unknown_where_postgresql_is_killed_in_a_commit_and_what_it_is_then_is_seen()
{
    let cluster = cluster();
    let gateway = Gateway::to(cluster.primary().port()).await;
    let url = gateway.url(&cluster.primary().url(DATABASE));
    let faulty = Faulty::at(cluster, url);
    let key = faulty.draft("in").await;
    // The commit gets there, and its answer does not get back.
    let held = gateway.clone();
    faulty.between(move |_| held.hold_answers());
    let issued = faulty.issue(&key);
    seen(faulty.primary(), "in").await;
    faulty.primary().kill().unwrap();
    gateway.cut();
    let outcome = issued.await.unwrap();
    assert!(is_unknown(&outcome), "{outcome:?}");
    let held = faulty.stage.store.recall(key.digest);
    assert!(held.is_none(), "the memory believes it");
    faulty.primary().start().unwrap();
    gateway.open();
    assert!(faulty.finds(&key).await);
    faulty.goes_on().await;
    faulty.is_whole();
}

#[tokio::test]
async fn what_was_acknowledged_is_there_however_often_postgresql_is_killed_under_load() {
    let faulty = Faulty::start();
    let mut acknowledged = Vec::new();
    for round in 0..3 {
        let mut drafts = Vec::new();
        for number in 0..8 {
            drafts.push(faulty.draft(&format!("round {round} key {number}")).await);
        }
        let first = faulty.goes_on().await;
        let issued: Vec<_> = drafts.iter().map(|key| faulty.issue(key)).collect();
        seen(faulty.primary(), &format!("round {round} key 0")).await;
        faulty.primary().kill().unwrap();
        for (key, issued) in drafts.into_iter().zip(issued) {
            let outcome = issued.await.unwrap();
            assert!(outcome.is_ok() || is_unknown(&outcome) || is_refused(&outcome));
            acknowledged.extend(outcome.is_ok().then_some(key));
        }
        acknowledged.push(first);
        faulty.primary().start().unwrap();
    }
    faulty.goes_on().await;
    for key in &acknowledged {
        assert!(faulty.finds(key).await);
    }
    faulty.is_whole();
}

#[tokio::test]
async fn a_server_goes_on_by_itself_when_postgresql_was_stopped_and_started() {
    let faulty = Faulty::start();
    let kept = faulty.goes_on().await;
    for stop in [Stop::Fast, Stop::Immediate] {
        let key = faulty.draft("meanwhile").await;
        faulty.primary().stop(stop).unwrap();
        let outcome = faulty.issue(&key).await.unwrap();
        assert!(is_refused(&outcome), "{outcome:?}");
        assert!(faulty.stage.store.database().check().await.is_err());
        faulty.primary().start().unwrap();
        faulty.goes_on().await;
        assert!(faulty.finds(&kept).await && !faulty.finds(&key).await);
    }
    until("the server to be ready", async || {
        faulty.stage.store.database().check().await.ok()
    })
    .await;
    faulty.is_whole();
}

#[tokio::test]
async fn a_shutdown_in_the_middle_of_a_change_ends_it_with_an_outcome_that_is_true() {
    let faulty = Faulty::start();
    let key = faulty.draft("middle").await;
    faulty.between(|cluster| cluster.primary().stop(Stop::Fast).unwrap());
    let outcome = faulty.issue(&key).await.unwrap();
    assert!(is_refused(&outcome) || is_unknown(&outcome), "{outcome:?}");
    faulty.primary().start().unwrap();
    faulty.goes_on().await;
    assert!(!faulty.finds(&key).await);
    faulty.is_whole();
}

impl Faulty {
    /// That the events have no gap.
    fn is_whole(&self) {
        let gaps = "SELECT max(position) - count(*) FROM events";
        assert_eq!(self.number(gaps), 0);
    }
}
