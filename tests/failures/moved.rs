//! A database whose files are taken away or replaced underneath the server: nothing is acknowledged
//! that a restart would not find, and all is well again once they are back.

use std::path::{Path, PathBuf};

use serde_json::json;
use uuid::Uuid;

use super::Cast;
use crate::support::disk::Disk;
use crate::support::{Server, database, until};

/// A file that is somewhere else for a while.
struct Away {
    from: PathBuf,
    to: PathBuf,
}

impl Away {
    fn take(path: &Path) -> Self {
        let to = path.with_extension("away");
        std::fs::rename(path, &to).unwrap();
        Self {
            from: path.to_owned(),
            to,
        }
    }

    fn put_back(self) {
        std::fs::rename(self.to, self.from).unwrap();
    }
}

async fn assert_nothing_is_acknowledged(server: &Server, cast: &Cast) {
    for change in cast.control_changes() {
        change.send().await.expect(503);
    }
    cast.user.rotate().await.expect(503);
    cast.create_client_key().send().await.expect(503);
    cast.create_named_key().send().await.expect(503);
    cast.organization.rotate().await.expect(503);
    server.request("GET", "/readyz").send().await.expect(503);
    server.request("GET", "/healthz").send().await.expect(200);
    assert_eq!(cast.root.verdict(&cast.user.key).await, "VALID");
}

async fn assert_is_well(server: &Server, cast: Cast) {
    server.request("GET", "/readyz").send().await.expect(200);
    cast.go_on().await;
}

#[tokio::test]
async fn a_database_that_was_removed_takes_no_change_until_it_is_back() {
    let server = Server::start();
    let cast = Cast::of(&server).await;
    let away = Away::take(&server.folder().database());
    assert_nothing_is_acknowledged(&server, &cast).await;
    away.put_back();
    assert_is_well(&server, cast).await;
}

#[tokio::test]
async fn a_database_that_was_replaced_takes_no_change_until_it_is_back() {
    let server = Server::start();
    let cast = Cast::of(&server).await;
    let path = server.folder().database();
    let away = Away::take(&path);
    std::fs::copy(&away.to, &path).unwrap();
    assert_nothing_is_acknowledged(&server, &cast).await;
    away.put_back();
    assert_is_well(&server, cast).await;
}

#[tokio::test]
async fn a_database_whose_log_was_removed_takes_no_change_until_it_is_back() {
    let server = Server::start();
    let cast = Cast::of(&server).await;
    let away = Away::take(&server.folder().path().join("keywright.db-wal"));
    assert_nothing_is_acknowledged(&server, &cast).await;
    away.put_back();
    assert_is_well(&server, cast).await;
}

#[tokio::test]
async fn a_database_whose_lock_was_removed_takes_no_change_until_it_is_back() {
    let server = Server::start();
    let cast = Cast::of(&server).await;
    for name in ["keywright.db.lock", "keywright.db-shm"] {
        let away = Away::take(&server.folder().path().join(name));
        assert_nothing_is_acknowledged(&server, &cast).await;
        away.put_back();
    }
    assert_is_well(&server, cast).await;
}

/// What is committed to a file that has just been taken away comes back with it: nobody may say that
/// nothing was changed.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_whose_database_goes_before_its_flush_ends_has_an_unknown_outcome() {
    let (disk, server) = Disk::with_server(&[]);
    let cast = Cast::of(&server).await;
    let value = Uuid::new_v4().to_string();
    let rotate = cast.user.request().header("idempotency-key", value);
    let (before, hold) = (disk.held(), disk.hold());
    let answer = tokio::spawn(rotate.clone().send());
    disk.holds_more_than(before).await;
    let away = Away::take(&server.folder().database());
    drop(hold);
    answer.await.unwrap().expect(500);
    away.put_back();
    assert_eq!(cast.root.verdict(&cast.user.key).await, "REPLACED");
    let key = rotate.send().await.expect(200).string("/apikey");
    assert_eq!(cast.root.verdict(&key).await, "VALID");
}

/// Credits that were given back, and of which the server was told that they were not, are not given back twice.
#[tokio::test(flavor = "multi_thread")]
async fn credits_are_not_given_back_twice_when_the_database_goes_meanwhile() {
    let (disk, server) = Disk::with_server(&[]);
    let root = server.root();
    let user = root.user().await;
    let body = json!({ "kind": "standard", "owner_id": user.id, "credits": { "remaining": 1000 } });
    let made = root.issue(body).await;
    let id = made["key"]["id"].as_str().unwrap();
    let database = server.folder().database();
    let remaining = || database::number(&database, "SELECT remaining FROM credits");
    assert_eq!(
        root.verdict(made["secret"].as_str().unwrap()).await,
        "VALID"
    );
    // Ten were set aside, one was spent. What was idle for a while is given back.
    assert_eq!(remaining(), 990);
    until("the use to be counted", async || {
        (database::number(&database, "SELECT max(uses) FROM keys") == 1).then_some(())
    })
    .await;
    let (before, hold) = (disk.held(), disk.hold());
    disk.holds_more_than(before).await;
    let away = Away::take(&database);
    drop(hold);
    until("the server to be told", async || {
        let log = server.folder().log();
        log.contains("could not be written").then_some(())
    })
    .await;
    away.put_back();
    // Whatever it has kept, the end brings back.
    let folder = server.finish();
    let server = Server::on(&folder, &[]);
    let key = server.root().get(&format!("/v1/keys/{id}")).await.json();
    assert_eq!(key["credits"]["remaining"], 999);
}
