//! `keywright signing-keys rotate`: published before it signs, kept until the last token is over, or dropped at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use keywright::pepper::Home;
use keywright_core::token::signing_keys::{FIRST_SIGNING_KEY, SIGNING_KEYS, Settings, rotate};
use rusqlite::{Connection, OptionalExtension as _};
use serde_json::Value;

use super::{published, run};
use crate::support::{Client, Clocked, Folder, Server, Site, until};

/// From a rotation to the first instant at which the new key signs.
const SIGNS_AFTER_S: i64 = 310;
/// How long a token is good for, and how much longer its key is kept.
const LIFETIME_S: i64 = 28_800;
const LEEWAY_S: i64 = 60;

async fn client(site: &Site) -> Client {
    let organization = site.root().organization().await;
    site.root().client_of(&organization).await
}

/// The name of the key that a token is signed with.
fn kid(token: &str) -> String {
    jsonwebtoken::decode_header(token).unwrap().kid.unwrap()
}

/// Waits until a server publishes this number of keys, and answers them.
async fn published_count(site: &Site, count: usize) -> Vec<String> {
    let wanted = format!("{count} keys to be published");
    until(&wanted, async || {
        Some(published(site).await).filter(|keys| keys.len() == count)
    })
    .await
}

/// Rotates as the command does, as of an instant of the test's choice.
fn rotate_at(folder: &Folder, now_ms: i64) -> String {
    let connection = Connection::open(folder.database()).unwrap();
    connection
        .busy_timeout(std::time::Duration::from_secs(10))
        .unwrap();
    let setting = |name: &str| -> Option<Vec<u8>> {
        let sql = "SELECT value FROM settings WHERE name = ?1";
        let found = connection.query_row(sql, [name], |row| row.get(0));
        found.optional().unwrap()
    };
    let (all, first) = (setting(SIGNING_KEYS), setting(FIRST_SIGNING_KEY));
    let settings = Settings {
        all: all.as_deref(),
        first: first.as_deref(),
    };
    let known = setting(keywright::pepper::CHECK).unwrap();
    let (peppers, _) = Home::File(folder.pepper()).recall(&known.into()).unwrap();
    let lifetime_s = u32::try_from(LIFETIME_S).unwrap();
    let rotation = rotate(settings, &peppers, lifetime_s, false, now_ms).unwrap();
    connection
        .execute(
            "INSERT INTO settings (name, value) VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (SIGNING_KEYS, &rotation.setting),
        )
        .unwrap();
    rotation.kid
}

fn system_now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(since.unwrap().as_millis()).unwrap()
}

#[tokio::test]
async fn a_running_server_publishes_a_new_key_and_signs_with_the_old_one_until_everybody_knows_it()
{
    let server = Server::start();
    let client = client(&server).await;
    let old = kid(&client.token().await.token);
    let said = run(server.folder(), "signing-keys rotate").expect(0).json();
    let new = said["kid"].as_str().unwrap().to_owned();
    assert_eq!(said["kept"][0]["kid"].as_str(), Some(old.as_str()));
    assert_eq!(said["dropped"], serde_json::json!([]));
    assert_eq!(
        published_count(&server, 2).await,
        [old.clone(), new.clone()]
    );
    let token = client.token().await;
    assert_eq!(kid(&token.token), old);
    token.create("a").await.expect(201);
    // A restart changes nothing of it.
    let folder = server.finish();
    let server = Server::on(&folder, &[]);
    assert_eq!(published(&server).await, [old.clone(), new]);
    let client = client.at(&server);
    assert_eq!(client.introspect(&token.token).await["active"], true);
    assert_eq!(kid(&client.token().await.token), old);
}

#[tokio::test]
async fn the_key_set_says_how_long_it_may_be_kept() {
    let server = Server::start();
    let answer = server
        .get("/.well-known/jwks.json")
        .send()
        .await
        .expect(200);
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
}

#[tokio::test]
async fn at_once_all_tokens_of_before_are_refused_by_a_running_server() {
    let server = Server::start();
    let client = client(&server).await;
    let token = client.token().await;
    // It is remembered as good.
    token.create("a").await.expect(201);
    let old = kid(&token.token);
    let said = run(server.folder(), "signing-keys rotate --now").expect(0);
    let new = said.json()["kid"].as_str().unwrap().to_owned();
    assert_eq!(said.json()["dropped"], serde_json::json!([old]));
    until("the new key to be taken up", async || {
        (published(&server).await == [new.clone()]).then_some(())
    })
    .await;
    token.create("b").await.expect(401);
    assert_eq!(client.introspect(&token.token).await["active"], false);
    let token = client.token().await;
    assert_eq!(kid(&token.token), new);
    token.create("b").await.expect(201);
}

