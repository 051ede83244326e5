//! `keywright pepper add` and `status`: every key is found under the pepper that it was digested with, and gets a
//! new digest once it was presented; events are proved across the change.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use keywright::pepper::Texts;
use serde_json::{Value, json};

use super::{published, run};
use crate::support::{Folder, Server, Site, database, until};

/// What `pepper status` says of a version.
fn version(folder: &Folder, version: u32) -> Value {
    let said = run(folder, "pepper status").expect(0).json();
    let mut versions = said["versions"].as_array().unwrap().iter();
    let found = versions.find(|found| found["version"] == version);
    found.unwrap().clone()
}

/// The version of the pepper that made the digest of a key.
fn version_of(folder: &Folder, key_id: &str) -> i64 {
    let id = key_id.replace('-', "");
    let query = format!("SELECT pepper_version FROM keys WHERE hex(id) = upper('{id}')");
    database::number(&folder.database(), &query)
}

async fn rekeyed(folder: &Folder, key_id: &str) {
    until("a key to get its new digest", async || {
        (version_of(folder, key_id) == 2).then_some(())
    })
    .await;
}

#[tokio::test]
async fn keys_of_before_are_found_and_get_a_new_digest_once_they_were_presented() {
    let server = Server::start();
    let root = server.root();
    let organization = root.organization().await;
    let (id, secret) = root.standard_of(&organization.id).await;
    let (silent_id, silent) = root.standard_of(&organization.id).await;
    let (unknown_id, unknown) = root.standard_of(&organization.id).await;
    root.revoke(&unknown_id).await;
    assert_eq!(root.verdict(&secret).await, "VALID");
    let said = run(server.folder(), "pepper add").expect(0);
    assert_eq!(said.json()["version"], 2);
    assert_eq!(said.json()["in_use"], true);
    assert!(said.stderr.contains("keep a copy of"), "{}", said.stderr);
    // The one from before, and one from now.
    assert_eq!(root.verdict(&secret).await, "VALID");
    assert_eq!(root.verdict(&unknown).await, "REVOKED");
    let (new_id, new) = root.standard_of(&organization.id).await;
    assert_eq!(root.verdict(&new).await, "VALID");
    assert_eq!(version_of(server.folder(), &new_id), 2);
    rekeyed(server.folder(), &id).await;
    assert_eq!(root.verdict(&secret).await, "VALID");
    assert_eq!(version_of(server.folder(), &silent_id), 1);
    // From now on the change of it is seen as that of any other.
    root.revoke(&id).await;
    assert_eq!(root.verdict(&secret).await, "REVOKED");
    let server = Server::on(&server.finish(), &[]);
    let root = server.root();
    assert_eq!(root.verdict(&secret).await, "REVOKED");
    assert_eq!(root.verdict(&silent).await, "VALID");
    assert_eq!(root.verdict(&new).await, "VALID");
    assert_eq!(root.verdict("kw_of_nobody").await, "NOT_FOUND");
    rekeyed(server.folder(), &silent_id).await;
    let first = version(server.folder(), 1);
    // The key of the organization was never presented.
    assert_eq!(
        (&first["live"], &first["newest"]),
        (&json!(1), &json!(false))
    );
    let second = version(server.folder(), 2);
    assert_eq!(second["newest"], true);
    assert!(second["since"].is_string());
}

#[tokio::test]
async fn keys_of_every_kind_open_their_contracts_and_are_digested_anew() {
    let server = Server::start();
    let root = server.root();
    let mut user = root.user().await;
    let organization = root.organization().await;
    let named = root.named_of(&organization).await;
    let client = root.client_of(&organization).await;
    let control = root.control(&["keys:read"]).await;
    let token = client.token().await;
    run(server.folder(), "pepper add").expect(0);
    control.get("/v1/keys").await.expect(200);
    user.rotated().await;
    token.create("a").await.expect(201);
    assert_eq!(client.introspect(&token.token).await["active"], true);
    client.token().await;
    for id in [&client.key_id] {
        rekeyed(server.folder(), id).await;
    }
    client.token().await.create("b").await.expect(201);
    assert_eq!(root.verdict(&named.key).await, "VALID");
    rekeyed(server.folder(), &named.key_id).await;
    assert_eq!(root.verdict(&named.key).await, "VALID");
}

