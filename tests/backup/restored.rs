//! `keywright restore`: a backup in the database's place, every refusal, and what is said about what is undone.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{copy_of, doctor, elsewhere, finish, head_of, names, run, varied};
use crate::support::harm::{self, Part};
use crate::support::{Folder, Server, database};

/// A backup with its pepper, in a folder of its own, and what was printed about it.
struct Backup {
    _folder: TempDir,
    path: PathBuf,
    made: Value,
}

impl Backup {
    fn of(folder: &Folder) -> Self {
        let (other, path) = elsewhere("backup.db");
        let line = format!("backup {} --with-pepper", path.display());
        Self {
            _folder: other,
            made: run(folder, &line).expect(0).json(),
            path,
        }
    }

    fn restore(&self, options: &str) -> String {
        format!("restore {} {options}", self.path.display())
    }

    fn pepper(&self) -> PathBuf {
        self.path.with_file_name("backup.db.pepper")
    }
}

/// Proves that a command refuses, and leaves the folder as it is.
#[track_caller]
fn assert_refused(folder: &Folder, line: &str, code: i32, word: &str) {
    let files = || -> Vec<(String, Vec<u8>)> {
        let names = names(folder.path()).into_iter();
        names
            .map(|name| {
                let bytes = std::fs::read(folder.path().join(&name)).unwrap();
                (name, bytes)
            })
            .collect()
    };
    let before = files();
    let said = run(folder, line).expect(code);
    assert!(said.stderr.contains(word), "{line}: {}", said.stderr);
    assert!(said.stderr.contains("\nhelp: "), "{line}: {}", said.stderr);
    assert_eq!(said.stdout, "");
    assert!(files() == before, "{line} changed something");
}

#[tokio::test]
async fn a_restored_database_is_the_one_of_the_backup_and_its_keys_verify() {
    let server = varied().await;
    let user = server.root().user().await;
    let backup = Backup::of(server.folder());
    drop(server);
    let folder = Folder::new();
    let said = run(&folder, &backup.restore("")).expect(0);
    let restored = said.json();
    for member in ["sha256", "bytes", "keys", "events", "head"] {
        assert_eq!(restored[member], backup.made[member], "{member}");
    }
    let database = folder.path().canonicalize().unwrap().join("keywright.db");
    assert_eq!(restored["database"], database.to_str().unwrap());
    assert_eq!(restored.get("set_aside"), None);
    assert_eq!(
        names(folder.path()),
        ["keywright.db", "keywright.db.pepper"]
    );
    for file in [folder.database(), folder.pepper()] {
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", file.display());
    }
    assert!(
        said.stderr.contains("warning: what was done after "),
        "{}",
        said.stderr
    );
    assert!(
        said.stderr.contains("Nothing here tells what that was"),
        "{}",
        said.stderr
    );
    let server = Server::on(&folder, &[]);
    assert_eq!(server.root().verdict(&user.key).await, "VALID");
    user.at(&server).rotate().await.expect(200);
    let head = backup.made["head"].as_str().unwrap();
    run(server.folder(), &format!("events verify --head {head}")).expect(0);
}

