//! A disk that fails to flush or to read, or that has damaged the log.
//! Leaves flushes that only take long to `durability`, and a full disk to `full`.

use std::path::Path;

use uuid::Uuid;

use super::Cast;
use super::truth::{Truth, assert_is_fault};
use crate::support::disk::Disk;
use crate::support::harm::garble_middle;
use crate::support::{Request, Server};

/// Every change of every contract, with who makes it.
fn changes(cast: &Cast) -> Vec<Request> {
    let mut changes = cast.control_changes();
    changes.extend([
        cast.user.request(),
        cast.create_client_key(),
        cast.create_named_key(),
        cast.organization.request(),
    ]);
    changes
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flush_that_fails_leaves_the_outcome_unknown_and_no_verdict_wrong() {
    let (disk, server) = Disk::with_server(&[]);
    let truth = Truth::of(&server).await;
    let repeatable = |request: Request, value: &str| request.header("idempotency-key", value);
    let value = Uuid::new_v4().to_string();
    let failing = disk.fail_flushes();
    let create = repeatable(truth.cast.create_named_key(), &value);
    create.clone().send().await.expect(500);
    // A later flush could succeed over what was lost: until the log is written once more, nothing is made.
    for change in changes(&truth.cast) {
        let answer = change.send().await;
        assert_eq!(answer.header("retry-after"), Some("1"));
        answer.expect(503);
    }
    create.clone().send().await.expect(503);
    truth.holds(&server).await;
    server.get("/readyz").send().await.expect(503);
    drop(failing);
    server.get("/readyz").send().await.expect(200);
    let made = create.clone().send().await.expect(201).string("/api_key");
    assert_eq!(create.send().await.expect(201).string("/api_key"), made);
    let delete = server.request("DELETE", "/v0/api_keys/ci-deploy");
    let delete = delete.bearer(&truth.cast.named.key);
    delete.send().await.expect(200);
    truth.ends_well(&server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_cannot_be_read_refuses_no_key() {
    let issuer = [("tokens.issuer", "http://issuer.example")];
    let server = Server::with(&issuer);
    let truth = Truth::of(&server).await;
    let folder = server.finish();
    let disk = Disk::under(&folder);
    let server = Server::run(&folder, disk.command(&issuer));
    let truth = truth.moved_to(&server);
    let failing = disk.fail_reads();
    // Nothing is in memory yet: who is asked for has to be read. SQLite takes it for damage.
    truth.verify(truth.good()).send().await.expect(500);
    let reads = truth.reads(&server);
    for request in reads.into_iter().chain(changes(&truth.cast)) {
        assert_is_fault(&request.send().await);
    }
    truth.holds(&server).await;
    drop(failing);
    truth.ends_well(&server).await;
}

fn assert_names_what_was_lost(said: &str, log: &Path) {
    for part in [&*log.to_string_lossy(), "was acknowledged", ".lock"] {
        assert!(said.contains(part), "{part} is not named: {said}");
    }
}

/// SQLite stops at the first damaged page of a log, and takes what came before for all there is.
#[tokio::test]
async fn a_damaged_log_is_refused_at_the_start_before_a_revoked_key_is_good_again() {
    let server = Server::start();
    let root = server.root();
    let user = root.user().await;
    for _ in 0..5 {
        root.user().await;
    }
    root.revoke(&user.key_id).await;
    let folder = server.kill();
    let log = folder.path().join("keywright.db-wal");
    let whole = std::fs::read(&log).unwrap();
    garble_middle(&log);
    let garbled = std::fs::read(&log).unwrap();
    assert_names_what_was_lost(&folder.refusal(&[]), &log);
    let left = std::fs::read(&log).unwrap();
    assert!(left == garbled, "what may still be mended was taken away");
    std::fs::write(&log, whole).unwrap();
    let server = Server::on(&folder, &[]);
    assert_eq!(server.root().verdict(&user.key).await, "REVOKED");
}

#[tokio::test]
async fn a_log_that_is_missing_after_a_kill_is_refused_until_it_is_back() {
    let server = Server::start();
    let user = server.root().user().await;
    let folder = server.kill();
    let log = folder.path().join("keywright.db-wal");
    let whole = std::fs::read(&log).unwrap();
    std::fs::remove_file(&log).unwrap();
    assert_names_what_was_lost(&folder.refusal(&[]), &log);
    std::fs::write(&log, whole).unwrap();
    let server = Server::on(&folder, &[]);
    assert_eq!(server.root().verdict(&user.key).await, "VALID");
}

/// SQLite takes the log of an empty database away.
#[tokio::test]
async fn a_log_whose_database_is_missing_or_empty_is_left_as_it_is() {
    let server = Server::start();
    let user = server.root().user().await;
    let folder = server.kill();
    let (database, log) = (folder.database(), folder.path().join("keywright.db-wal"));
    let (whole, whole_log) = (
        std::fs::read(&database).unwrap(),
        std::fs::read(&log).unwrap(),
    );
    std::fs::remove_file(&database).unwrap();
    for has_witness in [true, false] {
        if !has_witness {
            std::fs::remove_file(folder.path().join("keywright.db.lock")).unwrap();
        }
        let refusal = folder.refusal(&[]);
        assert!(refusal.contains("keywright.db-wal"), "{refusal}");
        assert!(std::fs::read(&log).unwrap() == whole_log);
    }
    std::fs::write(&database, whole).unwrap();
    let server = Server::on(&folder, &[]);
    assert_eq!(server.root().verdict(&user.key).await, "VALID");
}

#[tokio::test]
async fn an_older_copy_of_the_database_is_refused_until_the_operator_accepts_it() {
    let server = Server::start();
    let user = server.root().user().await;
    let folder = server.finish();
    let older = std::fs::read(folder.database()).unwrap();
    let server = Server::on(&folder, &[]);
    server.root().revoke(&user.key_id).await;
    let folder = server.finish();
    std::fs::write(folder.database(), older).unwrap();
    let log = folder.path().join("keywright.db-wal");
    assert_names_what_was_lost(&folder.refusal(&[]), &log);
    std::fs::remove_file(folder.path().join("keywright.db.lock")).unwrap();
    let server = Server::on(&folder, &[]);
    assert_eq!(server.root().verdict(&user.key).await, "VALID");
}