#[tokio::test]
async fn events_are_proved_across_the_change_and_so_are_backups_of_both_sides() {
    let server = Server::start();
    let root = server.root();
    let user = root.user().await;
    let kept = run(server.folder(), "events verify").expect(0).json();
    let kept = kept["head"].as_str().unwrap().to_owned();
    run(server.folder(), "backup early.db --with-pepper").expect(0);
    run(server.folder(), "pepper add").expect(0);
    root.user().await;
    run(server.folder(), &format!("events verify --head {kept}")).expect(0);
    run(server.folder(), "backup late.db --with-pepper").expect(0);
    let folder = server.finish();
    run(&folder, "events verify").expect(0);
    for backup in ["late.db", "early.db"] {
        run(&folder, &format!("restore {backup} --force")).expect(0);
        let server = Server::on(&folder, &[]);
        assert_eq!(server.root().verdict(&user.key).await, "VALID");
        server.root().user().await;
        run(&server.finish(), "events verify").expect(0);
        assert_eq!(version(&folder, 2)["newest"], true, "{backup}");
    }
}

#[tokio::test]
async fn a_doctored_beginning_of_the_newer_pepper_is_found() {
    let server = Server::start();
    server.root().user().await;
    run(server.folder(), "pepper add").expect(0);
    server.root().user().await;
    let folder = server.finish();
    let doctor = |sql: &str| {
        let connection = rusqlite::Connection::open(folder.database()).unwrap();
        connection.execute_batch(sql).unwrap();
    };
    let known: String = database::open(&folder.database())
        .query_row(
            "SELECT hex(value) FROM settings WHERE name = 'events_begin_2'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    for sql in [
        "DELETE FROM settings WHERE name = 'events_begin_2'",
        "UPDATE settings SET value = x'00' WHERE name = 'events_begin_2'",
    ] {
        doctor(sql);
        let said = run(&folder, "events verify").expect(10);
        assert!(said.stderr.contains("pepper version 2"), "{}", said.stderr);
        let refusal = folder.refusal(&[]);
        assert!(refusal.contains("pepper version 2"), "{refusal}");
        doctor(&format!(
            "INSERT INTO settings VALUES ('events_begin_2', x'{known}')
             ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        ));
    }
    // The end of what the newer one signs, cut off with the written end.
    run(&folder, "events verify").expect(0);
    doctor("DELETE FROM events WHERE position > 0; UPDATE head SET position = 0, mac = x''");
    let said = run(&folder, "events verify").expect(10);
    assert!(
        said.stderr.contains("the end was cut off"),
        "{}",
        said.stderr
    );
}

#[tokio::test]
async fn every_state_in_between_starts_and_goes_on() {
    // Written, and the server was never told: stopped, or killed before it looked.
    let folder = Server::start().finish();
    let said = run(&folder, "pepper add").expect(0).json();
    assert_eq!(
        (&said["version"], &said["in_use"]),
        (&json!(2), &json!(false))
    );
    // A second time adds no third version: the second was never used.
    let said = run(&folder, "pepper add").expect(0).json();
    assert_eq!(said["version"], 2);
    let server = Server::on(&folder, &[]);
    assert_eq!(version(&folder, 2)["newest"], true);
    let user = server.root().user().await;
    // Killed at once after it began to use the next.
    let said = run(&folder, "pepper add").expect(0).json();
    assert_eq!(
        (&said["version"], &said["in_use"]),
        (&json!(3), &json!(true))
    );
    let folder = server.kill();
    let server = Server::on(&folder, &[]);
    assert_eq!(server.root().verdict(&user.key).await, "VALID");
    let said = run(&folder, "pepper add").expect(0).json();
    assert_eq!(said["version"], 4);
    let said = run(&folder, "pepper add").expect(5);
    assert!(said.stderr.contains("has 4 versions"), "{}", said.stderr);
    assert_eq!(server.root().verdict(&user.key).await, "VALID");
    run(&server.finish(), "events verify").expect(0);
}

