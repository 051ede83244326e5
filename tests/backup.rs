//! The commands on a database's file: `events verify`, `backup` and `restore`, as a shell runs them.
//! Leaves what servers write into the file to `events` and `durability`.

mod crashes;
mod doctored;
mod early;
mod indexed;
mod load;
mod made;
mod page;
mod pruned;
mod restored;

use std::path::{Path, PathBuf};
use std::process::Command;

use rusqlite::Connection;
use serde_json::json;

use crate::support::operator::Said;
use crate::support::{Folder, Server};

/// Runs a command in the folder of a server, with that server's settings.
fn run(folder: &Folder, line: &str) -> Said {
    let mut command = folder.command(&[]);
    command.args(line.split_whitespace());
    finish(command)
}

fn finish(mut command: Command) -> Said {
    let output = command.output().unwrap();
    Said {
        code: output.status.code().expect("it ends by itself"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A server in whose events every column has and lacks what it can have and lack.
async fn varied() -> Server {
    let server = varied_of_old().await;
    let root = server.root();
    // Keys of one lineage get credits together: the event names them.
    let (id, _) = root.standard_of(&root.user().await.id).await;
    let rotate = format!("/v1/keys/{id}/rotate");
    let rotated = root.post(&rotate, json!({ "grace_seconds": 3600 })).await;
    let target = format!("/v1/keys/{}", rotated.expect(200).string("/key/id"));
    root.patch(&target, json!({ "credits": { "remaining": 5 } }))
        .await
        .expect(200);
    // What was counted is told when the server stops.
    Server::on(&server.finish(), &[])
}

/// The same, but for what no event said until schema 10: what else it has touched.
async fn varied_of_old() -> Server {
    let server = Server::start();
    let root = server.root();
    let mut user = root.user().await;
    let organization = root.organization().await;
    let named = root.named_of(&organization).await;
    user.rotated().await;
    root.patch(
        &format!("/v1/keys/{}", named.key_id),
        json!({ "enabled": false }),
    )
    .await
    .expect(200);
    // A refusal that is told: it has a detail.
    let reader = root.control(&["events:read"]).await;
    reader.get("/v1/keys").await.expect(403);
    root.revoke(&named.key_id).await;
    server
}

/// The head as `events verify` prints it.
fn head_of(folder: &Folder) -> String {
    let said = run(folder, "events verify").expect(0);
    said.json()["head"].as_str().unwrap().to_owned()
}

/// Changes a database behind every server's back.
fn doctor(database: &Path, sql: &str) -> rusqlite::Result<()> {
    let connection = Connection::open(database).unwrap();
    let outcome = connection.execute_batch(sql);
    connection.close().unwrap();
    outcome
}

/// The names in a folder, but for the lock, the reserve and the log, which come and go unasked.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "log" && name != "keywright.db.lock")
        .filter(|name| name != "keywright.db.reserve")
        .collect();
    names.sort();
    names
}

/// A copy of all that a server has left.
fn copy_of(folder: &Folder) -> Folder {
    let copy = Folder::new();
    for name in names(folder.path()) {
        std::fs::copy(folder.path().join(&name), copy.path().join(&name)).unwrap();
    }
    copy
}

/// A file in a folder that no server has anything to do with.
fn elsewhere(name: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    (folder, path)
}
