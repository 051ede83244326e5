//! A database whose files are taken away or replaced underneath the server: nothing is acknowledged
//! that a restart would not find, and all is well again once they are back.

use std::path::{Path, PathBuf};

use super::Cast;
use crate::support::Server;

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