#[tokio::test]
async fn a_missing_or_wrong_version_is_refused_at_the_start_by_its_number() {
    let server = Server::start();
    run(server.folder(), "pepper add").expect(0);
    let folder = server.finish();
    let whole = std::fs::read_to_string(folder.pepper()).unwrap();
    let texts = Texts::read(whole.trim()).unwrap();
    let first = texts.of(1).unwrap();
    std::fs::write(folder.pepper(), first).unwrap();
    let refusal = folder.refusal(&[]);
    assert!(
        refusal.contains("version 2 of the pepper is missing"),
        "{refusal}"
    );
    run(&folder, "events verify").expect(5);
    let wrong = format!("keywright peppers\n1 {first}\n2 {}", "x".repeat(64));
    std::fs::write(folder.pepper(), wrong).unwrap();
    let refusal = folder.refusal(&[]);
    assert!(refusal.contains("not the pepper"), "{refusal}");
    std::fs::write(folder.pepper(), "keywright peppers\n1").unwrap();
    let refusal = folder.refusal(&[]);
    assert!(refusal.contains("line 2 must be a version"), "{refusal}");
    std::fs::write(folder.pepper(), whole).unwrap();
    Server::on(&folder, &[]).finish();
    let said = run(&folder, "doctor");
    assert!(said.stdout.contains("is the right one"), "{}", said.stdout);
}

#[tokio::test]
async fn a_pepper_that_is_in_no_file_cannot_be_added_to() {
    let folder = Folder::new();
    let value = [("pepper.value", "p".repeat(40))];
    let settings: Vec<(&str, &str)> = value.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let server = Server::on(&folder, &settings);
    let mut command = folder.command(&settings);
    command.args(["pepper", "add"]);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(5));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("the pepper is not in a file"), "{said}");
    server.finish();
}

#[tokio::test]
async fn under_load_no_verdict_is_wrong_while_keys_get_new_digests() {
    let server = Server::start();
    let root = server.root();
    let organization = root.organization().await;
    let client = root.client_of(&organization).await;
    let token = client.token().await;
    let mut early = Vec::new();
    for _ in 0..60 {
        early.push(root.standard_of(&organization.id).await.1);
    }
    let is_over = Arc::new(AtomicBool::new(false));
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..4 {
        let (root, client, token) = (server.root(), client.clone(), token.clone());
        let (early, owner_id) = (early.clone(), organization.id.clone());
        let is_over = Arc::clone(&is_over);
        tasks.spawn(async move {
            let mut count = 0;
            while !is_over.load(Ordering::SeqCst) {
                // Three of four present half of the keys again and again; one all, past the memory.
                let some = if task == 0 { &early[..] } else { &early[..30] };
                for secret in some {
                    let body = json!({ "key": secret });
                    let request = root.request("POST", "/v1/keys/verify").json(&body);
                    let request = match task {
                        0 => request.header("Cache-Control", "no-cache"),
                        _ => request,
                    };
                    let answer = request.send().await.expect(200);
                    assert_eq!(answer.string("/code"), "VALID");
                }
                let (id, minted) = root.standard_of(&owner_id).await;
                assert_eq!(root.verdict(&minted).await, "VALID");
                root.revoke(&id).await;
                assert_eq!(root.verdict(&minted).await, "REVOKED");
                let fresh = client.token().await.token;
                for token in [&token.token, &fresh] {
                    assert_eq!(client.introspect(token).await["active"], true);
                }
                count += 1;
            }
            count
        });
    }
    let keys = published(&server).await;
    run(server.folder(), "pepper add").expect(0);
    until("all keys to get their new digests", async || {
        let query = "SELECT count(*) FROM keys
            WHERE pepper_version = 1 AND kind = 'standard' AND revoked_at_ms IS NULL";
        (database::number(&server.folder().database(), query) == 0).then_some(())
    })
    .await;
    run(server.folder(), "signing-keys rotate").expect(0);
    until("another key to be published", async || {
        (published(&server).await.len() == keys.len() + 1).then_some(())
    })
    .await;
    is_over.store(true, Ordering::SeqCst);
    let counts = tasks.join_all().await;
    assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
    run(&server.finish(), "events verify").expect(0);
}

