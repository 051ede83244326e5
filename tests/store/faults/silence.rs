//! A PostgreSQL that says nothing: stopped where it is, or behind a way over which nothing comes.
//! Leaves what ends with a word to `ends`.

use super::gateway::Gateway;
use super::{DATABASE, Faulty, cluster, is_refused, is_under_way, is_unknown, named, seen};
use crate::support::until;

#[tokio::test]
async fn what_waits_for_a_postgresql_that_was_stopped_for_a_moment_is_answered_when_it_goes_on() {
    let faulty = Faulty::start();
    let key = faulty.draft("patient").await;
    faulty.primary().pause().unwrap();
    let issued = faulty.issue(&key);
    is_under_way(&issued).await;
    let checked = faulty.stage.store.database().check().await;
    assert!(checked.is_err(), "a stopped database was found ready");
    faulty.primary().resume().unwrap();
    issued.await.unwrap().unwrap();
    assert!(faulty.finds(&key).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_which_nothing_comes_back_is_refused_before_its_commit_and_unknown_behind_it() {
    let cluster = cluster();
    let gateway = Gateway::to(cluster.primary().port()).await;
    let url = gateway.url(&cluster.primary().url(DATABASE));
    let faulty = Faulty::at(cluster, url);
    let (refused, unknown) = (faulty.draft("refused").await, faulty.draft("unknown").await);
    let kept = faulty.goes_on().await;

    gateway.close();
    let outcome = faulty.issue(&refused).await.unwrap();
    assert!(is_refused(&outcome), "{outcome:?}");
    gateway.open();
    let after = faulty.goes_on().await;
    assert_eq!(named(faulty.primary(), "refused"), 0);

    let held = gateway.clone();
    faulty.between(move |_| held.hold_answers());
    let issued = faulty.issue(&unknown);
    seen(faulty.primary(), "unknown").await;
    let outcome = issued.await.unwrap();
    assert!(is_unknown(&outcome), "{outcome:?}");
    gateway.open();
    faulty.goes_on().await;
    for key in [&kept, &after, &unknown] {
        assert!(faulty.finds(key).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_with_the_lock_keeps_no_other_from_writing() {
    let cluster = cluster();
    let gateway = Gateway::to(cluster.primary().port()).await;
    let url = gateway.url(&cluster.primary().url(DATABASE));
    let frozen = Faulty::at(std::sync::Arc::clone(&cluster), url);
    let neighbour = Faulty::at(
        std::sync::Arc::clone(&cluster),
        cluster.primary().url(DATABASE),
    );
    let (first, second) = (frozen.draft("first").await, neighbour.draft("second").await);
    // It has the lock, and what it would write does not arrive.
    let held = gateway.clone();
    frozen.between(move |_| held.close());
    let issued = frozen.issue(&first);
    // Who waits for long is refused, and may ask again.
    until("the neighbour to write", async || {
        neighbour.issue(&second).await.unwrap().ok()
    })
    .await;
    assert!(!issued.is_finished() || issued.await.unwrap().is_err());
    gateway.open();
    frozen.goes_on().await;
    assert!(frozen.finds(&second).await);
}