#[tokio::test]
async fn what_a_restored_database_has_forgotten_is_said_with_the_keys_that_are_good_again() {
    let server = Server::start();
    let root = server.root();
    let (mut rotated, revoked, spared) = (root.user().await, root.user().await, root.user().await);
    let old = rotated.key.clone();
    let organization = root.organization().await;
    let client = root.client_of(&organization).await;
    let token = client.token().await.token;
    let backup = Backup::of(server.folder());
    root.revoke(&revoked.key_id).await;
    rotated.rotated().await;
    // Issued and revoked since: the backup has never heard of it.
    let late = root.user().await;
    root.revoke(&late.key_id).await;
    client.revoke_token(&token).await;
    let folder = server.finish();
    let after = database::state(&folder.database());
    let said = run(&folder, &backup.restore("--force")).expect(0);
    let restored = said.json();
    assert_eq!(
        restored["undone"],
        json!({
            "events": 5,
            "keys_issued": 2,
            "keys_rotated": 1,
            "keys_revoked": 2,
            "tokens_revoked": 1,
            "good_again": [revoked.key_id],
        })
    );
    for words in [
        "Keys that were revoked, disabled or replaced since are good again",
        "1 access tokens were revoked, too, and are good again until they end",
        "Undone: 5 events, among them 2 keys issued, 1 rotated and 2 revoked.",
        &format!("\n  keywright keys revoke {}\n", revoked.key_id),
    ] {
        assert!(said.stderr.contains(words), "{}", said.stderr);
    }
    assert!(!said.stderr.contains(&late.key_id), "{}", said.stderr);
    // The old one is kept, whole.
    let aside = PathBuf::from(restored["set_aside"].as_str().unwrap());
    assert!(aside.starts_with(folder.path().canonicalize().unwrap()));
    assert_eq!(database::state(&aside), after);
    let server = Server::on(&folder, &[]);
    let root = server.root();
    let keys = [revoked.key, old, rotated.key, late.key, spared.key];
    assert_eq!(
        root.verdicts(&keys).await,
        ["VALID", "VALID", "NOT_FOUND", "NOT_FOUND", "VALID"]
    );
    let told = client.at(&server).introspect(&token).await;
    assert_eq!(told["active"], true);
}

#[tokio::test]
async fn a_database_in_use_or_in_place_is_not_replaced() {
    let server = varied().await;
    let backup = Backup::of(server.folder());
    let user = server.root().user().await;
    for options in ["", "--force"] {
        let said = run(server.folder(), &backup.restore(options)).expect(5);
        assert!(said.stderr.contains("a server runs on"), "{}", said.stderr);
        assert!(
            said.stderr.contains("help: stop it first"),
            "{}",
            said.stderr
        );
    }
    user.rotate().await.expect(200);
    let folder = server.finish();
    assert_refused(&folder, &backup.restore(""), 5, "there is a database at");
    // What belongs to a database is as good as one.
    std::fs::rename(folder.database(), folder.path().join("keywright.db-wal")).unwrap();
    assert_refused(&folder, &backup.restore(""), 5, "there is a database at");
    let said = run(&folder, &backup.restore("--force")).expect(0);
    let aside = said.json()["set_aside"].clone();
    assert_eq!(aside, Value::Null);
    let wal: Vec<String> = names(folder.path())
        .into_iter()
        .filter(|name| name.ends_with("-wal"))
        .collect();
    assert!(
        wal.len() == 1 && wal[0].starts_with("keywright.db.before-restore-"),
        "{wal:?}"
    );
    Server::on(&folder, &[]);
}

#[tokio::test]
async fn a_backup_without_its_pepper_is_refused() {
    let folder = varied().await.finish();
    let backup = Backup::of(&folder);
    let place = Folder::new();
    let kept = std::fs::read(backup.pepper()).unwrap();
    std::fs::write(place.pepper(), "another pepper of more than 32 characters").unwrap();
    assert_refused(&place, &backup.restore(""), 5, "this is not the pepper");
    std::fs::remove_file(place.pepper()).unwrap();
    std::fs::write(backup.pepper(), "another pepper of more than 32 characters").unwrap();
    assert_refused(&place, &backup.restore(""), 5, "this is not the pepper");
    std::fs::remove_file(backup.pepper()).unwrap();
    assert_refused(
        &place,
        &backup.restore(""),
        5,
        "keywright.db.pepper is missing",
    );
    std::fs::write(place.pepper(), kept).unwrap();
    let said = run(&place, &backup.restore("")).expect(0);
    assert_eq!(said.json().get("pepper"), None);
    // A pepper that the configuration gives is the only one that counts.
    let place = Folder::new();
    let mut command = place.command(&[("pepper", &"d".repeat(64))]);
    command.arg("restore").arg(&backup.path);
    let said = finish(command).expect(5);
    assert!(
        said.stderr.contains("this is not the pepper"),
        "{}",
        said.stderr
    );
}

