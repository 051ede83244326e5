//! Two flushes at once: a batch is answered behind its own and behind all before it, and where one fails, neither is
//! acknowledged. Leaves a single flush that is held or fails to `held` and `failures`.

use serde_json::json;
use tokio::task::JoinHandle;

use crate::support::disk::{Disk, Switch};
use crate::support::{Answer, Request, Root, Server, User, metric, until};

/// Two keys, and the changes that end them, each committed, and its flush held.
struct Two {
    disk: Disk,
    server: Server,
    root: Root,
    users: [User; 2],
    bystander: User,
    answers: [JoinHandle<Answer>; 2],
    /// What the flushes are called: the first, the second.
    flushes: [usize; 2],
    hold: Switch,
}

impl Two {
    async fn held() -> Self {
        let (disk, server) = Disk::with_server(&[("log.filter", "debug")]);
        let root = server.root();
        let (users, bystander) = ([root.user().await, root.user().await], root.user().await);
        let hold = disk.hold();
        let first = tokio::spawn(revoke(&root, &users[0]).send());
        disk.holds_more_than(0).await;
        let second = tokio::spawn(revoke(&root, &users[1]).send());
        disk.holds_more_than(1).await;
        Self {
            disk,
            server,
            root,
            users,
            bystander,
            answers: [first, second],
            flushes: [1, 2],
            hold,
        }
    }

    /// What an answer would overtake, if it left too early.
    async fn time_passes(&self) {
        for _ in 0..5 {
            assert_eq!(self.root.verdict(&self.bystander.key).await, "VALID");
            let target = format!("/v1/keys/{}", self.bystander.key_id);
            self.root.get(&target).await.expect(200);
        }
    }

    fn assert_none_is_answered(&self) {
        for answer in &self.answers {
            assert!(!answer.is_finished(), "one was answered too early");
        }
    }

    async fn fails_more_than(&self, before: usize) {
        let told = async || (self.disk.failed() > before).then_some(());
        until("a flush to fail", told).await;
    }
}

fn revoke(root: &Root, user: &User) -> Request {
    let target = format!("/v1/keys/{}/revoke", user.key_id);
    root.request("POST", &target).json(&json!({}))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_whose_flush_is_the_first_to_return_is_answered_behind_the_batch_before() {
    let two = Two::held().await;
    two.disk.let_go(two.flushes[1]);
    let returned = async || (two.disk.flushed() > 0).then_some(());
    until("the second flush to return", returned).await;
    // What is so already rests on the second, and so on the first.
    let again = tokio::spawn(revoke(&two.root, &two.users[1]).send());
    two.time_passes().await;
    two.assert_none_is_answered();
    assert!(
        !again.is_finished(),
        "it was answered before what it rests on"
    );
    drop(two.hold);
    for answer in two.answers {
        answer.await.unwrap().expect(200);
    }
    again.await.unwrap().expect(200);
    for user in &two.users {
        assert_eq!(two.root.verdict(&user.key).await, "REVOKED");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_first_of_two_flushes_fails_neither_is_acknowledged_and_the_log_is_written_anew()
{
    const WRITTEN_ANEW: &str = "the log was written once more and flushed";
    let two = Two::held().await;
    two.disk.let_go(two.flushes[1]);
    let returned = async || (two.disk.flushed() > 0).then_some(());
    until("the second flush to return", returned).await;
    two.time_passes().await;
    two.assert_none_is_answered();
    let misses = metric(&two.server, "keywright_cache_misses_total").await;
    let written = two.server.folder().log().matches(WRITTEN_ANEW).count();
    two.disk.fail(two.flushes[0]);
    two.disk.let_go(two.flushes[0]);
    for answer in two.answers {
        answer.await.unwrap().expect(500);
    }
    drop(two.hold);
    // Neither is in memory any more, and no change is made until the log was written anew.
    for user in &two.users {
        assert_eq!(two.root.verdict(&user.key).await, "REVOKED");
    }
    assert!(metric(&two.server, "keywright_cache_misses_total").await >= misses + 2);
    let log = two.server.folder().log();
    assert_eq!(log.matches(WRITTEN_ANEW).count(), written);
    for user in &two.users {
        revoke(&two.root, user).send().await.expect(200);
    }
    let log = two.server.folder().log();
    assert_eq!(log.matches(WRITTEN_ANEW).count(), written + 1);
    let folder = two.server.finish();
    let server = Server::on(&folder, &[]);
    for user in &two.users {
        assert_eq!(server.root().verdict(&user.key).await, "REVOKED");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_second_of_two_flushes_fails_the_first_is_acknowledged_if_it_returned_before() {
    let two = Two::held().await;
    two.disk.let_go(two.flushes[0]);
    let [first, second] = two.answers;
    first.await.unwrap().expect(200);
    two.disk.fail(two.flushes[1]);
    two.disk.let_go(two.flushes[1]);
    second.await.unwrap().expect(500);
    drop(two.hold);
    revoke(&two.root, &two.users[1]).send().await.expect(200);
    for user in &two.users {
        assert_eq!(two.root.verdict(&user.key).await, "REVOKED");
    }
}

/// The system tells an error once to each file that was opened, and both flushes have lost something by it.
#[tokio::test(flavor = "multi_thread")]
async fn what_one_flush_has_lost_is_told_to_the_other_before_it_says_so() {
    let two = Two::held().await;
    let said = two.disk.hold_failed();
    two.disk.fail(two.flushes[1]);
    two.disk.let_go(two.flushes[1]);
    two.fails_more_than(0).await;
    two.disk.let_go(two.flushes[0]);
    let [mut first, second] = two.answers;
    let told = async || (two.disk.failed() > 1).then_some(());
    tokio::select! {
        answer = &mut first => panic!("{}: the first was acknowledged, and is lost", answer.unwrap().status),
        () = until("the first flush to fail, too", told) => {}
    }
    drop(said);
    for answer in [first, second] {
        answer.await.unwrap().expect(500);
    }
    drop(two.hold);
    for user in &two.users {
        revoke(&two.root, user).send().await.expect(200);
        assert_eq!(two.root.verdict(&user.key).await, "REVOKED");
    }
}
