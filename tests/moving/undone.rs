//! `keywright undone`: what a database that was put back has forgotten.

use super::{Database, used};
use crate::support::{Folder, Server};

#[tokio::test]
async fn keys_that_are_good_again_are_named_from_the_database_of_before() {
    let (old, folder) = (Database::create(), Folder::new());
    let server = used(&old, &folder);
    let (id, _) = server
        .root()
        .standard_of(&server.root().user().await.id)
        .await;
    server.finish();
    let restored = old.duplicate();
    let line = format!("undone --old {}", old.url());
    let said = restored.run(&folder, &line).expect(0).json();
    assert_eq!(said["undone"]["events"], 0);
    let server = old.serve(&folder);
    let root = server.root();
    root.revoke(&id).await;
    let (late, _) = root.standard_of(&root.user().await.id).await;
    root.revoke(&late).await;
    server.finish();
    let said = restored.run(&folder, &line).expect(0);
    assert!(
        said.stderr.contains(&format!("keywright keys revoke {id}")),
        "{}",
        said.stderr
    );
    let said = said.json();
    assert_eq!(said["undone"]["keys_revoked"], 2);
    // The other is not known there.
    assert_eq!(said["undone"]["good_again"], serde_json::json!([id]));
    // The other way round there is nothing to tell.
    let line = format!("undone --old {}", restored.url());
    let refused = old.run(&folder, &line).expect(5);
    assert!(
        refused.stderr.contains("is no later state of"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_file_that_was_set_aside_tells_it_as_well() {
    let server = Server::start();
    let operator = crate::support::Operator::of(&server);
    let made = operator.json("users create");
    let folder = server.finish();
    let before = folder.path().join("before.db");
    std::fs::copy(folder.database(), &before).unwrap();
    let server = Server::on(&folder, &[]);
    let id = made["key"]["id"].as_str().unwrap();
    crate::support::Operator::of(&server)
        .run(&format!("keys revoke {id}"))
        .expect(0);
    let folder = server.finish();
    let line = format!(
        "undone --database sqlite:{} --old sqlite:{}",
        before.display(),
        folder.database().display()
    );
    let said = super::run(&folder, &line).expect(0).json();
    assert_eq!(said["undone"]["good_again"], serde_json::json!([id]));
}