#[tokio::test]
async fn a_damaged_backup_is_refused() {
    let folder = varied().await.finish();
    let spoilt = |spoil: &dyn Fn(&Path)| {
        let backup = Backup::of(&folder);
        spoil(&backup.path);
        let place = copy_of(&folder);
        for options in ["--force", "--force --despite-broken-events"] {
            assert_refused(&place, &backup.restore(options), 5, "backup.db ");
        }
    };
    spoilt(&|path| harm::damage(path, &[(Part::Rows, "owners")]));
    spoilt(&|path| harm::damage(path, &[(Part::Indexes, "keys")]));
    spoilt(&|path| {
        let half = path.metadata().unwrap().len() / 2;
        std::fs::File::options()
            .write(true)
            .open(path)
            .unwrap()
            .set_len(half)
            .unwrap();
    });
    spoilt(&|path| std::fs::write(path, "this is a letter").unwrap());
    spoilt(&|path| std::fs::write(path, "").unwrap());
    // Every page is whole, and a key belongs to an owner that is not there.
    spoilt(&|path| {
        let connection = Connection::open(path).unwrap();
        connection
            .execute_batch(
                "PRAGMA foreign_keys = OFF; UPDATE keys SET owner_id = randomblob(16)
                 WHERE id = (SELECT max(id) FROM keys)",
            )
            .unwrap();
    });
    // Every page is whole and has its place, but an index has other rows than its table.
    spoilt(&|path| {
        let connection = Connection::open(path).unwrap();
        connection
            .execute_batch(
                "CREATE TABLE other AS SELECT owner_id, randomblob(16) AS id FROM keys;
                 CREATE INDEX other_by_owner ON other (owner_id, id);
                 PRAGMA writable_schema = ON",
            )
            .unwrap();
        let root = |index: &str| -> i64 {
            let sql = "SELECT rootpage FROM sqlite_schema WHERE name = ?1";
            connection
                .query_row(sql, [index], |row| row.get(0))
                .unwrap()
        };
        let indexes = ["keys_by_owner", "other_by_owner"];
        for (index, page) in indexes.into_iter().zip(indexes.map(root).into_iter().rev()) {
            let sql = "UPDATE sqlite_schema SET rootpage = ?2 WHERE name = ?1";
            connection.execute(sql, (index, page)).unwrap();
        }
        connection.close().unwrap();
        let looked = Connection::open(path).unwrap();
        let quick: String = looked
            .query_row("PRAGMA quick_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(quick, "ok");
    });
}

#[tokio::test]
async fn doctored_events_are_refused_unless_that_is_known() {
    let folder = varied().await.finish();
    let backup = Backup::of(&folder);
    doctor(
        &backup.path,
        "UPDATE events SET actor = 'server' WHERE position = 3",
    )
    .unwrap();
    let place = Folder::new();
    assert_refused(&place, &backup.restore(""), 10, "not whole at position 3");
    let said = run(&place, &backup.restore("--despite-broken-events")).expect(0);
    assert!(
        said.stderr.contains("not whole at position 3"),
        "{}",
        said.stderr
    );
    Server::on(&place, &[]);
}

#[tokio::test]
async fn a_backup_of_another_digest_or_head_is_refused() {
    let server = varied().await;
    let backup = Backup::of(server.folder());
    server.root().user().await;
    let folder = server.finish();
    let later = Backup::of(&folder);
    let place = Folder::new();
    let [digest, head] = ["sha256", "head"].map(|member| backup.made[member].as_str().unwrap());
    let other = later.made["sha256"].as_str().unwrap();
    assert_refused(
        &place,
        &backup.restore(&format!("--digest {other}")),
        5,
        "is another file",
    );
    // What was kept is newer than this backup: something is missing from it.
    let newer = head_of(&folder);
    assert_refused(
        &place,
        &backup.restore(&format!("--head {newer}")),
        10,
        "was cut off",
    );
    assert_refused(&place, &backup.restore("--head 12"), 2, "POSITION:MAC");
    run(
        &place,
        &backup.restore(&format!("--digest {digest} --head {head}")),
    )
    .expect(0);
    let options = format!("--force --digest {} --head {head}", other.to_uppercase());
    run(&place, &later.restore(&options)).expect(0);
    assert_eq!(head_of(&place), newer);
}

#[tokio::test]
async fn what_is_no_backup_is_refused() {
    let folder = varied().await.finish();
    let backup = Backup::of(&folder);
    let place = Folder::new();
    assert_refused(&place, "restore nowhere.db", 3, "nowhere.db cannot be read");
    let connection = Connection::open(&backup.path).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    connection.close().unwrap();
    assert_refused(&place, &backup.restore(""), 5, "help: update keywright");
    // A database of somebody else.
    let (_other, path) = elsewhere("notes.db");
    doctor(&path, "CREATE TABLE notes (text text)").unwrap();
    let line = format!("restore {}", path.display());
    assert_refused(&place, &line, 5, "is no database of a keywright");
    // A copy that somebody has taken of a server's files: a part of it is in the log.
    let server = varied().await;
    server.root().user().await;
    let copy = copy_of(&server.kill());
    let line = format!("restore {}", copy.database().display());
    assert_refused(&place, &line, 5, "keywright.db-wal lies beside");
    let url = format!("sqlite:{}", copy.database().display());
    let one = copy.path().join("one.db");
    let mut command = copy.command(&[]);
    command
        .args(["backup", "--database", &url, "--with-pepper"])
        .arg(&one);
    finish(command).expect(0);
    run(&place, &format!("restore {}", one.display())).expect(0);
}

#[tokio::test]
async fn the_log_of_the_old_database_is_never_applied_to_the_new_one() {
    let server = varied().await;
    let backup = Backup::of(server.folder());
    let late = server.root().user().await;
    let folder = server.kill();
    let log = folder.path().join("keywright.db-wal");
    assert!(log.metadata().unwrap().len() > 0);
    let said = run(&folder, &backup.restore("--force")).expect(0);
    assert_eq!(said.json()["undone"]["events"], 1);
    // All of the old one is in what was set aside, and nothing of it anywhere else.
    let aside = PathBuf::from(said.json()["set_aside"].as_str().unwrap());
    assert_eq!(database::digest(&aside, &late.key_id).len(), 32);
    assert!(!log.exists());
    let server = Server::on(&folder, &[]);
    assert_eq!(server.root().verdict(&late.key).await, "NOT_FOUND");
    let folder = server.finish();
    let head = backup.made["head"].as_str().unwrap();
    run(&folder, &format!("events verify --head {head}")).expect(0);
}

#[tokio::test]
async fn a_database_that_another_program_has_open_is_not_replaced() {
    let server = varied().await;
    let backup = Backup::of(server.folder());
    let folder = server.kill();
    let lock = harm::WriteLock::hold(&folder);
    let before = database::state(&folder.database());
    let said = run(&folder, &backup.restore("--force")).expect(5);
    assert!(
        said.stderr.contains("help: close the other program"),
        "{}",
        said.stderr
    );
    assert_eq!(database::state(&folder.database()), before);
    let strays = names(folder.path())
        .iter()
        .filter(|name| name.contains("before"))
        .count();
    assert_eq!(strays, 0);
    drop(lock);
    run(&folder, &backup.restore("--force")).expect(0);
}

#[tokio::test]
async fn a_damaged_old_database_is_set_aside_with_its_log() {
    let server = varied().await;
    let backup = Backup::of(server.folder());
    server.root().user().await;
    let folder = server.kill();
    let log = folder.path().join("keywright.db-wal");
    let letter = b"this is a letter, and no database".repeat(200);
    std::fs::write(folder.database(), &letter).unwrap();
    let lost = std::fs::read(&log).unwrap();
    // A log whose first page is gone makes no database of it.
    std::fs::write(&log, &lost[..100]).unwrap();
    let said = run(&folder, &backup.restore("--force")).expect(0);
    let aside = said.json()["set_aside"].as_str().unwrap().to_owned();
    assert_eq!(std::fs::read(&aside).unwrap(), letter);
    assert_eq!(std::fs::read(format!("{aside}-wal")).unwrap(), lost[..100]);
    assert!(!log.exists() || log.metadata().unwrap().len() == 0);
    let head = backup.made["head"].as_str().unwrap();
    run(&folder, &format!("events verify --head {head}")).expect(0);
    Server::on(&folder, &[]);
}