#[tokio::test]
async fn a_stopped_or_killed_server_finds_the_new_key_at_its_start() {
    let server = Server::start();
    let client = client(&server).await;
    let token = client.token().await.token;
    let folder = server.kill();
    // What the killed server has left in its log is still there.
    run(&folder, "signing-keys rotate").expect(0);
    let server = Server::on(&folder, &[]);
    assert_eq!(published(&server).await.len(), 2);
    let at_server = client.at(&server);
    assert_eq!(at_server.introspect(&token).await["active"], true);
    let folder = server.finish();
    run(&folder, "signing-keys rotate --now").expect(0);
    let server = Server::on(&folder, &[]);
    assert_eq!(published(&server).await.len(), 1);
    assert_eq!(client.at(&server).introspect(&token).await["active"], false);
    run(&server.finish(), "events verify").expect(0);
}

#[tokio::test]
async fn the_old_key_stays_until_its_last_token_is_over() {
    let server = Clocked::start().await;
    let client = client(&server).await;
    let old = kid(&client.token().await.token);
    let new = rotate_at(server.folder(), NOW_MS);
    assert_eq!(
        published_count(&server, 2).await,
        [old.clone(), new.clone()]
    );
    server.advance_s(SIGNS_AFTER_S - 1);
    let last = client.token().await;
    assert_eq!(kid(&last.token), old);
    server.advance_s(1);
    assert_eq!(published(&server).await, [new.clone(), old.clone()]);
    assert_eq!(kid(&client.token().await.token), new);
    last.create("a").await.expect(201);
    server.advance_s(LIFETIME_S - 2);
    assert_eq!(client.introspect(&last.token).await["active"], true);
    last.create("b").await.expect(201);
    server.advance_s(1);
    last.create("c").await.expect(401);
    assert_eq!(published(&server).await, [new.clone(), old]);
    server.advance_s(LEEWAY_S + 1);
    assert_eq!(published(&server).await, [new]);
    server.finish().await;
}

/// What the clock of `Clocked` says first.
const NOW_MS: i64 = 1_773_576_000_000;

#[tokio::test]
async fn under_load_no_verdict_is_wrong_and_no_token_fails() {
    let server = Server::start();
    let root = server.root();
    let organization = root.organization().await;
    let client = root.client_of(&organization).await;
    let (_, secret) = root.standard_of(&organization.id).await;
    let early = client.token().await;
    let old = kid(&early.token);
    let is_over = Arc::new(AtomicBool::new(false));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (root, client) = (server.root(), client.clone());
        let (early, secret) = (early.clone(), secret.clone());
        let (owner_id, is_over) = (organization.id.clone(), Arc::clone(&is_over));
        tasks.spawn(async move {
            let mut kids = Vec::new();
            while !is_over.load(Ordering::SeqCst) {
                assert_eq!(root.verdict(&secret).await, "VALID");
                let (_, minted) = root.standard_of(&owner_id).await;
                assert_eq!(root.verdict(&minted).await, "VALID");
                let token = client.token().await;
                for token in [&token.token, &early.token] {
                    assert_eq!(client.introspect(token).await["active"], true);
                }
                kids.push(kid(&token.token));
            }
            kids
        });
    }
    // As of so long ago that the new key signs in three seconds.
    let new = rotate_at(
        server.folder(),
        system_now_ms() - (SIGNS_AFTER_S - 3) * 1000,
    );
    until("the new key to sign", async || {
        (kid(&client.token().await.token) == new).then_some(())
    })
    .await;
    assert_eq!(published(&server).await, [new.clone(), old.clone()]);
    is_over.store(true, Ordering::SeqCst);
    let kids = tasks.join_all().await.concat();
    assert!(kids.contains(&old), "nothing was exchanged before");
    assert!(kids.iter().all(|kid| [&old, &new].contains(&kid)));
}

#[tokio::test]
async fn what_stands_in_the_way_is_told_and_nothing_is_changed() {
    let folder = Folder::new();
    let said = run(&folder, "signing-keys rotate").expect(3);
    assert!(
        said.stderr.contains("there is no database"),
        "{}",
        said.stderr
    );
    let server = Server::on(&folder, &[]);
    run(&folder, "signing-keys rotate").expect(0);
    let keys = published_count(&server, 2).await;
    let said = run(&folder, "signing-keys rotate").expect(5);
    assert!(
        said.stderr
            .contains("a rotation is under way: its key signs in"),
        "{}",
        said.stderr
    );
    let pepper = std::fs::read(folder.pepper()).unwrap();
    std::fs::write(folder.pepper(), "another pepper of sufficient length").unwrap();
    run(&folder, "signing-keys rotate --now").expect(5);
    std::fs::write(folder.pepper(), pepper).unwrap();
    let folder = server.finish();
    let server = Server::on(&folder, &[]);
    assert_eq!(published(&server).await, keys);
}

#[tokio::test]
async fn a_person_is_shown_a_table_and_a_program_json() {
    let server = Server::start();
    let said = run(server.folder(), "signing-keys rotate --table").expect(0);
    for word in ["new key", "signs from", "kept", "until"] {
        assert!(said.stdout.contains(word), "{}", said.stdout);
    }
    let said = run(server.folder(), "signing-keys rotate --now").expect(0);
    let members: Vec<String> = match said.json() {
        Value::Object(members) => members.keys().cloned().collect(),
        other => panic!("{other}"),
    };
    assert_eq!(members, ["kid", "signs_from", "kept", "dropped"]);
    assert!(said.stderr.contains("within a second"), "{}", said.stderr);
}