#[tokio::test]
async fn a_version_is_retired_once_no_key_needs_it_and_everything_else_goes_on() {
    let server = Server::start();
    let root = server.root();
    let organization = root.organization().await;
    let client = root.client_of(&organization).await;
    let token = client.token().await;
    let (_, secret) = root.standard_of(&organization.id).await;
    let body = json!({ "kind": "standard", "owner_id": organization.id });
    let request = |site: &Site| {
        let request = site.root().request("POST", "/v1/keys").json(&body);
        request.header("Idempotency-Key", "0190a6f2-1b08-4c3a-8f51-6d2e4b9a7c10")
    };
    let kept = request(&server).send().await.expect(201);
    run(server.folder(), "backup early.db").expect(0);
    run(server.folder(), "pepper add").expect(0);
    let said = run(server.folder(), "pepper retire").expect(5);
    assert!(said.stderr.contains("a server uses"), "{}", said.stderr);
    let folder = server.finish();
    let said = run(&folder, "pepper retire").expect(5);
    assert!(
        said.stderr.contains("4 live and 0 disabled keys"),
        "{}",
        said.stderr
    );
    let server = Server::on(&folder, &[]);
    let root = server.root();
    assert_eq!(root.verdict(&secret).await, "VALID");
    assert_eq!(root.verdict(&kept.string("/secret")).await, "VALID");
    // What nobody presents is revoked.
    root.revoke(&organization.key_id).await;
    client.at(&server).token().await;
    // A stop writes what waits.
    let folder = server.finish();
    let said = run(&folder, "pepper retire").expect(0).json();
    assert_eq!(said["version"], 1);
    let file = std::fs::read_to_string(folder.pepper()).unwrap();
    assert!(file.starts_with("keywright peppers\n2 "), "{}", file.len());
    let server = Server::on(&folder, &[]);
    assert_eq!(server.root().verdict(&secret).await, "VALID");
    let client = client.at(&server);
    assert_eq!(client.introspect(&token.token).await["active"], true);
    client.token().await;
    // The answer that was kept under it is still the answer to the same request.
    let again = request(&server).send().await.expect(201);
    assert_eq!(again.string("/secret"), kept.string("/secret"));
    run(&folder, "events verify").expect(0);
    let said = run(&folder, "pepper status").expect(0).json();
    assert_eq!(said["versions"].as_array().unwrap().len(), 1);
    // And once more: a retired key is kept under the newest.
    run(&folder, "pepper add").expect(0);
    for secret in [&secret, &kept.string("/secret")] {
        assert_eq!(server.root().verdict(secret).await, "VALID");
    }
    client.token().await;
    let folder = server.finish();
    run(&folder, "pepper retire").expect(0);
    run(&folder, "events verify").expect(0);
    run(&folder, "backup late.db").expect(0);
    // A backup of before needs what was retired.
    let said = run(&folder, "restore early.db --force").expect(5);
    assert!(
        said.stderr.contains("version 1 of the pepper is missing"),
        "{}",
        said.stderr
    );
    let server = Server::on(&folder, &[]);
    assert_eq!(server.root().verdict(&secret).await, "VALID");
    server.finish();
}

#[tokio::test]
async fn a_retirement_that_was_killed_before_the_file_was_written_is_finished() {
    let server = Server::start();
    run(server.folder(), "pepper add").expect(0);
    let folder = server.finish();
    let whole = std::fs::read_to_string(folder.pepper()).unwrap();
    run(&folder, "pepper retire").expect(0);
    let after = std::fs::read_to_string(folder.pepper()).unwrap();
    // As it was between the database and the file.
    std::fs::write(folder.pepper(), whole).unwrap();
    Server::on(&folder, &[]).finish();
    run(&folder, "pepper retire").expect(0);
    assert_eq!(std::fs::read_to_string(folder.pepper()).unwrap(), after);
    let said = run(&folder, "pepper retire").expect(5);
    assert!(
        said.stderr.contains("it cannot be retired"),
        "{}",
        said.stderr
    );
    Server::on(&folder, &[]).finish();
}
